"""Rows of many records at once: one statement a table, never one a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Field
from engine.storage.queries.source import Decode, RowsSource
from engine.storage.queries.statement import Statement

Linked = Callable[[Statement, Field, RowsSource], Sequence[Any]]
"""Gives the joined displays of a link in a source (`services.display.linked`); None: links stay bare ids."""


@dataclass(frozen=True)
class RowsPlan:
    """The statement of one table of rows and how its rows are read: `displays` are (key, offset, display)."""

    query: sa.Select
    decode: Decode
    displays: tuple[tuple[str, int, Any], ...]


def _build(statement: Statement, f: Field, linked: Linked | None, one: bool) -> RowsPlan:
    source = RowsSource(statement, f)
    keys = tuple(i.key for i in f.fields.values() if not i.is_many and not i.kind.virtual)
    columns: list[sa.ColumnElement] = [source.table.c.id, source.table.c.owner_id]
    for key in keys:
        columns.extend(source.columns(f.fields[key]))
    displays, origin = [], source.table
    for key in keys if linked is not None and f.kind.by_line else ():
        inner = f.fields[key]
        for display in linked(statement, inner, source) if inner.kind.targets(inner) else ():
            displays.append((f"@{key}", len(columns), display))
            columns.extend(display.columns)
            for other, condition in display.joins:
                origin = origin.outerjoin(other, condition)
    query = sa.select(*(c.label(f"c{i}") for i, c in enumerate(columns))).select_from(origin)
    owner = source.table.c.owner_id
    given = (
        owner == sa.bindparam("owners", type_=owner.type) if one else owner.in_(sa.bindparam("owners", expanding=True))
    )
    query = query.where(given)
    query = query.order_by(source.table.c.owner_id, source.table.c.position, source.table.c.id)
    return RowsPlan(query, source.decoder(keys), tuple(displays))


def load_rows(
    view: Any, f: Field, owners: Sequence[UUID], linked: Linked | None = None
) -> dict[UUID, list[dict[str, Any]]]:
    """The rows of field `f` by owner, in their order, with the rows inside them."""
    if not owners:
        return {}
    one = len(owners) == 1
    plan = view.plan(("rows", f, linked is not None, one), lambda statement: _build(statement, f, linked, one))
    readers = [(key, offset, display.reader(view)) for key, offset, display in plan.displays]
    found: dict[UUID, list[dict[str, Any]]] = {}
    every: list[dict[str, Any]] = []
    for row in view.select(plan.query, owners=owners[0] if one else list(owners)):
        values = plan.decode(row, 2, {"id": row[0]})
        for key, offset, read in readers:
            text = read(row, offset)
            if text is not None or key not in values:
                values[key] = text
        found.setdefault(row[1], []).append(values)
        every.append(values)
    for inner in f.fields.values():
        if inner.is_many:
            nested = load_rows(view, inner, [r["id"] for r in every], linked)
            for values in every:
                values[inner.key] = inner.kind.from_rows(inner, nested.get(values["id"], []))
    return found


def fill_rows(
    view: Any, fields: Iterable[Field], records: Sequence[dict[str, Any]], linked: Linked | None = None
) -> None:
    """Put the rows of `fields` into `records`, in place."""
    owners = [r["id"] for r in records]
    for f in fields:
        by_owner = load_rows(view, f, owners, linked)
        for record in records:
            record[f.key] = f.kind.from_rows(f, by_owner.get(record["id"], []))
