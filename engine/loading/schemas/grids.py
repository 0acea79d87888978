"""The schema of an entry grid."""

from __future__ import annotations

from engine.loading.schemas.common import (
    ABOUT,
    BY_LANGUAGE,
    CODE,
    ENTITY,
    NAME,
    Schema,
    list_of,
    named,
    one_of,
    ref,
    rule,
    text,
    thing,
)
from engine.loading.schemas.layouts import COLOURS
from engine.model.grid import DAYS

KEY: Schema = {"anyOf": [text(1), BY_LANGUAGE], "description": "One letter or digit, for all languages or by language"}
FIELD: Schema = {"type": "string", "pattern": NAME}

ROWS = thing(
    {
        "from": {"type": "string", "pattern": ENTITY, "description": "The entity whose records are the rows"},
        "where": {**rule(), "description": "Which of them; parameters stand around the row"},
        "sort": ref("order"),
        "title": {**ref("paths"), "description": "Fields that name a row; its display when left out"},
        "columns": {**ref("paths"), "description": "More frozen columns beside the name"},
        **ABOUT,
    },
    "from",
)

COLUMNS = thing(
    {
        "days": {**FIELD, "description": "The period among the parameters whose days are the columns"},
        "weeks": {**FIELD, "description": "The period whose weeks are the columns"},
        "months": {**FIELD, "description": "The period whose months are the columns"},
        "only": {"anyOf": [one_of("working"), list_of(one_of(*DAYS), 7, 1)],
                 "description": "Which days: working ones by the calendar, or days of the week"},
        "from": {"type": "string", "pattern": ENTITY, "description": "The entity whose records are the columns"},
        "where": {**rule(), "description": "Which of them; parameters stand around the record"},
        "sort": ref("order"),
        "title": {**ref("paths"), "description": "Fields that head a column; its display when left out"},
        "fields": {**list_of(FIELD, 60, 1), "description": "Fields of the cell's entity, a column each"},
        **ABOUT,
    }
)

CELL = thing(
    {
        "row": {**FIELD, "description": "The link of a cell to its row"},
        "column": {**FIELD, "description": "The date of a cell, or its link to its column"},
        "value": {**FIELD, "description": "What is typed into the cell"},
        "more": {**ref("names"), "description": "Fields in the pop-up of a cell"},
    },
    "row",
)

CODE_SCHEMA = thing({"key": KEY, "title": ref("text"), "mark": one_of(*COLOURS), **ABOUT}, "key")

LOCK = thing(
    {
        "when": rule(),
        "reason": ref("text"),
        "except": ref("roles"),
        "outside": {"type": "boolean", "description": "The place is none of this row's: nothing counts it"},
        **ABOUT,
    },
    "when",
    "reason",
)

TOTAL = thing(
    {
        "title": ref("text"),
        "count": {**rule(), "description": "How many cells it holds for"},
        "percent": {**rule(), "description": "The share of cells it holds for"},
        "sum": rule("number"),
        "avg": rule("number"),
        "among": {**rule(), "description": "Which cells are looked at, empty ones too"},
        "of": list_of(one_of("rows", "columns"), 2, 1),
        **ABOUT,
    },
    "title",
)

MARK = thing({"title": ref("text"), "when": rule(), "colour": one_of(*COLOURS), **ABOUT}, "title", "when", "colour")

GRID_FILE: Schema = thing(
    {
        "grid": {"type": "string", "pattern": ENTITY, "description": "Its address: module.name"},
        "title": ref("text"),
        "icon": {"type": "string", "pattern": r"^[a-z0-9][a-z0-9\-]{0,39}$"},
        "for": thing({"roles": ref("roles")}, "roles"),
        "cells": {"type": "string", "pattern": ENTITY, "description": "The entity whose records are the cells"},
        "parameters": named({"anyOf": [ref("field")]}, NAME, 8),
        "rows": ROWS,
        "columns": COLUMNS,
        "cell": CELL,
        "codes": named(CODE_SCHEMA, CODE, 60),
        "blank": thing({"title": ref("text"), "key": KEY}, "title"),
        "locked": named(LOCK, NAME, 20),
        "totals": named(TOTAL, NAME, 12),
        "marks": named(MARK, NAME, 20),
        "direction": {**one_of("down", "right"), "description": "Where the next cell is after a code"},
        **ABOUT,
    },
    "grid",
    "title",
    "cells",
    "rows",
    "columns",
    "cell",
)
