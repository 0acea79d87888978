"""Brings the engine's own tables to the version of this code."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "engine_alembic"


def is_up_to_date(connection: sa.Connection) -> bool:
    """True when the newest script of this code has run here. Costs a statement, and no import of alembic.

    A script's file name begins with its number, which is its revision.
    """
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return False
    newest = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    table = sa.table(VERSION_TABLE, sa.column("version_num"))
    return list(connection.execute(sa.select(table.c.version_num)).scalars()) == [newest]


def version_now(connection: sa.Connection) -> str | None:
    """The script that ran here last; None for a database without the engine's tables."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sa.table(VERSION_TABLE, sa.column("version_num"))
    return connection.execute(sa.select(table.c.version_num)).scalar()


def upgrade(connection: sa.Connection, target: str = "head") -> None:
    """Run the scripts that this database has not seen, inside the transaction of `connection`.

    The connection must allow DDL (`Database.altering`).
    """
    # Imported here: a fifth of a second of every start, for something seldom needed.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config, scripts, fn=lambda heads, context: scripts._upgrade_revs(target, heads), destination_rev=target,
    ) as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE)
        environment.run_migrations()
    if target == "head":
        from engine.storage.queue.transactional import install

        install(connection)
