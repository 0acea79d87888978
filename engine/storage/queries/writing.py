"""Values into tables: inserts of many records and rows at once, guarded updates, replaced rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.fields.cipher import current_if_any
from engine.ids import new_id
from engine.model import Catalog, Entity, Field
from engine.storage.names import SEARCH_TEXT
from engine.storage.postgresql import copy_rows
from engine.storage.search import search_value
from engine.storage.tables import tables_of

COPIED = 50
"""Rows from which PostgreSQL is sent a stream instead of statements."""
BATCH = 1_000
"""Rows of one INSERT: enough to be quick, few enough for the limit of bound values."""


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:
    """INSERT in the words of the database at hand, for its ON CONFLICT: a failed INSERT ends a PostgreSQL transaction.
    """
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


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
    carry_blind(connection, table, entity, rows)
    insert_many(connection, table, rows)
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
    insert_many(connection, tables_of(catalog).rows(f), found)
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
    for inner in f.column_fields:
        columns.update(inner.kind.to_columns(inner, row.get(inner.key), columns["id"]))
    return columns


def _delete(connection: sa.Connection, column: sa.Column, ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), BATCH):
        connection.execute(sa.delete(column.table).where(column.in_(ids[start : start + BATCH])))


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of the same columns into a table, in portions that both databases take well."""
    # PostgreSQL takes no COPY into a table with row level security (storage.net).
    if len(rows) >= COPIED and connection.dialect.name == "postgresql" and not connection.info.get("scope"):
        copy_rows(connection, table, rows)
        return
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.insert(table), rows[start : start + BATCH])


def update_records(
    connection: sa.Connection,
    catalog: Catalog,
    entity: Entity,
    changes: Sequence[tuple[UUID, int, Mapping[str, Any]]],
    expect: Sequence[Mapping[str, Any]] = (),
) -> bool:
    """Set the same columns of several records, each (id, version that was seen, column -> value): one statement.

    False when one of them has another version by now, or (`expect`, one mapping a record) other values than expected.
    """
    table = tables_of(catalog).of(entity)
    set_to = list(changes[0][2])
    expected = list(expect[0]) if expect else []
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("of_id", type_=table.c.id.type))
        .where(table.c.version == sa.bindparam("of_version"))
        .where(*(table.c[c] == sa.bindparam(f"e{n}", type_=table.c[c].type) for n, c in enumerate(expected)))
        .values({c: sa.bindparam(f"v{n}", type_=table.c[c].type) for n, c in enumerate(set_to)})
    )
    parameters = []
    for place, (id, version, values) in enumerate(changes):
        row = {"of_id": id, "of_version": version, **{f"v{n}": values[c] for n, c in enumerate(set_to)}}
        parameters.append(row | {f"e{n}": expect[place][c] for n, c in enumerate(expected)})
    carry_blind(connection, table, entity, [{"id": id, **values} for id, _, values in changes])
    return connection.execute(statement, parameters).rowcount == len(changes)


def carry_blind(connection: sa.Connection, table: sa.Table, entity: Entity, rows: Sequence[Mapping[str, Any]]) -> None:
    """Before `rows` go in: give records that hold the same unique values the blind indexes that the rows have.

    Only while keys are being changed. Otherwise equal values could stand side by side, one found by its old blind
    index, one by its new one, and no unique index of the database would see it.
    """
    cipher = current_if_any()
    if cipher is None or not cipher.turning:
        return
    among = {key for one in entity.unique.values() for key in one.fields}
    for f in entity.column_fields:
        name = f"{f.key}_blind"
        if not (f.encrypted and (f.unique or f.key in among)) or not rows or name not in rows[0]:
            continue
        values = [f.kind.from_columns(f, row) for row in rows]
        found = [cipher.blinds(f.kind.blind_text(v), f"{f.owner}|{f.key}") for v in values if v is not None]
        if found:
            statement = (
                sa.update(table).where(table.c[name] == sa.bindparam("old")).values({name: sa.bindparam("now")})
            )
            connection.execute(statement, [{"old": old, "now": now} for now, *older in found for old in older])


RowsChange = tuple[UUID, UUID | None, Any, Any]
"""The owner of rows, its organisation, the value of the field before and after."""


def replace_rows(connection: sa.Connection, catalog: Catalog, f: Field, changes: Sequence[RowsChange]) -> None:
    """Make the stored rows of each owner equal to what comes after: told apart by id, absent ones removed.

    A few statements a table, however many owners and rows there are.
    """
    table = tables_of(catalog).rows(f)
    cleared: list[UUID] = []
    gone: list[UUID] = []
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    kept: list[tuple[Mapping[str, Any], UUID | None, Mapping[str, Any]]] = []
    for owner, organisation, old, new in changes:
        now = f.kind.to_rows(f, new)
        if not _has_ids(now) and not _has_ids(old):  # a plain list: codes, links, files
            cleared.append(owner)
            fresh += [row_columns(f, row, owner, organisation, n) for n, row in enumerate(now)]
            continue
        was = {r["id"]: (n, r) for n, r in enumerate(f.kind.to_rows(f, old))}
        stay = {r["id"] for r in now}
        gone += [id for id in was if id not in stay]
        for n, row in enumerate(now):
            columns = row_columns(f, row, owner, organisation, n)
            place, before = was.get(row["id"], (n, {}))
            if not before:
                fresh.append(columns)
            elif columns != row_columns(f, before, owner, organisation, place):
                changed.append(columns)
            kept.append((row, organisation, before))
    inner_rows = [inner for inner in f.fields.values() if inner.is_many]
    _delete(connection, table.c.owner_id, cleared)
    for inner in inner_rows:
        _delete(connection, tables_of(catalog).rows(inner).c.owner_id, gone)
    _delete(connection, table.c.id, gone)
    insert_many(connection, table, fresh)
    if changed:
        names = [c for c in changed[0] if c not in ("id", "owner_id", "organisation_id")]
        statement = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("b_id"))
            .values({c: sa.bindparam(f"b_{c}") for c in names})
        )
        connection.execute(statement, [{f"b_{k}": v for k, v in row.items()} for row in changed])
    for inner in inner_rows:
        within = [(r["id"], org, before.get(inner.key) or [], r.get(inner.key) or []) for r, org, before in kept]
        replace_rows(connection, catalog, inner, [w for w in within if w[2] or w[3]])


def _has_ids(value: Any) -> bool:
    return bool(value) and all(isinstance(r, Mapping) and "id" in r for r in value)
