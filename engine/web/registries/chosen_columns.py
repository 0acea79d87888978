"""Columns as a person wants them: which, in which order, how wide, with which totals; kept for each list and view."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.model import Entity
from engine.services.registries.kept import Column, column_at, columns_offered, keep_columns, kept
from engine.web import pages
from engine.web.asking import ask, do, entity_here
from engine.web.registries.asked import Asked, asked
from engine.web.routes import blueprint
from engine.web.state import State

MOST = 40
TOTALS = {
    "sum": N_("sum"), "avg": N_("average"), "min": N_("least"), "max": N_("greatest"),
    "count": N_("how many filled in"),
}


@blueprint.get("/<module>/<slug>/columns")
@doors.declares_access("read")
def columns(module: str, slug: str) -> Response:
    """The panel of columns for the list of this address."""
    entity, state = entity_here(module, slug), State.read(request.args)

    def look(view: Any) -> Response:
        wanted = asked(view, entity, state, kept(view, entity))
        return _panel(wanted, wanted.paths, wanted.widths, dict(wanted.totals))

    return ask(look)


@blueprint.post("/<module>/<slug>/columns")
@doors.declares_access("read")
def choose_columns(module: str, slug: str) -> Response:
    """Remember the columns, or move one in the panel and show it again."""
    entity, state = entity_here(module, slug), State.read(request.args)
    act, _, path = request.form.get("do", "").partition(":")
    if act in ("up", "down"):
        return ask(lambda view: _moved(view, entity, state, act, path))
    if act == "width":
        do(lambda uow: _widen(uow, entity, state, path))
        return Response("", 204)

    def work(uow: Any) -> None:
        wanted = asked(uow, entity, state, kept(uow, entity))
        place = wanted.arranged.place
        if act == "usual":
            keep_columns(uow, entity, place)
            return
        paths, widths, totals = _sent(uow, entity)
        keep_columns(uow, entity, place, paths=paths or None, widths=widths, totals=totals)

    do(work)
    return pages.see_other(state.url(entity.url, after=state.after, before=state.before, last=state.last))


def _widen(uow: Any, entity: Entity, state: State, path: str) -> None:
    """One column dragged or moved by keys to another width; the others stay as they stand."""
    wanted = asked(uow, entity, state, kept(uow, entity))
    if path not in wanted.paths:
        return
    sent = {p: w for p in wanted.paths if (w := _width(request.form.get(f"width-{p}")))}
    keep_columns(uow, entity, wanted.arranged.place, widths={**wanted.widths, **sent})


def _width(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 5 else 0


def _sent(view: Any, entity: Entity) -> tuple[list[str], dict[str, int], dict[str, str]]:
    """What the panel holds: shown columns in order, their widths and totals. Names are looked up, never believed."""
    shown = set(request.form.getlist("show"))
    order = [p for p in dict.fromkeys(request.form.getlist("column")) if p in shown][:MOST]
    found = [c for path in order if (c := column_at(view, entity, path)) is not None]
    widths = {c.path: w for c in found if (w := _width(request.form.get(f"width-{c.path}")))}
    totals = {
        c.path: kind for c in found
        if (kind := request.form.get(f"total-{c.path}", "")) in c.field.kind.totals(c.field) and "." not in c.path
    }
    return [c.path for c in found], widths, totals


def _moved(view: Any, entity: Entity, state: State, act: str, path: str) -> Response:
    wanted = asked(view, entity, state, kept(view, entity))
    paths, widths, totals = _sent(view, entity)
    if path in paths:
        at = paths.index(path)
        to = min(max(at + (-1 if act == "up" else 1), 0), len(paths) - 1)
        paths.insert(to, paths.pop(at))
    return _panel(wanted, tuple(paths), widths, totals, moved=path)


def _panel(wanted: Asked, paths: tuple[str, ...], widths: dict[str, int], totals: dict[str, str],
           moved: str = "") -> Response:
    view, entity, language = wanted.view, wanted.entity, wanted.view.language
    offered = columns_offered(view, entity)
    chosen = [c for path in paths if (c := column_at(view, entity, path)) is not None]
    others = [c for c in offered if c.path not in paths]
    return pages.page(
        "registries/columns.html", block="columns",
        title_text=pages.list_title(view.catalog, view.actor, entity).in_(language),
        columns_url=wanted.state.url(f"{entity.url}/columns"), back_url=wanted.state.url(entity.url),
        chosen=[_drawn(c, language, widths, totals, c.path == moved) for c in chosen],
        others=[_drawn(c, language, widths, totals, False) for c in others if "." not in c.path],
        beyond=[_drawn(c, language, widths, totals, False) for c in others if "." in c.path],
        own=bool(wanted.arranged.own), table=wanted.kind.name == "table", inside=pages.partial(),
    )


def _drawn(
    column: Column, language: str, widths: dict[str, int], totals: dict[str, str], moved: bool
) -> SimpleNamespace:
    f = column.field
    kinds = f.kind.totals(f) if "." not in column.path and not f.is_many else ()
    return SimpleNamespace(
        path=column.path, title=column.title.in_(language), width=widths.get(column.path, ""), moved=moved,
        totals=[(kind, pages.said(TOTALS[kind]), totals.get(column.path) == kind) for kind in kinds],
    )
