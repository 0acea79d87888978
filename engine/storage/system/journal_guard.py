"""Triggers that make the journal and its seals append-only, whoever writes the SQL."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

REFUSAL = "the journal is append-only"


def guard(connection: sa.Connection, table: str, *keys: str) -> None:
    """Refuse every change of `table` but new rows. `keys`: its unique columns."""
    statements = _sqlite(table, keys) if connection.dialect.name == "sqlite" else _postgresql(table)
    for statement in statements:
        connection.exec_driver_sql(statement)


def revoke_changes(connection: sa.Connection, *tables: str) -> None:
    """PostgreSQL: take the right to change rows from everybody, the owner of the tables included, so that a dropped
    trigger alone opens nothing. Superusers are above it. SQLite knows no rights."""
    if connection.dialect.name == "postgresql":
        named = ", ".join(tables)
        connection.exec_driver_sql(f"REVOKE UPDATE, DELETE, TRUNCATE ON {named} FROM PUBLIC, CURRENT_USER")


def guard_journal(connection: sa.Connection) -> None:
    """Create the triggers on the journal of this database."""
    guard(connection, "engine_journal", "id")


def _sqlite(table: str, keys: tuple[str, ...]) -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for change in ("update", "delete"):
        yield f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} {refuse}"
    # REPLACE deletes the old row without asking the DELETE trigger, so a taken key is refused first.
    taken = " OR ".join(f"{key} = new.{key}" for key in keys)
    yield (f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - names of our own tables
           f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) {refuse}")


def _postgresql(table: str) -> Iterator[str]:
    refuse = "EXECUTE FUNCTION engine_journal_refuse()"
    yield f"""CREATE OR REPLACE FUNCTION engine_journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN RAISE EXCEPTION ''{REFUSAL}'' USING ERRCODE = ''restrict_violation''; END'"""
    yield f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
    yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
