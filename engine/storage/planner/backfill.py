"""Filling new columns of existing records through their field types, in batches, inside the transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.fields.column_types import Id
from engine.model import Entity, Field
from engine.storage import closure
from engine.storage.names import SEARCH_TEXT
from engine.storage.search import search_value
from engine.storage.tables import closure_columns, entity_columns

BATCH = 2_000


def fill_default(connection: sa.Connection, table: sa.Table, field: Field) -> None:
    """The literal default for every existing row."""
    connection.execute(sa.update(_bare(table)).values(field.kind.to_columns(field, field.default)))


def fill_keys(connection: sa.Connection, table: sa.Table, field: Field, new: Sequence[str]) -> None:
    """Columns that a field gained beside those it had: folded keys, for instance."""
    bare = _bare(table)
    old = [c.name for c in field.kind.columns(field) if c.name not in new]

    def filled(row: Mapping[str, Any]) -> dict[str, Any]:
        value = field.kind.from_columns(field, dict.fromkeys(new) | dict(row))
        columns = field.kind.to_columns(field, value)
        return {name: columns.get(name) for name in new}

    _rewrite(connection, bare, old, list(new), filled)


def reseal(connection: sa.Connection, table: str, before: Field, field: Field) -> None:
    """Encrypted values under the new name of their field: a ciphertext is bound to the place that it was made for."""
    old, new = ([c.name for c in f.kind.columns(f)] for f in (before, field))
    bare = sa.Table(table, sa.MetaData(), sa.Column("id", Id), *field.kind.columns(field))

    def filled(row: Mapping[str, Any]) -> dict[str, Any]:
        value = field.kind.from_columns(before, {"id": row["id"], **{o: row[n] for o, n in zip(old, new, strict=True)}})
        return field.kind.to_columns(field, value, row["id"])

    _rewrite(connection, bare, new, new, filled)


def fill_search(connection: sa.Connection, entity: Entity) -> None:
    """The searched text of every record, from its columns."""
    fields = entity.search_fields
    table = sa.Table(entity.table, sa.MetaData(), *entity_columns(entity))
    names = [c.name for f in fields for c in f.kind.columns(f)]

    def filled(row: Mapping[str, Any]) -> dict[str, Any]:
        return {SEARCH_TEXT: search_value(entity, {f.key: f.kind.from_columns(f, row) for f in fields})}

    _rewrite(connection, table, names, [SEARCH_TEXT], filled)


def fill_tree(connection: sa.Connection, entity: Entity, name: str) -> None:
    table = sa.Table(entity.table, sa.MetaData(), *entity_columns(entity))
    closure.rebuild(connection, sa.Table(name, sa.MetaData(), *closure_columns()), table)


def _rewrite(connection: sa.Connection, table: sa.Table, read: list[str], write: list[str], filled) -> None:
    change = sa.update(table).where(table.c.id == sa.bindparam("_id")).values({n: sa.bindparam(f"_{n}") for n in write})
    for batch in _batches(connection, table, read):
        values = [{"_id": row["id"]} | {f"_{n}": v for n, v in filled(row).items()} for row in batch]
        connection.execute(change, values)


def _batches(connection: sa.Connection, table: sa.Table, names: list[str]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Rows by id, some thousands at a time, whatever is written meanwhile."""
    columns = [table.c.id, *(table.c[name] for name in dict.fromkeys(names) if name != "id")]
    query, last = sa.select(*columns).order_by(table.c.id).limit(BATCH), None
    while True:
        rows = connection.execute(query if last is None else query.where(table.c.id > last)).mappings().all()
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def _bare(table: sa.Table) -> sa.Table:
    """The table without constraints, for statements only."""
    return sa.Table(table.name, sa.MetaData(), *(sa.Column(c.name, c.type) for c in table.columns))
