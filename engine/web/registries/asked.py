"""One list as it is asked for: whose layout, which view, columns, order and kind. Every part of the page reads it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.model import Entity, Field, Registry, View
from engine.model.field import EMPTY
from engine.services.access import can, readable, writable
from engine.services.registries import Query
from engine.services.registries.kept import NOTHING, Kept
from engine.services.sizes import counted_to
from engine.web import pages
from engine.web.kinds.base import Kind
from engine.web.kinds.choosing import choose
from engine.web.registries.arranged import Arranged, arranged
from engine.web.state import State

PAGE = 50
NOT_GROUPED = ("-",)
"""What a URL says to undo the groups of the layout."""
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
    totals: tuple[tuple[str, str], ...] = ()
    """Field and kind of what stands in the foot."""
    group: tuple[str, ...] = ()
    """Fields that the list is grouped by, outermost first."""
    arranged: Arranged = field(default_factory=lambda: Arranged(State()))
    """What is kept of the list: its saved view, the person's own columns."""
    usual: tuple[str, ...] = ()
    """The columns of the layout, as far as they are seen."""
    usual_totals: tuple[tuple[str, str], ...] = ()

    @property
    def grouped_usually(self) -> bool:
        """Does the layout group the list when nobody says otherwise?"""
        return bool((self.chosen.group if self.chosen else ()) or self.layout.group)

    def grouped_by(self, left: tuple[str, ...]) -> tuple[str, ...]:
        """What a URL says for grouping by `left` and nothing else, also where the layout groups by itself."""
        return left or (NOT_GROUPED if self.grouped_usually else ())

    @property
    def widths(self) -> dict[str, int]:
        """Chosen widths of columns, in pixels."""
        return {p: w for p, w in self.arranged.widths.items() if p in self.paths}

    @property
    def where(self) -> tuple[Any, ...]:
        """The rule of the view, or of the registry when no view is chosen; and what the person asks for besides."""
        chosen = self.chosen
        rule = chosen.where if chosen is not None and chosen.where is not None else self.layout.where
        return tuple(one for one in (rule, self.state.where) if one is not None and one != "")

    @property
    def inline(self) -> frozenset[str]:
        """Columns that the actor may change in the table itself."""
        if not self.layout.inline or self.state.archived:
            return frozenset()
        shown = set(self.layout.inline) & set(self.paths)
        return shown & writable(self.view.catalog, self.view.actor, self.entity, "edit")

    @property
    def picks(self) -> bool:
        """May the actor do something to records that they pick here?"""
        return any(can(self.view.catalog, self.view.actor, self.entity, verb) for verb in PICKED_FOR)

    def query(self, needs: tuple[str, ...] = ()) -> Query:
        """What is read for the page; `needs`: fields that are read and not shown."""
        state = self.state
        return Query(
            fields=tuple(dict.fromkeys((*self.paths, *needs))),
            filters=[(f.path, f.operator, f.texts) for f in state.filters],
            where=self.where, sort=self.sort, search=state.search, after=state.after,
            before="" if state.last else state.before,
            limit=PAGE, count=True, bound=None if state.exact else counted_to(self.view, self.entity),
            archived=state.archived,
            rows=any(is_many(self.entity, p) for p in self.paths), totals=self.totals,
        )


def asked(view: Any, entity: Entity, state: State, kept: Kept = NOTHING) -> Asked:
    """What `state` asks of the list of `entity`, with what is `kept` of it. BadRequest for a view or a kind that its
    registry does not have; a saved view that names such a thing opens without it."""
    layout = pages.registry_for(view.catalog, view.actor, entity)
    held = arranged(view, entity, layout, state, kept)
    state = held.state
    if held.saved is not None and not _suits(layout, state, entity, view):
        state = replace(state, kind=None, by=None, span=None, on=None)
    chosen = _view(layout, state)
    seen = readable(view.catalog, view.actor, entity)
    usual = _usual_sort(layout, chosen)
    kind, by, options = choose(layout, chosen, state, entity, seen)
    group = state.group or (chosen.group if chosen else ()) or layout.group
    return Asked(
        view, entity, state, layout, chosen, seen,
        paths=_seen(held.columns(layout, chosen), seen),
        sort=state.sort or tuple(s for s in usual if s.lstrip("-") in seen),  # a hidden column orders nothing
        kind=kind, by=by, options=options,
        totals=_totals(held.totals(layout, chosen), seen),
        group=() if group == NOT_GROUPED else tuple(g for g in group if g.partition(":")[0].split(".")[0] in seen),
        arranged=held,
        usual=_seen(chosen.columns if chosen and chosen.columns else layout.columns, seen),
        usual_totals=_totals((chosen.totals if chosen else None) or layout.totals, seen),
    )


def _suits(layout: Registry, state: State, entity: Entity, view: Any) -> bool:
    """Can the list be drawn as its saved view says? The layout may have changed since."""
    try:
        choose(layout, _view(layout, state), state, entity, readable(view.catalog, view.actor, entity))
    except BadRequest:
        return False
    return True


def _seen(paths: Iterable[str], seen: Container[str]) -> tuple[str, ...]:
    return tuple(p for p in paths if p.split(".")[0] in seen)


def _totals(totals: Mapping[str, str], seen: Container[str]) -> tuple[tuple[str, str], ...]:
    return tuple((path, kind) for path, kind in totals.items() if path in seen)


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


def formatter(view: Any, shown: Field, path: str) -> Callable[[Mapping[str, Any]], str]:
    """The text of the field in a record of the list, where it stands under its path."""
    placed = shown if shown.key == path else replace(shown, key=path)
    return shown.kind.formatter(placed, view.language, view.names)
