"""Quick filters: the values of a few fields beside the list, each with how many records it would leave.

Counted after the page is there, so that the list itself costs no statement more: one statement a field, and one for the
names of linked records. A field is counted under all the other filters but not its own, so its values can be exchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.language.formats import number_formatter
from engine.model import Entity
from engine.services.registries import groups
from engine.services.registries.grouping import Level
from engine.services.registries.kept import kept
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.registries.asked import Asked, asked
from engine.web.routes import blueprint
from engine.web.state import Filter, State

VALUES = 12
"""Values of one field that are offered, those with the most records first."""


@dataclass(frozen=True)
class Value:
    text: str
    count: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class Quick:
    title: str
    values: tuple[Value, ...]
    more: bool


def quick_paths(wanted: Asked) -> tuple[str, ...]:
    """The quick filters of the layout whose fields this person sees."""
    return tuple(path for path in wanted.layout.quick if path.split(".")[0] in wanted.seen)


def quick_filters(wanted: Asked) -> list[Quick]:
    return [made for path in quick_paths(wanted) if (made := _one(wanted, path)).values]


def _one(wanted: Asked, path: str) -> Quick:
    view, state = wanted.view, wanted.state
    others = tuple(f for f in state.filters if f.path != path)
    chosen = {(f.operator, f.texts) for f in state.filters if f.path == path}
    query = replace(wanted.query(), totals=(), filters=[(f.path, f.operator, f.texts) for f in others])
    found = groups(view, wanted.entity.address, query, (path,), limit=VALUES, largest=True)
    level, write = found.levels[0], number_formatter(view.language)
    values = []
    for row in found.rows:
        asked_for = _filter(level, row.values[0])
        if asked_for is None:
            continue
        active = (asked_for.operator, asked_for.texts) in chosen
        url = state.url(wanted.entity.url, filters=others if active else (*others, asked_for))
        values.append(Value(row.texts[0] or pages.said(N_("not filled in")), write(row.count), url, active))
    return Quick(level.field.title.in_(view.language), tuple(values), found.more)


def _filter(level: Level, value: Any) -> Filter | None:
    """The filter that leaves the records of one value; None for a field that is shown on some rows only."""
    if level.masked:
        return None
    if value is None:
        return Filter(level.path, "empty", ("yes",))
    f = level.field
    operator, values = f.kind.group_filter(f, value, level.part)
    return Filter(level.path, operator, tuple(f.kind.filter_text(f, v) for v in values))


@blueprint.get("/<module>/<slug>/quick")
@doors.declares_access("read")
def quick(module: str, slug: str) -> Response:
    """The quick filters of the list at this address: a part of its page, or, without scripts, the page with them."""
    entity, state = entity_here(module, slug), State.read(request.args)
    if not pages.partial():
        return pages.see_other(replace(state, counts=True).url(entity.url))
    return ask(lambda view: _part(view, entity, state))


def _part(view: Any, entity: Entity, state: State) -> Response:
    wanted = asked(view, entity, state, kept(view, entity))
    return pages.page("registries/quick.html", block="quick", quick=quick_filters(wanted))


def offered_quick(wanted: Asked, many: bool) -> dict[str, Any]:
    """What the page needs: the counted values when they were asked for, else where they come from. `many`: so many
    records that nobody counts them unasked."""
    if not quick_paths(wanted) or wanted.state.archived:
        return {"quick": [], "quick_url": ""}
    if wanted.state.counts:
        return {"quick": quick_filters(wanted), "quick_url": ""}
    return {"quick": [], "quick_url": wanted.state.url(f"{wanted.entity.url}/quick"), "quick_later": many}
