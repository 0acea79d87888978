"""What the readings of rules know of columns: their types, the table that one belongs to, the sources at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, FromClause, String, Time
from sqlalchemy.sql.visitors import iterate

from engine.fields.column_types import Id, UtcDateTime
from engine.storage.rules.protocol import Source

Frames = tuple[Source, ...]
"""The record first, then the rows in which a rule stands."""
SQL_TYPES: dict[str, Callable[[], Any]] = {
    "text": String,
    "boolean": Boolean,
    "date": Date,
    "datetime": UtcDateTime,
    "time": Time,
    "id": Id,
    "none": String,
}


def table_of(column: ColumnElement) -> FromClause:
    """The FROM clause that a column belongs to, also when the column comes wrapped in a type."""
    return next(table for found in iterate(column) if (table := getattr(found, "table", None)) is not None)
