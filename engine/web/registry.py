"""A list of records: views, quick search, filters, order and pages, all in the URL.

Formats are worked out once a list and applied in plain loops; the template only lays the parts out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.language.formats import number_formatter
from engine.model import Entity, Field, Registry, View
from engine.services import records
from engine.services.access import can, readable
from engine.services.registries import Query, listing
from engine.services.trees import depths
from engine.web import markup, pages
from engine.web.asking import entity_here
from engine.web.filters import addable, chip, editor, field_at
from engine.web.record_page import STATE_TONES
from engine.web.routes import blueprint
from engine.web.state import FIRST_PAGE, State

PAGE = 50
Mark = Callable[[Mapping[str, Any]], str | None]
COLOURS = ("red", "gold", "green", "blue", "grey")


@blueprint.get("/<module>/<slug>")
@doors.declares_access("read")
def registry(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)
    actor, site = doors.current_actor(), doors.site()
    if entity.kind == "settings":
        found = site.read(actor, lambda view: records.read_settings(view, entity.address), language=doors.language())
        return pages.see_other(f"{entity.url}/{found.id}" if found else f"{entity.url}/new")
    state = State.read(request.args)
    if "_field" in request.args and not pages.partial():
        return pages.see_other(state.url(entity.url))
    return site.read(actor, lambda view: _list(view, entity, state), language=doors.language())


def _list(view: Any, entity: Entity, state: State) -> Response:
    layout = pages.registry_for(view.catalog, view.actor, entity)
    chosen = _view(layout, state)
    seen = readable(view.catalog, view.actor, entity)
    paths = [p for p in (chosen.columns if chosen and chosen.columns else layout.columns) if p.split(".")[0] in seen]
    marks, needs = _marks(view, chosen, entity)
    usual = _usual_sort(layout, chosen)
    sort = state.sort or tuple(s for s in usual if s.lstrip("-") in seen)  # a hidden column orders nothing
    query = Query(
        fields=tuple(dict.fromkeys((*paths, *needs))), filters=[(f.path, f.operator, f.texts) for f in state.filters],
        where=_where(layout, chosen), sort=sort, search=state.search, after=state.after, before=state.before,
        limit=PAGE, count=True, archived=state.archived,
        rows=any(_is_many(entity, p) for p in paths), totals=tuple(t for t in layout.totals if t in seen),
    )
    page = listing(view, entity.address, query)
    columns = [
        view.names.kept(
            ("column", entity, path, not n, view.language), partial(_column, view, entity, path, first=not n)
        )
        for n, path in enumerate(paths)
    ]
    count = page.count or 0
    write = number_formatter(view.language)
    context: dict[str, Any] = {
        "entity": entity, "base": entity.url, "state": state,
        "title_text": pages.list_title(view.catalog, view.actor, entity).in_(view.language),
        "count": count, "count_text": write(count),
        "rows": markup.rows(columns, page.records, entity.url, marks, _depths(view, entity, state, page.records))
        if columns else "",
        "shown": len(page.records),
        "heads": [_head(view, entity, state, sort, path) for path in paths],
        "totals": _totals(view, entity, paths, page.totals),
        "tabs": _tabs(view, entity, layout, state, chosen),
        "chips": [chip(view, entity, state, f) for f in state.filters],
        "addable": addable(view, entity, state, [p for p in layout.filters if p.split(".")[0] in seen]),
        "editor": editor(view, entity, state) if state.editing and state.editing.split(".")[0] in seen else None,
        "kept": state.pairs(search="", **FIRST_PAGE),
        "next_url": state.url(entity.url, after=page.next) if page.next else "",
        "previous_url": state.url(entity.url, before=page.previous) if page.previous else "",
        "clear_url": state.url(entity.url, search="", filters=()),
        "archive_url": state.url(entity.url, archived=not state.archived),
        "may_archive": any(can(view.catalog, view.actor, entity, v) for v in ("archive", "restore")),
        "new_url": f"{entity.url}/new" if can(view.catalog, view.actor, entity, "create") else "",
        "entity_title": entity.title.in_(view.language), "hint": entity.hint.in_(view.language) if entity.hint else "",
        "module_title": view.catalog.modules[entity.module].title.in_(view.language), "module_url": f"/{entity.module}",
    }
    response = pages.page("registries/registry.html", block="registry", **context)
    if pages.partial():
        response.headers["HX-Push-Url"] = state.url(entity.url, after=state.after, before=state.before)
    return response


# -- what is shown ----------------------------------------------------------------------------------------------------


def _view(layout: Registry, state: State) -> View | None:
    """The chosen view; BadRequest for one that this registry does not have."""
    if state.view is None:
        return None
    found = layout.views.get(state.view)
    if found is None:
        raise BadRequest([Problem("view.unknown", N_("There is no such view of this list"), "view")])
    return found


def _usual_sort(layout: Registry, chosen: View | None) -> tuple[str, ...]:
    """The order nobody asked for. A view by days (`as: calendar`) is drawn as a table, so it goes by its day."""
    if chosen is None:
        return layout.sort
    return chosen.sort or ((chosen.by,) if chosen.by else layout.sort)


def _is_many(entity: Entity, path: str) -> bool:
    return path in entity.fields and entity.fields[path].is_many


def _depths(view: Any, entity: Entity, state: State, found: Sequence[Mapping[str, Any]]) -> Mapping[Any, int]:
    """How far each row of a tree is moved in; not where its parents are missing or stand elsewhere."""
    if not entity.tree or state.view or state.sort or state.search or state.filters or state.archived:
        return {}
    return depths(view, entity, [r["id"] for r in found])


def _where(layout: Registry, chosen: View | None) -> Any:
    """The rule of the view, or of the registry when no view is chosen."""
    return chosen.where if chosen is not None and chosen.where is not None else layout.where


def _column(view: Any, entity: Entity, path: str, first: bool) -> markup.Column:
    field = field_at(view, entity, path)
    text = _formatter(view, field, path)
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
    return markup.Column(text, label, kinds, nameless=nameless)


def _formatter(view: Any, field: Field, path: str) -> Callable[[Mapping[str, Any]], str]:
    """The text of the field in a record of the list, where it stands under its path."""
    placed = field if field.key == path else replace(field, key=path)
    return field.kind.formatter(placed, view.language, view.names)


def _head(view: Any, entity: Entity, state: State, sort: tuple[str, ...], path: str) -> SimpleNamespace:
    field = field_at(view, entity, path)
    order = next((s for s in sort[:1] if s.lstrip("-") == path), "")
    turned = path if order.startswith("-") or not order else f"-{path}"
    return SimpleNamespace(
        title=field.title.in_(view.language), align=field.kind.align,
        order="" if not order else "descending" if order.startswith("-") else "ascending",
        url=state.url(entity.url, sort=(turned,)) if "." not in path and field.kind.can_sort(field) else "",
    )


def _totals(view: Any, entity: Entity, paths: list[str], totals: Mapping[str, Any]) -> list[str]:
    if not totals:
        return []
    said = []
    for path in paths:
        field = field_at(view, entity, path)
        value = totals.get(path)
        said.append("" if value is None else _formatter(view, field, path)({path: value}))
    return said


def _tabs(view: Any, entity: Entity, layout: Registry, state: State, chosen: View | None) -> list[dict[str, Any]]:
    views = layout.views.values()
    if not views:
        return []
    every = {"title": pages.said(N_("All")), "url": state.url(entity.url, view=None, sort=()), "active": chosen is None}
    return [every, *(
        {"title": v.title.in_(view.language), "url": state.url(entity.url, view=v.key, sort=()), "active": v is chosen}
        for v in views
    )]


def _marks(view: Any, chosen: View | None, entity: Entity) -> tuple[Mark | None, tuple[str, ...]]:
    """How rows of the view are marked, and the fields that the marks read. A mark over links is not drawn."""
    if chosen is None or not chosen.mark:
        return None, ()
    seen = readable(view.catalog, view.actor, entity)
    rules = [
        (c, r) for c, r in chosen.mark.items() if c in COLOURS and all(len(p) == 1 and p[0] in seen for p in r.paths)
    ]
    needs = tuple(sorted({p[0] for _, r in rules for p in r.paths if p[0] in entity.fields}))
    context = view.context({})

    def mark(record: Mapping[str, Any]) -> str | None:
        context.record = record
        return next((colour for colour, rule in rules if rule.evaluate(context)), None)

    return mark, needs
