"""What roles may do with which entities, as a table read from the Catalog."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model import Catalog, Entity
from engine.model.access import VERBS
from engine.services.access.grants import Grant, can, grants
from engine.services.actor import Actor


@dataclass(frozen=True)
class Cell:
    """One verb of one role on one entity."""

    verb: str
    grants: tuple[Grant, ...]
    """Rights that give it; none where it is closed."""
    hidden: int
    """Fields that none of these rights shows."""

    @property
    def is_open(self) -> bool:
        return bool(self.grants)

    @property
    def is_narrowed(self) -> bool:
        """Only on some records: every right has a condition."""
        return self.is_open and all(g.where is not None for g in self.grants)


@dataclass(frozen=True)
class Matrix:
    """Rows are entities; `cells` of a row stand in the order of `columns`."""

    columns: tuple[tuple[str, str], ...]
    """(role, verb) of each column."""
    rows: tuple[tuple[Entity, tuple[Cell, ...]], ...]


def matrix(catalog: Catalog, *, role: str = "", verb: str = "read", module: str = "") -> Matrix:
    """One verb for every role, or, with `role`, every verb of that role."""
    verbs = [v for v in VERBS if any(v in a.verbs for e in catalog.entities.values() for a in e.access.values())]
    columns = tuple((role, v) for v in verbs) if role else tuple((r, verb) for r in catalog.roles)
    entities = sorted(
        (e for e in catalog.entities.values() if not module or e.module == module), key=lambda e: in_order(catalog, e)
    )
    return Matrix(columns, tuple((e, tuple(cell(catalog, e, r, v) for r, v in columns)) for e in entities))


def cell(catalog: Catalog, entity: Entity, role: str, verb: str) -> Cell:
    """What the role may do by the verb on the entity."""
    roles = frozenset({role})
    found = tuple(g for g in grants(catalog, roles, entity) if verb in g.can)
    if not can(catalog, Actor("user", roles=roles), entity, verb):
        found = ()
    shown = frozenset().union(*(g.read for g in found))
    return Cell(verb, found, len([k for k in entity.fields if k not in shown]) if found else 0)


def in_order(catalog: Catalog, entity: Entity) -> tuple[int, str, int, str]:
    """Where an entity stands among all of them: a key to sort by."""
    module = catalog.modules.get(entity.module)
    return (module.order if module else 0, entity.module, entity.extra.get("order", 0), entity.address)
