"""Which kind a list is drawn as: what the URL asks for, else what its view or registry says, else a table."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from engine.errors import BadRequest, Problem
from engine.hooks import registry
from engine.language import N_
from engine.model import Entity, Field, Registry, View
from engine.model.field import EMPTY
from engine.web import pages
from engine.web.kinds.base import Kind
from engine.web.state import State

UNKNOWN = N_("This list cannot be shown so")
TABLE = "table"
SHAPE = {"kind": None, "by": None, "on": None, "span": None}
"""The words of a state that belong to one kind only."""


def choose(
    layout: Registry, chosen: View | None, state: State, entity: Entity, seen: frozenset[str]
) -> tuple[Kind, str | None, Mapping[str, Any]]:
    """The kind, the field it goes by, and what the layout says of it.

    BadRequest for a kind that is not there or does not suit, in the same words for unknown and hidden fields.
    A layout whose field is hidden from this person is drawn as a table.
    """
    kinds = registry().registry_kinds
    said = chosen if chosen is not None and chosen.kind is not None else layout
    if state.kind is None:
        kind = kinds[said.kind or TABLE]
        if (said.by is None or said.by in seen) and seen.issuperset(kind.needs):
            return kind, said.by, said.options
        return kinds[TABLE], None, EMPTY
    if state.kind in kinds and (state.by is None or state.by in seen):
        kind = kinds[state.kind]
        by = state.by if kind.by else None
        if kind.by and by is None and said.kind == state.kind and said.by in seen:
            by = said.by
        if seen.issuperset(kind.needs) and kind.suits(entity, entity.fields[by] if by else None):
            return kind, by, said.options if said.kind == state.kind else EMPTY
    raise BadRequest([Problem("view.kind", UNKNOWN, "as")])


def switch(asked: Any) -> list[SimpleNamespace]:
    """The other ways to draw this list, as links; none when there is only the table."""
    ways = [SimpleNamespace(
        title=_title(kind, f, asked.view.language), icon=kind.icon,
        url=asked.state.url(asked.entity.url, **{**SHAPE, "kind": kind.name, "by": f.key if f else None}),
        active=kind is asked.kind and (f.key if f else None) == asked.by,
    ) for kind, f in _ways(asked)]
    return ways if len(ways) > 1 else []


def _ways(asked: Any) -> list[tuple[Kind, Field | None]]:
    """The kinds that suit; those by a field once for each field that the layout shows or filters by."""
    paths = dict.fromkeys((*asked.paths, *asked.layout.filters, *([asked.by] if asked.by else ())))
    fields = [asked.entity.fields[p] for p in paths if p in asked.seen and p in asked.entity.fields]
    found: list[tuple[Kind, Field | None]] = []
    for kind in registry().registry_kinds.parts.values():
        candidates = fields if kind.by else [None]
        if asked.seen.issuperset(kind.needs):
            found += [(kind, f) for f in candidates if kind.suits(asked.entity, f)]
    return found


def _title(kind: Kind, f: Field | None, language: str) -> str:
    title = pages.said(kind.title)
    return f"{title}: {f.title.in_(language)}" if f is not None else title
