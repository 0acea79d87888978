"""What the log of a database server has to hold (Order 456, 5(14)), and what of it is not switched on.

PostgreSQL writes its log itself; here its settings are only read. SQLite has no server and no log of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from engine.language import N_


def _on(value: str) -> bool:
    return value not in ("", "off", "false", "no", "0", "none")


def _holds_who(value: str) -> bool:
    return ("%m" in value or "%t" in value or "%n" in value) and "%u" in value and ("%h" in value or "%r" in value)


WANTED: dict[str, tuple[Callable[[str], bool], str]] = {
    "log_connections": (_on, "on"),
    "log_disconnections": (_on, "on"),
    "log_statement": (lambda value: value in ("ddl", "mod", "all"), "ddl"),
    "log_line_prefix": (_holds_who, "%m [%p] %u@%d %h "),
    "log_min_error_statement": (lambda value: value not in ("fatal", "panic", "log"), "error"),
}
"""Setting -> (does its value do, what to set)."""
ADVICE = N_("The log of the database server does not hold what the law asks for: %(names)s. As its superuser run: "
            "%(statements)s; SELECT pg_reload_conf();")


def version_of(connection: sa.Connection) -> str:
    """The version of the database, as it calls it."""
    asked = "SELECT sqlite_version()" if connection.dialect.name == "sqlite" else "SHOW server_version"
    return str(connection.exec_driver_sql(asked).scalar())


def shortcomings(connection: sa.Connection) -> list[str]:
    """Names of settings whose values do not do; none on SQLite."""
    if connection.dialect.name == "sqlite":
        return []
    names = sa.bindparam("names", list(WANTED), expanding=True)
    found = dict(connection.execute(
        sa.text("SELECT name, setting FROM pg_settings WHERE name IN :names").bindparams(names)).tuples().all())
    return [name for name, (does, _) in WANTED.items() if name in found and not does(found[name])]


def mending(names: Sequence[str]) -> str:
    """The statements that switch these settings on."""
    return "; ".join(f"ALTER SYSTEM SET {name} = '{WANTED[name][1]}'" for name in names)
