"""Which grids an actor is offered: those whose rows and cells they may both read. Rights stand with the entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.errors import NotFound
from engine.model import Catalog, Entity
from engine.model.grid import Grid
from engine.services.access.grants import can, readable
from engine.services.actor import Actor
from engine.services.records.reading import NO_SUCH


def offered(catalog: Catalog, actor: Actor, entity: Entity) -> Sequence[Grid]:
    """The grids over cells of `entity` that the actor may open."""
    return [grid for grid in catalog.grids.get(entity.address, ()) if _may_open(catalog, actor, entity, grid)]


def _may_open(catalog: Catalog, actor: Actor, entity: Entity, grid: Grid) -> bool:
    if grid.roles and not grid.roles & actor.roles and not actor.is_system:
        return False
    around = [grid.rows.entity, *([grid.columns.entity] if grid.columns.entity else [])]
    if not all(can(catalog, actor, catalog.entity(address), "read") for address in around):
        return False
    needed = {grid.cell.row, *([grid.cell.column] if grid.cell.column else [])}
    seen = readable(catalog, actor, entity)
    return needed <= seen and any(value in seen for value in grid.values)


def grid_at(view: Any, entity: Entity, slug: str) -> Grid:
    """The grid that a URL names. NotFound for one that is not there or not offered."""
    found = next((grid for grid in offered(view.catalog, view.actor, entity) if grid.slug == slug), None)
    if found is None:
        raise NotFound([NO_SUCH])
    return found


def may_enter(view: Any, entity: Entity) -> bool:
    """May the actor write any cell at all? Which ones is judged when they are written."""
    return any(can(view.catalog, view.actor, entity, verb) for verb in ("create", "edit", "archive"))
