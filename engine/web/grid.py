"""Entry grids: one address shows the table, one of its columns or rows as a form, and takes cells - of a plain form all
that it holds, of the script the few that were just typed. Which cells may be written is judged by the services."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify, request

from engine import doors
from engine.language import N_
from engine.model import Entity
from engine.model.grid import Grid
from engine.services import grids
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.grids.drawing import Drawing
from engine.web.grids.page import grid_page
from engine.web.grids.state import State, base_of, url
from engine.web.routes import blueprint

SAVED = N_("Saved")
_AT = re.compile(r"(\d{1,5})-at")


def grid_here(view: Any, module: str, slug: str, name: str) -> tuple[Entity, Grid]:
    """The grid that the address names. NotFound for one that is not offered to the actor."""
    entity = entity_here(module, slug)
    return entity, grids.grid_at(view, entity, name)


@blueprint.get("/<module>/<slug>/grids/<name>")
@doors.declares_access("read")
def grid(module: str, slug: str, name: str) -> Response:
    def work(view: Any) -> Response:
        entity, found = grid_here(view, module, slug, name)
        return grid_page(view, entity, found, State.read(found, request.args))

    return ask(work)


@blueprint.post("/<module>/<slug>/grids/<name>")
@doors.declares_access("read")
def enter(module: str, slug: str, name: str) -> Response:
    """Cells that were typed. A script gets what came of each as JSON, a plain form the page again or the next one."""
    entity, found = ask(lambda view: grid_here(view, module, slug, name))
    state = State.read(found, request.args)
    outcomes = write(entity, found, state.given, typed_cells())
    if wants_json():
        return answer(entity, found, state.given, outcomes)
    wrong = [o.state for o in outcomes if o.state in ("refused", "conflict")]
    if wrong:
        status = 409 if "conflict" in wrong else 422
        return ask(lambda view: grid_page(view, entity, found, state, status, outcomes))
    pages.notice("done", pages.said(SAVED))
    return pages.see_other(url(base_of(entity, found), state.given, column=state.column, row=state.row))


def wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def typed_cells() -> list[grids.Entry]:
    """The cells of the form: `3-at` says which and what was seen, `3-was` its text then, `3-text` its text now."""
    numbers = [found[1] for name in request.form if (found := _AT.fullmatch(name))]
    entries = []
    for n in numbers:
        row, column, seen = [*request.form[f"{n}-at"].split(" "), "", "", ""][:3]
        entries.append(grids.Entry(row, column, request.form.get(f"{n}-text", ""), seen, request.form.get(f"{n}-was")))
    return entries


def write(entity: Entity, found: Grid, given: dict[str, str], entries: Sequence[grids.Entry]) -> list[grids.Outcome]:
    return grids.enter(doors.site(), doors.current_actor(), entity.address, found.slug, given, entries,
                       language=doors.language(), request_id=doors.request_id())


def answer(entity: Entity, found: Grid, given: dict[str, str], outcomes: Sequence[grids.Outcome]) -> Response:
    """What came of the cells, and the totals of the rows and columns that they stand in."""

    def work(view: Any) -> dict[str, Any]:
        sheet = grids.sheet(view, found, grids.choose(view, found, given, offers=False))
        drawing = Drawing(view, sheet, True)
        saved = [o for o in outcomes if o.state != "refused" and o.line and o.head]
        totals = grids.totals(view, sheet, {o.line.key for o in saved}, {o.head.key for o in saved})
        return {"cells": [drawing.json(outcome) for outcome in outcomes],
                "totals": {"rows": totals.rows, "columns": totals.columns}}

    response = jsonify(ask(work))
    response.headers["Cache-Control"] = "no-store"
    return response
