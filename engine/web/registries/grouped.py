"""A list in groups: each with how many records it holds and what they come to; it opens in its place or as a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.expression import RuleProblem
from engine.language import N_
from engine.language.formats import number_formatter
from engine.model import Entity
from engine.services.registries import groups, listing
from engine.services.registries.conditions import Group, normal, read_rule, write_rule
from engine.services.registries.grouping import GroupRow, Level, condition_of
from engine.services.registries.kept import column_at, kept
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.filters import field_at
from engine.web.registries.asked import Asked, asked
from engine.web.routes import blueprint
from engine.web.state import LONG, State

PART_WORDS = {"day": N_("by day"), "month": N_("by month"), "quarter": N_("by quarter"), "year": N_("by year")}
PLACE = 40
"""Characters of the place of a group among groups: `g3-1`."""


@dataclass(frozen=True)
class Shown:
    """One group as it is drawn."""

    id: str
    text: str
    title: str
    """Of the field: read out before the value."""
    count: str
    totals: tuple[str, ...]
    """For each column after the first ones."""
    list_url: str
    """The list of its records; empty where no filter can say which they are."""
    open_url: str
    """What stands in it, as rows of this table."""
    depth: int


def grouped(wanted: Asked, place: str = "g", depth: int = 0) -> dict[str, Any]:
    """The groups of the first field, and how many columns their names take."""
    view, entity = wanted.view, wanted.entity
    query = replace(wanted.query(), totals=wanted.totals)
    found = groups(view, entity.address, query, wanted.group[:1])
    write = number_formatter(view.language)
    span = _span(wanted)
    return {
        "groups": [_shown(wanted, found.levels[0], row, f"{place}{n}", depth, write, span)
                   for n, row in enumerate(found.rows)],
        "groups_more": found.more, "groups_most": len(found.rows), "group_span": span,
    }


def _span(wanted: Asked) -> int:
    """Columns before the first total: over these the name of the group stands."""
    summed = [n for n, path in enumerate(wanted.paths) if path in dict(wanted.totals)]
    return max(summed[0] if summed else len(wanted.paths), 1)


def _shown(wanted: Asked, level: Level, row: GroupRow, id: str, depth: int, write: Any, span: int) -> Shown:
    view, state = wanted.view, wanted.state
    where = _within(wanted, level, row.values[0])
    base, rest = wanted.entity.url, wanted.group[1:]
    changed = {"where": where or "", "group": wanted.grouped_by(rest)}
    return Shown(
        id, row.texts[0] or pages.said(N_("not filled in")), level.field.title.in_(view.language), write(row.count),
        _totals(wanted, row, span),
        "" if where is None else state.url(base, **changed),
        "" if where is None else state.url(f"{base}/group", **changed) + f"&at={id}&depth={depth + 1}",
        depth,
    )


def _within(wanted: Asked, level: Level, value: Any) -> str | None:
    """The filter of the list with the condition of the group; None where it cannot be said."""
    view, entity = wanted.view, wanted.entity
    condition = condition_of(view, entity, level, value)
    if condition is None:
        return None
    try:
        tree = Group("all", (read_rule(view, entity, wanted.state.where), Group("all", (condition,))))
        rule = write_rule(view, entity, normal(tree))
    except (RuleProblem, KeyError):
        return None
    return rule if len(rule) <= LONG else None


def _totals(wanted: Asked, row: GroupRow, span: int) -> tuple[str, ...]:
    said, kinds, view = [], dict(wanted.totals), wanted.view
    for path in wanted.paths[span:]:
        value, kind = row.totals.get(path), kinds.get(path, "sum")
        field = field_at(view, wanted.entity, path)
        said.append("" if value is None else field.kind.total_text(field, kind, value, view.language, view.names))
    return tuple(said)


@blueprint.get("/<module>/<slug>/group")
@doors.declares_access("read")
def group_rows(module: str, slug: str) -> Response:
    """What stands in one group: the groups within it, or its records; as rows for htmx, else the list of the group."""
    entity, state = entity_here(module, slug), State.read(request.args)
    if not pages.partial():
        return pages.see_other(state.url(entity.url))
    place = request.args.get("at", "")[:PLACE]
    depth = int(request.args["depth"]) if request.args.get("depth", "") in ("1", "2", "3") else 1
    return ask(lambda view: _inside(view, entity, state, place, depth))


def _inside(view: Any, entity: Entity, state: State, place: str, depth: int) -> Response:
    wanted = asked(view, entity, state, kept(view, entity))
    context: dict[str, Any] = {"at": place, "depth": depth, "picks": wanted.picks, "list_url": state.url(entity.url),
                               "columns": len(wanted.paths) + wanted.picks, "heads": []}
    if wanted.group:
        context |= grouped(wanted, f"{place}-", depth)
    else:
        context |= _records(wanted)
    return pages.page("registries/groups.html", block="inside", **context)


def _records(wanted: Asked) -> dict[str, Any]:
    from engine.web.registries.marks import marks
    from engine.web.registries.table import rows_of

    mark = marks(wanted)
    page = listing(wanted.view, wanted.entity.address, replace(wanted.query(mark.needs), count=False, totals=()))
    return {"groups": [], "rows": rows_of(wanted, page, mark, wanted.picks), "more": bool(page.next),
            "shown": len(page.records)}


def chips_of_groups(wanted: Asked) -> list[SimpleNamespace]:
    """What the list is grouped by, each with the URL of the list without it."""
    found = []
    for written in wanted.group:
        path, _, part = written.partition(":")
        column = column_at(wanted.view, wanted.entity, path)
        if column is None:
            continue
        left = tuple(g for g in wanted.group if g != written)
        off = wanted.state.url(wanted.entity.url, group=wanted.grouped_by(left))
        title = column.title.in_(wanted.view.language)
        found.append(SimpleNamespace(title=title, off=off, part=pages.said(PART_WORDS[part]) if part else ""))
    return found
