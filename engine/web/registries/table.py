"""The list drawn as a table: heads that sort, rows, totals in the foot.

Formats are worked out once a list and applied in plain loops; the template only lays the parts out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from engine.language import N_
from engine.model import Entity
from engine.services.registries import Page, listing
from engine.services.trees import depths
from engine.web import markup, pages
from engine.web.filters import field_at
from engine.web.highlight import highlighter
from engine.web.record_about import STATE_TONES
from engine.web.registries.asked import Asked, formatter
from engine.web.registries.heads import heads
from engine.web.registries.marks import Marks, marks
from engine.web.state import State
from engine.web.templating import SPRITE, asset

WORDS = {"avg": N_("average"), "min": N_("least"), "max": N_("greatest"), "count": N_("filled in")}


def table(asked: Asked, page: Page, mark: Marks, picks: bool = False, named: bool = True) -> dict[str, Any]:
    """`rows`, `heads` and `totals` of the template."""
    return {
        "rows": rows_of(asked, page, mark, picks, named), "heads": heads(asked),
        "columns_url": asked.state.url(f"{asked.entity.url}/columns"),
        "order_url": asked.state.url(f"{asked.entity.url}/order"), "totals": _totals(asked, page.totals),
        "picks": picks, "inline": picks and bool(asked.inline), "list_query": asked.state.url("")[1:],
    }


def rows_of(asked: Asked, page: Page, mark: Marks, picks: bool = False, named: bool = True,
            branch: markup.Branch | None = None, deep: Mapping[Any, int] | None = None) -> Markup:
    """The records of the page as rows. `branch`, `deep`: in a tree, what stands round their names and how deep."""
    view, entity = asked.view, asked.entity
    inline = asked.inline if picks else frozenset()
    columns = [
        view.names.kept(
            ("column", entity, path, not n, path in inline, view.language),
            partial(_column, view, entity, path, first=not n, inline=n > 0 and path in inline),
        )
        for n, path in enumerate(asked.paths)
    ]
    if not columns:
        return Markup("")
    flags = {one: str(markup.flag(one, asset(SPRITE))) for one in mark.legend}
    depth = _depths(view, entity, asked.state, page.records) if deep is None else deep
    return markup.rows(columns, page.records, entity.url, mark.of if flags else None, flags, depth, picks, named,
                       highlighter(asked.state.search), branch)


def row(asked: Asked, id: Any) -> Markup:
    """One record as its row of the list, whatever the filter says of it by now; empty when it is not shown any more."""
    mark = marks(asked)
    query = replace(asked.query(mark.needs), ids=[id], filters=(), where=None, search="", after=None, before=None,
                    count=False, totals=())
    return rows_of(asked, listing(asked.view, asked.entity.address, query), mark, asked.picks)


def foot(asked: Asked) -> list[SimpleNamespace]:
    """The totals of the list as they are now."""
    if not asked.totals:
        return []
    query = replace(asked.query(), limit=1, after=None, before=None, rows=False)
    return _totals(asked, listing(asked.view, asked.entity.address, query).totals)


def _depths(view: Any, entity: Entity, state: State, found: Sequence[Mapping[str, Any]]) -> Mapping[Any, int]:
    """How far each row of a tree is moved in; not where its parents are missing or stand elsewhere."""
    if not entity.tree or state.view or state.sort or state.search or state.filters or state.archived:
        return {}
    return depths(view, entity, [r["id"] for r in found])


def _column(view: Any, entity: Entity, path: str, first: bool, inline: bool = False) -> markup.Column:
    field = field_at(view, entity, path)
    text = formatter(view, field, path)
    label, kinds = field.title.in_(view.language), []
    if first:
        kinds.append("q-key")
    if field.kind.align == "end":
        kinds.append("num")
    if field.kind.json_schema(field).get("format") in ("date", "date-time"):
        kinds.append("q-date")
    if entity.is_document and path == "state":
        return markup.Column(text, label, [*kinds, "q-mark-cell"], STATE_TONES, path)
    nameless = pages.said(N_("no number yet")) if entity.is_document and path == "number" else "…"
    edit = pages.said(N_("Change: %(title)s"), title=label) if inline else ""
    return markup.Column(text, label, kinds, key=path, nameless=nameless, edit=edit)


def _totals(asked: Asked, totals: Mapping[str, Any]) -> list[SimpleNamespace]:
    """What stands in the foot of each column, with a word for what is no plain sum."""
    if not totals:
        return []
    said, kinds, view = [], dict(asked.totals), asked.view
    for path in asked.paths:
        field = field_at(view, asked.entity, path)
        value, kind = totals.get(path), kinds.get(path, "sum")
        text = "" if value is None else field.kind.total_text(field, kind, value, view.language, view.names)
        said.append(SimpleNamespace(text=text, word="" if kind == "sum" else pages.said(WORDS[kind])))
    return said
