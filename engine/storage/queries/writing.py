"""Values into tables: inserts of many records and rows at once, guarded updates, replaced rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.ids import new_id
from engine.model import Catalog, Entity, Field
from engine.storage.names import SEARCH_TEXT
from engine.storage.search import search_value
from engine.storage.tables import tables_of

BATCH = 1_000
"""Rows of one INSERT: enough to be quick, few enough for the limit of bound values."""


def record_columns(entity: Entity, values: Mapping[str, Any], keys: Iterable[str] | None = None) -> dict[str, Any]:
    """Column -> value for the fields `keys` (all of them by default) that are kept in the entity's own table."""
    row: dict[str, Any] = {}
    for f in entity.column_fields:
        if keys is None or f.key in keys:
            row.update(f.kind.to_columns(f, values.get(f.key), values["id"]))
    return row


def insert_records(
    connection: sa.Connection, catalog: Catalog, entity: Entity, records: Sequence[Mapping[str, Any]]
) -> None:
    """Records and their rows: one statement a table for each batch."""
    tables = tables_of(catalog)
    table = tables.of(entity)
    searched = SEARCH_TEXT in table.c
    rows = []
    for values in records:
        row = record_columns(entity, values)
        if searched:
            row[SEARCH_TEXT] = search_value(entity, values)
        rows.append(row)
    _insert(connection, table, rows)
    for f in entity.row_fields:
        insert_rows(connection, catalog, f, [(r["id"], r.get("organisation"), r.get(f.key) or []) for r in records])


def insert_rows(
    connection: sa.Connection, catalog: Catalog, f: Field, owners: Sequence[tuple[UUID, UUID | None, Sequence[Any]]]
) -> None:
    """The rows of one field for many owners: (owner id, organisation id, value of the field)."""
    found, nested = [], []
    for owner, organisation, value in owners:
        for position, row in enumerate(f.kind.to_rows(f, value)):
            found.append(row_columns(f, row, owner, organisation, position))
            nested.append((row, organisation))
    _insert(connection, tables_of(catalog).rows(f), found)
    for inner in f.fields.values():
        if inner.is_many:
            insert_rows(connection, catalog, inner, [(r["id"], org, r.get(inner.key) or []) for r, org in nested])


def row_columns(
    f: Field, row: Mapping[str, Any], owner: UUID, organisation: UUID | None, position: int
) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "id": row.get("id") or new_id(),
        "owner_id": owner,
        "organisation_id": organisation,
        "position": position,
    }
    for inner in f.fields.values():
        if not inner.is_many and not inner.kind.virtual and inner.stored:
            columns.update(inner.kind.to_columns(inner, row.get(inner.key), columns["id"]))
    return columns


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.insert(table), rows[start : start + BATCH])


def update_record(
    connection: sa.Connection,
    catalog: Catalog,
    entity: Entity,
    id: UUID,
    seen: int,
    changes: Mapping[str, Any],
    expect: Mapping[str, Any] | None = None,
) -> bool:
    """Set columns of one record if its version is still `seen` (and other columns are as expected)."""
    table = tables_of(catalog).of(entity)
    conditions = [table.c.id == id, table.c.version == seen]
    conditions += [table.c[k] == v for k, v in (expect or {}).items()]
    return connection.execute(sa.update(table).where(*conditions).values(**changes)).rowcount == 1


def replace_rows(
    connection: sa.Connection, catalog: Catalog, f: Field, owner: UUID, organisation: UUID | None, old: Any, new: Any
) -> None:
    """Make the stored rows of `owner` equal to `new`: told apart by id, absent ones removed, the rest kept in order."""
    table = tables_of(catalog).rows(f)
    was = {r["id"]: (n, r) for n, r in enumerate(f.kind.to_rows(f, old))} if _has_ids(old) else None
    now = f.kind.to_rows(f, new)
    if was is None:
        connection.execute(sa.delete(table).where(table.c.owner_id == owner))
        _insert(connection, table, [row_columns(f, r, owner, organisation, n) for n, r in enumerate(now)])
        return
    kept = {r["id"] for r in now}
    gone = [id for id in was if id not in kept]
    if gone:
        for inner in f.fields.values():
            if inner.is_many:
                child = tables_of(catalog).rows(inner)
                connection.execute(sa.delete(child).where(child.c.owner_id.in_(gone)))
        connection.execute(sa.delete(table).where(table.c.id.in_(gone)))
    fresh, changed = [], []
    for n, row in enumerate(now):
        columns = row_columns(f, row, owner, organisation, n)
        if row["id"] not in was:
            fresh.append(columns)
            continue
        place, before = was[row["id"]]
        if columns != row_columns(f, before, owner, organisation, place):
            changed.append(columns)
    _insert(connection, table, fresh)
    if changed:
        names = [c for c in changed[0] if c not in ("id", "owner_id", "organisation_id")]
        statement = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("b_id"))
            .values({c: sa.bindparam(f"b_{c}") for c in names})
        )
        connection.execute(statement, [{f"b_{k}": v for k, v in row.items()} for row in changed])
    for inner in f.fields.values():
        if inner.is_many:
            for row in now:
                before = was[row["id"]][1] if row["id"] in was else {}
                replace_rows(
                    connection,
                    catalog,
                    inner,
                    row["id"],
                    organisation,
                    before.get(inner.key) or [],
                    row.get(inner.key) or [],
                )


def _has_ids(value: Any) -> bool:
    return all(isinstance(r, Mapping) for r in value or ()) and bool(value)
