"""What PostgreSQL needs: UTC, bounded waits, durable commits, prepared statements."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError

BEGINNINGS = {"writing": "BEGIN", "snapshot": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
"""How transactions begin; what only reads has none: each statement stands alone."""
PARAMETERS = {
    "timezone": "UTC",
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "synchronous_commit": "on",
    "application_name": "qurastyr",
}
RETRIED = frozenset({
    "40001",  # serialisation failure
    "40P01",  # deadlock
    "55P03",  # lock timeout
})
CHANGED_UNDER_PLAN = "cached plan must not change result type"
PING_AFTER = 1.0
"""Seconds of rest after which a pooled connection is asked whether it still lives."""
PREPARE_AFTER = 2
"""Executions of one statement on one connection before it is kept prepared on the server."""


NULL = b"\\N"
COPIED_AT_ONCE = 1_000
BARE = frozenset({UUID, int, Decimal, date, datetime, bool})
"""Types whose texts need no escaping."""
_ESCAPES = {b"\b": b"\\b", b"\t": b"\\t", b"\n": b"\\n", b"\v": b"\\v", b"\f": b"\\f", b"\r": b"\\r", b"\\": b"\\\\"}
_SPECIAL = re.compile(rb"[\b\t\n\v\f\r\\]")


def options(url: URL, role: str = "") -> dict[str, Any]:
    """`role`: what connections become when they are made; they serve the engine itself until they are told a scope."""
    taken = {"role": role, "app.org": "*"} if role else {}
    parameters = " ".join(f"-c {name}={value}" for name, value in {**PARAMETERS, **taken}.items())
    given = str(url.query.get("options", ""))
    return {
        "pool_recycle": 1800,
        # For good: to switch a connection for each read, and back, costs as much as the read of one record.
        "isolation_level": "AUTOCOMMIT",
        "connect_args": {
            "options": f"{given} {parameters}".strip(),
            "prepare_threshold": PREPARE_AFTER,
            "connect_timeout": 10,
        },
    }


def listen(engine: sa.Engine, altering: bool) -> None:
    """Ping idle connections; give those that change tables hours, not a minute, for they may rewrite large ones."""

    @sa.event.listens_for(engine, "checkin")
    def rests(connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, proxy: Any) -> None:
        # pool_pre_ping would cost every request a round trip; a connection used a moment ago is alive.
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) > PING_AFTER:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens a fresh one and goes on

    if altering:

        @sa.event.listens_for(engine, "connect")
        def patient(connection: Any, record: Any) -> None:
            connection.execute("SET statement_timeout = '4h'")
            connection.execute("SET idle_in_transaction_session_timeout = '4h'")
            connection.commit()


def begin(connection: sa.Connection, purpose: str) -> None:
    if beginning := BEGINNINGS.get(purpose):
        connection.exec_driver_sql(beginning)


def lock(connection: sa.Connection, key: int) -> None:
    """Wait for another change of tables to end; TimeoutError after `lock_timeout`."""
    try:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    except DBAPIError as error:
        if is_conflict(error):
            raise TimeoutError("another change of tables is running") from error
        raise


def is_conflict(error: DBAPIError) -> bool:
    """A prepared statement that a publish has overtaken counts as well: the next try prepares it anew."""
    state = getattr(error.orig, "sqlstate", None)
    return state in RETRIED or (state == "0A000" and CHANGED_UNDER_PLAN in str(error.orig))


def copy_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows into a table by COPY, which costs the server a fraction of as many INSERTs. All rows have the same columns.

    Raises what an INSERT would raise.
    """
    from psycopg.adapt import PyFormat, Transformer  # the driver is there by now; on SQLite it need not be

    names = list(rows[0])
    dialect = connection.dialect
    binds = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    quoted = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
    statement = f"COPY {dialect.identifier_preparer.format_table(table)} ({quoted}) FROM STDIN"
    cursor = connection.connection.cursor()
    for told in connection.dispatch.before_cursor_execute:  # who listens to statements hears of this one too
        told(connection, cursor, statement, rows, None, True)
    try:
        writer = Transformer(cursor.connection)

        def writes(value: Any) -> Callable[[Any], bytes]:
            return writer.get_dumper(value, PyFormat.TEXT).dump

        with cursor.copy(statement) as copy:
            for start in range(0, len(rows), COPIED_AT_ONCE):
                part = rows[start : start + COPIED_AT_ONCE]
                columns = [_texts(writes, [row[name] for row in part], bind)
                           for name, bind in zip(names, binds, strict=True)]
                copy.write(b"".join([b"\t".join(line) + b"\n" for line in zip(*columns, strict=True)]))
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
    finally:
        cursor.close()


def _texts(writes: Callable[[Any], Callable[[Any], bytes]], values: Sequence[Any], bind: Any) -> list[bytes]:
    """A column of values as COPY reads them. By columns, because the values of one nearly always have one type:
    what writes it is then looked up once, not for each of them as `Copy.write_row` does."""
    if bind is not None:
        values = [bind(value) for value in values]
    kinds = {type(value) for value in values} - {NoneType}
    if len(kinds) > 1:
        return [_text(writes(v)(v)) if v is not None else NULL for v in values]
    if not kinds:
        return [NULL] * len(values)
    dump = writes(next(value for value in values if value is not None))
    if kinds <= BARE:
        return [NULL if value is None else dump(value) for value in values]
    return [NULL if value is None else _text(dump(value)) for value in values]


def _text(written: bytes) -> bytes:
    return _SPECIAL.sub(_escaped, written) if _SPECIAL.search(written) else written


def _escaped(found: re.Match[bytes]) -> bytes:
    return _ESCAPES[found[0]]
