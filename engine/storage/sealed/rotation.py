"""Passing cells to the key that is active: in short transactions, again from wherever it was broken off.

What is done needs no note of its own: a cell says by its first byte which key it stands under. A cell changes in one
statement together with its blind index, so a process that is killed leaves each of them wholly old or wholly new.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.fields.cipher import Cipher, Unreadable
from engine.storage.database import Database
from engine.storage.purposes import ROTATING_KEYS
from engine.storage.sealed.columns import SealedColumn

BATCH = 500
"""Cells of one transaction: a few hundredths of a second in which others wait on SQLite."""


@dataclass
class Passed:
    """What one walk over the columns came to."""

    cells: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    """Address of a column -> cells in it that no key of the ring opens."""


def pass_to_active(
    database: Database, columns: Sequence[SealedColumn], cipher: Callable[[], Cipher],
    told: Callable[[SealedColumn, int], None] = lambda column, cells: None,
) -> Passed:
    """Seal every cell of `columns` with the active key that is not sealed with it. `told`: after each transaction."""
    passed = Passed()
    for column in columns:
        last: tuple[Any, ...] | None = None
        while True:
            count, last, broken = database.retry_on_conflict(
                lambda column=column, last=last: _batch(database, column, cipher(), last))
            passed.cells += count
            passed.unreadable[column.address] += broken
            if count:
                told(column, count)
            if last is None:
                break
    passed.unreadable = +passed.unreadable
    return passed


def _batch(
    database: Database, column: SealedColumn, cipher: Cipher, last: tuple[Any, ...] | None
) -> tuple[int, tuple[Any, ...] | None, int]:
    """Cells passed, the key after which to go on (None at the end), cells that could not be read."""
    table, changes, broken = column.table, [], 0
    with database.writing(ROTATING_KEYS) as connection:
        rows = connection.execute(_cells(column, cipher.current, last)).mappings().all()
        for row in rows:
            sealed = unpacked(column, row)
            if sealed[:1] == bytes([cipher.current]):
                continue
            place = column.place(row)
            try:
                text = cipher.open(sealed, place)
            except Unreadable:
                broken += 1
                continue
            changes.append(_change(column, cipher, row, text, place))
        if changes:
            at = [table.c[name] == sa.bindparam(f"k_{name}", type_=table.c[name].type) for name in column.key]
            names = [column.cipher, *([column.blind] if column.blind else [])]
            # What somebody saved meanwhile (PostgreSQL) is left as it is: it was sealed with the active key.
            same = [] if column.packed else [table.c[column.cipher] == sa.bindparam("was", type_=sa.LargeBinary())]
            new = {name: sa.bindparam(f"v_{name}", type_=table.c[name].type) for name in names}
            connection.execute(sa.update(table).where(*at, *same).values(new), changes)
    full = len(rows) == BATCH
    return len(changes), tuple(rows[-1][name] for name in column.key) if full else None, broken


def _cells(column: SealedColumn, active: int | None, last: tuple[Any, ...] | None) -> sa.Select:
    """A batch of cells by key, of those that stand under another key than `active`."""
    table = column.table
    keys, cell = [table.c[name] for name in column.key], table.c[column.cipher]
    query = sa.select(*keys, cell).where(cell.is_not(None)).order_by(*keys).limit(BATCH)
    if active is not None and not column.packed:
        query = query.where(_first_byte(cell) != sa.literal(bytes([active]), sa.LargeBinary()))
    if column.packed:
        query = query.with_for_update()  # nothing on SQLite, where writers stand in line anyway
    if last is not None:
        after = [sa.literal(value, key.type) for value, key in zip(last, keys, strict=True)]
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*after) if len(keys) > 1 else keys[0] > after[0])
    return query


def _change(
    column: SealedColumn, cipher: Cipher, row: Mapping[str, Any], text: str, place: str
) -> dict[str, Any]:
    sealed: Any = cipher.seal(text, place)
    change = {f"k_{name}": row[name] for name in column.key}
    change[f"v_{column.cipher}"] = b64encode(sealed).decode() if column.packed else sealed
    if not column.packed:
        change["was"] = bytes(row[column.cipher])
    if column.blind:
        change[f"v_{column.blind}"] = cipher.blind(column.blind_text(text), column.blind_place)
    return change


def unpacked(column: SealedColumn, row: Mapping[str, Any]) -> bytes:
    """The ciphertext in a row of the column; empty where there is none that could be one."""
    cell = row[column.cipher]
    try:
        return b64decode(cell) if column.packed else bytes(cell)
    except (NotBase64, TypeError):
        return b""


def _first_byte(cell: sa.ColumnElement) -> sa.ColumnElement:
    return sa.func.substr(cell, 1, 1, type_=sa.LargeBinary())


def cells_by_key(connection: sa.Connection, columns: Sequence[SealedColumn]) -> Counter[int]:
    """Number of a key -> cells that stand under it."""
    found: Counter[int] = Counter()
    for column in columns:
        cell = column.table.c[column.cipher]
        if column.packed:
            for sealed in connection.execute(sa.select(cell).where(cell.is_not(None))).scalars():
                found.update(unpacked(column, {column.cipher: sealed})[:1])
            continue
        first = _first_byte(cell)
        counted = sa.select(first, sa.func.count()).where(cell.is_not(None)).group_by(first)
        for byte, count in connection.execute(counted):
            found[bytes(byte)[0] if byte else 0] += count
    return found


def hold_writers(connection: sa.Connection, columns: Sequence[SealedColumn]) -> None:
    """Wait until nobody is in the middle of writing these tables, and let nobody begin until this transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite's writers stand in line already
        for name in sorted({column.table.name for column in columns}):
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.exec_driver_sql(f"LOCK TABLE {quoted} IN SHARE MODE")
