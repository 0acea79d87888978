"""One list as it is asked for: whose layout, which view, columns, order and kind. Every part of the page reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.model import Entity, Field, Registry, View
from engine.model.field import EMPTY
from engine.services.access import can, readable
from engine.services.registries import Query
from engine.web import pages
from engine.web.kinds.base import Kind
from engine.web.kinds.choosing import choose
from engine.web.state import State

PAGE = 50
BOUND = 10_000
"""Records that a page counts; of more it says "10 000+", and the exact figures when they are asked for."""
PICKED_FOR = ("edit", "archive", "restore", "post", "print")


@dataclass(frozen=True)
class Asked:
    view: Any
    entity: Entity
    state: State
    layout: Registry
    chosen: View | None
    """The view of the layout that the URL names."""
    seen: frozenset[str]
    """Fields that the actor may see on at least some rows."""
    paths: tuple[str, ...]
    """Columns, in order."""
    sort: tuple[str, ...]
    kind: Kind
    """How the list is drawn."""
    by: str | None = None
    """The field by which it is drawn, for kinds that need one."""
    options: Mapping[str, Any] = EMPTY
    """What the layout says of the kind."""

    @property
    def where(self) -> tuple[Any, ...]:
        """The rule of the view, or of the registry when no view is chosen; and what the person asks for besides."""
        chosen = self.chosen
        rule = chosen.where if chosen is not None and chosen.where is not None else self.layout.where
        return tuple(one for one in (rule, self.state.where) if one is not None and one != "")

    @property
    def picks(self) -> bool:
        """May the actor do something to records that they pick here?"""
        return any(can(self.view.catalog, self.view.actor, self.entity, verb) for verb in PICKED_FOR)

    @property
    def totals(self) -> tuple[tuple[str, str], ...]:
        """Field and kind of what stands in the foot."""
        chosen = self.chosen.totals if self.chosen else None
        return tuple((t, kind) for t, kind in (chosen or self.layout.totals).items() if t in self.seen)

    def query(self, needs: tuple[str, ...] = ()) -> Query:
        """What is read for the page; `needs`: fields that are read and not shown."""
        state = self.state
        return Query(
            fields=tuple(dict.fromkeys((*self.paths, *needs))),
            filters=[(f.path, f.operator, f.texts) for f in state.filters],
            where=self.where, sort=self.sort, search=state.search, after=state.after,
            before="" if state.last else state.before,
            limit=PAGE, count=True, bound=None if state.exact else BOUND, archived=state.archived,
            rows=any(is_many(self.entity, p) for p in self.paths), totals=self.totals,
        )


def asked(view: Any, entity: Entity, state: State) -> Asked:
    """What `state` asks of the list of `entity`. BadRequest for a view that its registry does not have."""
    layout = pages.registry_for(view.catalog, view.actor, entity)
    chosen = _view(layout, state)
    seen = readable(view.catalog, view.actor, entity)
    columns = chosen.columns if chosen and chosen.columns else layout.columns
    usual = _usual_sort(layout, chosen)
    kind, by, options = choose(layout, chosen, state, entity, seen)
    return Asked(
        view, entity, state, layout, chosen, seen,
        paths=tuple(p for p in columns if p.split(".")[0] in seen),
        sort=state.sort or tuple(s for s in usual if s.lstrip("-") in seen),  # a hidden column orders nothing
        kind=kind, by=by, options=options,
    )


def _view(layout: Registry, state: State) -> View | None:
    """The chosen view; BadRequest for one that this registry does not have."""
    if state.view is None:
        return None
    found = layout.views.get(state.view)
    if found is None:
        raise BadRequest([Problem("view.unknown", N_("There is no such view of this list"), "view")])
    return found


def _usual_sort(layout: Registry, chosen: View | None) -> tuple[str, ...]:
    """The order nobody asked for; a view by a field goes by it."""
    if chosen is None:
        return layout.sort
    return chosen.sort or ((chosen.by,) if chosen.by else layout.sort)


def is_many(entity: Entity, path: str) -> bool:
    return path in entity.fields and entity.fields[path].is_many


def formatter(view: Any, field: Field, path: str) -> Callable[[Mapping[str, Any]], str]:
    """The text of the field in a record of the list, where it stands under its path."""
    placed = field if field.key == path else replace(field, key=path)
    return field.kind.formatter(placed, view.language, view.names)
