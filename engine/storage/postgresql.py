"""What PostgreSQL needs: UTC, bounded waits, durable commits, prepared statements."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

READING: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
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
PREPARE_AFTER = 2
"""Executions of one statement on one connection before it is kept prepared on the server."""


def options(url: URL) -> dict[str, Any]:
    parameters = " ".join(f"-c {name}={value}" for name, value in PARAMETERS.items())
    given = str(url.query.get("options", ""))
    return {
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "connect_args": {
            "options": f"{given} {parameters}".strip(),
            "prepare_threshold": PREPARE_AFTER,
            "connect_timeout": 10,
        },
    }


def listen(engine: sa.Engine, altering: bool) -> None:
    """Sessions that change tables may rewrite large ones: they get hours, not a minute."""
    if altering:
        @sa.event.listens_for(engine, "connect")
        def patient(connection: Any, record: Any) -> None:
            connection.execute("SET statement_timeout = '4h'")
            connection.execute("SET idle_in_transaction_session_timeout = '4h'")
            connection.commit()


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
