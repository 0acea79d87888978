"""What SQLite needs: durable settings, explicit transactions, functions that know Cyrillic, no DDL at run time."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from engine.language import search_key, sort_key
from engine.storage.numbers import register_functions

BUSY_MILLISECONDS = 10_000
HASTY_MILLISECONDS = 50
"""How long a write waits that may as well be left out."""
STATEMENTS = 512
"""Prepared statements kept by each connection; preparing is where the authorizer costs."""

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": "on",
    "busy_timeout": str(BUSY_MILLISECONDS),
    "temp_store": "memory",
    "cache_size": "-16000",
    "cell_size_check": "on",
}
READABLE_PRAGMAS = frozenset({
    "data_version", "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
    "foreign_key_list", "foreign_key_check", "integrity_check", "quick_check", "wal_checkpoint",
})
"""Pragmas that may be given an argument at run time: all of them only read, or move the log into the file."""

# Action codes of the SQLite C interface; Python's module names only some of them.
_DDL = frozenset(range(1, 9)) | frozenset(range(10, 18)) | frozenset({
    sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_ALTER_TABLE, sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_ANALYZE, sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_VTABLE,
})


def options(url: URL) -> dict[str, Any]:
    """Arguments of create_engine. ValueError for a database in memory: every connection would see its own."""
    if url.database in (None, "", ":memory:"):
        raise ValueError("SQLite needs a file: sqlite:///FILE")
    return {"connect_args": {
        "isolation_level": None,  # the driver's own BEGIN would let DDL and reads escape the transaction
        "timeout": BUSY_MILLISECONDS / 1000,
        "cached_statements": STATEMENTS,
        "check_same_thread": False,
    }}


def listen(engine: sa.Engine, altering: bool, hasty: bool = False) -> None:
    """Give every new connection its settings."""

    @sa.event.listens_for(engine, "connect")
    def settings(connection: sqlite3.Connection, record: Any) -> None:
        pragmas = PRAGMAS | ({"foreign_keys": "off"} if altering else {})
        if hasty:
            pragmas["busy_timeout"] = str(HASTY_MILLISECONDS)
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}").close()
        register(connection)
        if not altering:
            connection.set_authorizer(refuse_ddl)


def begin(connection: sa.Connection, purpose: str) -> None:
    if purpose == "writing":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Straight to the driver: a deferred BEGIN cannot fail, and every page begins two of them.
        connection.connection.driver_connection.execute("BEGIN").close()


def register(connection: sqlite3.Connection) -> None:
    """Functions that SQL may call: folded keys, and the exact arithmetic of the rule language."""
    connection.create_function("q_sort_key", 1, _or_null(sort_key), deterministic=True)
    connection.create_function("q_search_key", 1, _or_null(search_key), deterministic=True)
    register_functions(connection)


def _or_null(key: Any) -> Any:
    return lambda text: None if text is None else key(text)


def refuse_ddl(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """SQLite asks this for everything that a statement would do, when it is prepared."""
    if action in _DDL:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and second is not None and first not in READABLE_PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def lock(connection: sa.Connection, key: int) -> None:
    """BEGIN IMMEDIATE already keeps every other writer out."""


def is_conflict(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
