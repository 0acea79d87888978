"""Entry grids over the API: a grid as rows, columns and the cells that are filled; cells written each on its own."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.api.answers import json_response
from engine.api.bodies import json_object
from engine.api.door import ENTITY, blueprint, entity_here, read
from engine.api.errors import language_asked
from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.model import Entity
from engine.model.grid import Grid
from engine.services import grids
from engine.services.audit import encoder_of
from engine.services.grids.entering import MOST

GRID = f"{ENTITY}/grids/<name>"
UNKNOWN = N_("There is no such parameter here")
SHAPE = N_("Send cells as a list of objects: row, column, text, and seen where a record stands there")
KEYS = {"row", "column", "text", "seen", "was"}


def grid_here(view: Any, module: str, slug: str, name: str) -> tuple[Entity, Grid, dict[str, str]]:
    """The grid of the address and its parameters. Raises NotFound, and BadRequest for a parameter that it lacks."""
    entity = entity_here(module, slug)
    grid = grids.grid_at(view, entity, name)
    strange = [key for key in request.args if key not in grid.parameters and key != "lang"]
    if strange:
        raise BadRequest(Problem("parameter.unknown", UNKNOWN, key[:100]) for key in strange[:20])
    return entity, grid, {key: request.args[key] for key in grid.parameters if key in request.args}


@blueprint.get(GRID)
@doors.declares_access("read")
def grid(module: str, slug: str, name: str) -> Response:
    """The whole grid. Only filled cells are listed: an empty one is no record."""

    def work(view: Any) -> dict[str, Any]:
        _, found, given = grid_here(view, module, slug, name)
        chosen = grids.choose(view, found, given)
        sheet = grids.sheet(view, found, chosen)
        totals = grids.totals(view, sheet)
        texts = grids.Texts(view, found, sheet.entity.fields)
        cells = [(line, head, cell) for line in sheet.lines for head in sheet.heads
                 if (cell := sheet.cell(line, head)) is not None]
        return {
            "parameters": {key: choice.raw or None for key, choice in chosen.choices.items()},
            "rows": [{"id": line.key, "title": line.title, "totals": totals.rows.get(line.key, [])}
                     for line in sheet.lines],
            "columns": [{"key": head.key, "title": head.whole or head.title, "totals": totals.columns.get(head.key, [])}
                        for head in sheet.heads],
            "cells": [{"row": line.key, "column": head.key, "id": str(cell.id), "seen": cell.token,
                       "text": texts.short(head, cell), "value": _value(head, cell)} for line, head, cell in cells],
            "more": sheet.more,
        }

    return json_response(read(work))


def _value(head: grids.Head, cell: grids.Cell) -> Any:
    return encoder_of(head.field)(cell.values.get(head.field.key))


@blueprint.patch(GRID)
@doors.declares_access("read")
def enter_cells(module: str, slug: str, name: str) -> Response:
    """Write cells. No Idempotency-Key is needed: a cell that holds the value already is saved."""
    entity, found, given = read(lambda view: grid_here(view, module, slug, name))
    body = json_object()
    cells = body.pop("cells", None)
    if body or not isinstance(cells, list) or not all(_is_cell(one) for one in cells):
        raise BadRequest([Problem("grid.cells", SHAPE, "cells")])
    entries = [grids.Entry(one["row"], one["column"], one["text"] or "", one.get("seen") or "", one.get("was"))
               for one in cells]
    outcomes = grids.enter(doors.site(), doors.current_actor(), entity.address, found.slug, given, entries,
                           language=language_asked(), request_id=doors.request_id())

    def told(view: Any) -> list[dict[str, Any]]:
        texts = grids.Texts(view, found, entity.fields)
        return [_told(texts, outcome, view.language) for outcome in outcomes]

    return json_response({"cells": read(told)})


def _is_cell(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) - KEYS or not {"row", "column", "text"} <= set(one):
        return False
    return all(isinstance(v, str) or (v is None and k not in ("row", "column")) for k, v in one.items())


def _told(texts: grids.Texts, outcome: grids.Outcome, language: str) -> dict[str, Any]:
    """What came of one cell; of a conflict, what stands there now."""
    entry, head, cell = outcome.entry, outcome.head, outcome.cell
    made: dict[str, Any] = {"row": entry.row, "column": entry.column, "state": outcome.state}
    if head is not None:
        made |= {"text": texts.short(head, cell), "seen": cell.token if cell else "",
                 "value": _value(head, cell) if cell else None}
    if outcome.problems:
        made["problems"] = [{"code": p.code, "message": p.text(language)} for p in outcome.problems]
    return made


# -- the description --------------------------------------------------------------------------------------------------

_TEXT = {"type": "string", "maxLength": 2_000}
_CELL = {"type": "object", "required": ["row", "column", "text"], "additionalProperties": False, "properties": {
    "row": _TEXT, "column": _TEXT, "text": {"type": ["string", "null"], "maxLength": 2_000},
    "seen": {"type": ["string", "null"], "maxLength": 60}, "was": {"type": ["string", "null"], "maxLength": 2_000}}}
BODY = {"type": "object", "required": ["cells"], "additionalProperties": False,
        "properties": {"cells": {"type": "array", "maxItems": MOST, "items": _CELL}}}
_TOLD = {"type": "object", "required": ["row", "column"], "properties": {
    "row": {"type": "string"}, "column": {"type": "string"}, "state": {"enum": ["saved", "refused", "conflict"]},
    "text": {"type": "string"}, "seen": {"type": "string"}, "value": {}, "id": {"type": "string"},
    "problems": {"type": "array", "items": {"type": "object"}}}}
_AXIS = {"type": "array", "items": {"type": "object", "properties": {
    "title": {"type": "string"}, "totals": {"type": "array", "items": {"type": "string"}}}}}
ENTERED = {"type": "object", "required": ["cells"], "properties": {"cells": {"type": "array", "items": _TOLD}}}
WHOLE = {"type": "object", "required": ["parameters", "rows", "columns", "cells", "more"], "properties": {
    "parameters": {"type": "object"}, "rows": _AXIS, "columns": _AXIS, "cells": {"type": "array", "items": _TOLD},
    "more": {"type": "boolean"}}}
