"""A list as it was kept: a saved view, the person's own columns, and what of them this URL has changed.

`saved=ID` opens a view: it says everything. From then on the URL says everything itself and `of=ID` only tells which
view that was, so that the tab stays marked and changes can be saved into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.model import Entity, Registry, View
from engine.model.field import EMPTY
from engine.services.registries.kept import NOTHING, Fitted, Kept, SavedView, fit
from engine.web.state import Filter, State


@dataclass(frozen=True)
class Arranged:
    """What is kept of the list, as this reader may use it."""

    state: State
    kept: Kept = NOTHING
    saved: SavedView | None = None
    """The view that the list is, or began as."""
    fitted: Fitted = field(default_factory=Fitted)
    own: Mapping[str, Any] = EMPTY
    """The person's own columns here: paths, widths, totals."""
    missing: bool = False
    """The URL names a saved view that is not there for this person."""

    @property
    def place(self) -> str:
        """Where the person's columns are remembered: for the saved view, the view of the layout, or the list."""
        if self.saved is not None:
            return str(self.saved.id)
        return f"view {self.state.view}" if self.state.view else ""

    def columns(self, layout: Registry, chosen: View | None) -> tuple[str, ...]:
        if self.own.get("paths"):
            return tuple(self.own["paths"])
        if self.fitted.paths:
            return self.fitted.paths
        return chosen.columns if chosen and chosen.columns else layout.columns

    @property
    def widths(self) -> dict[str, int]:
        return {**self.fitted.widths, **self.own.get("widths", {})}

    def totals(self, layout: Registry, chosen: View | None) -> Mapping[str, str]:
        if "totals" in self.own:
            return self.own["totals"]
        return self.fitted.totals or (chosen.totals if chosen else None) or layout.totals


def arranged(view: Any, entity: Entity, layout: Registry, state: State, kept: Kept) -> Arranged:
    """The list of this URL with what is kept of it."""
    opened = state.saved
    if state.bare and kept.default is not None and kept.view(kept.default) is not None:
        opened = str(kept.default)
    saved = kept.view(opened or state.of)
    if saved is None:
        own = _own(view, entity, layout, kept, f"view {state.view}" if state.view else "")
        plain = replace(state, saved=None, of=None)
        return Arranged(plain, kept, own=own, missing=bool(opened or state.of))
    fitted = fit(view, entity, layout, saved.state)
    if opened:
        state = _opened(state, fitted, saved)
    return Arranged(state, kept, saved, fitted, _own(view, entity, layout, kept, str(saved.id)))


def _opened(state: State, fitted: Fitted, saved: SavedView) -> State:
    """The state that the view says, on the page that the URL asks for."""
    return replace(
        state, view=fitted.view, filters=tuple(Filter(*f) for f in fitted.filters), where=fitted.where,
        sort=fitted.sort, group=fitted.group, kind=fitted.kind, by=fitted.by, span=fitted.span,
        archived=fitted.archived, saved=None, of=str(saved.id),
    )


def _own(view: Any, entity: Entity, layout: Registry, kept: Kept, place: str) -> Mapping[str, Any]:
    """The person's own choice at this place; what is gone of it is left out without a word."""
    chosen = kept.columns.get(place)
    if not isinstance(chosen, Mapping):
        return EMPTY
    fitted = fit(view, entity, layout, {"columns": chosen.get("paths", []), "totals": chosen.get("totals", {})})
    widths = {p: w for p, w in (chosen.get("widths") or {}).items() if isinstance(w, int)}
    own: dict[str, Any] = {"widths": widths}
    if fitted.paths:
        own["paths"] = fitted.paths
    if "totals" in chosen:
        own["totals"] = fitted.totals
    return own


def to_keep(
    state: State, paths: tuple[str, ...], widths: Mapping[str, int], totals: Mapping[str, str]
) -> dict[str, Any]:
    """The list as a view keeps it. What was searched for is not kept: it may name a person."""
    said: dict[str, Any] = {
        "view": state.view, "filters": [[f.path, f.operator, list(f.texts)] for f in state.filters],
        "where": state.where, "sort": list(state.sort), "group": list(state.group), "kind": state.kind,
        "by": state.by, "span": state.span, "archived": state.archived, "columns": list(paths),
        "widths": {p: w for p, w in widths.items() if p in paths}, "totals": dict(totals),
    }
    return {name: value for name, value in said.items() if value}


def changed(wanted: Any) -> bool:
    """Is the list no longer what its saved view says?"""
    held = wanted.arranged
    if held.saved is None:
        return False
    now = to_keep(wanted.state, wanted.paths, wanted.widths, dict(wanted.totals))
    then = _opened(State(), held.fitted, held.saved)
    said = to_keep(then, held.fitted.paths or wanted.usual, held.fitted.widths,
                   held.fitted.totals or dict(wanted.usual_totals))
    return now != said
