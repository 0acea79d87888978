"""Rows of many records at once: one statement a table, never one a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Field
from engine.storage.queries.source import RowsSource

Linked = Callable[[Any, Field, RowsSource], Sequence[Any]]
"""Gives the joined displays of a link in a source (`services.display.linked`); None: links stay bare ids."""


def load_rows(
    view: Any, f: Field, owners: Sequence[UUID], linked: Linked | None = None
) -> dict[UUID, list[dict[str, Any]]]:
    """The rows of field `f` by owner, in their order, with the rows inside them."""
    if not owners:
        return {}
    view.new_statement()
    source = RowsSource(view, f)
    keys = [i.key for i in f.fields.values() if not i.is_many and not i.kind.virtual]
    columns: list[sa.ColumnElement] = [source.table.c.id, source.table.c.owner_id]
    for key in keys:
        columns.extend(source.columns(f.fields[key]))
    shown, origin = [], source.table
    for key in keys if linked is not None and f.kind.by_line else ():
        for names in linked(view, f.fields[key], source) if f.fields[key].kind.targets(f.fields[key]) else ():
            shown.append((f"@{key}", len(columns), names))
            columns.extend(names.columns)
            for other, condition in names.joins:
                origin = origin.outerjoin(other, condition)
    statement = sa.select(*(c.label(f"c{i}") for i, c in enumerate(columns))).select_from(origin)
    statement = statement.where(source.table.c.owner_id.in_(list(owners)))
    found: dict[UUID, list[dict[str, Any]]] = {}
    every: list[dict[str, Any]] = []
    for row in view.execute(statement.order_by(source.table.c.owner_id, source.table.c.position, source.table.c.id)):
        values = source.decode(keys, row, 2, {"id": row[0]})
        for key, offset, names in shown:
            text = names.read(row, offset)
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
