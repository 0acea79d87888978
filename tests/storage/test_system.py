"""The engine's own tables: scripts equal definitions, and the journal only grows."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.ids import new_id
from engine.storage.system import METADATA, is_up_to_date, upgrade
from engine.storage.system.tables import JOURNAL
from engine.storage.system.upgrade import MIGRATIONS, VERSION_TABLE


def ours(item, name, kind, reflected, compared):
    return kind != "table" or (name != VERSION_TABLE and not name.startswith("procrastinate_"))


def test_scripts_make_what_the_definitions_say(database):
    with database.altering() as connection:
        context = MigrationContext.configure(connection, opts={
            "version_table": VERSION_TABLE, "compare_type": True, "include_object": ours})
        assert compare_metadata(context, METADATA) == []


def test_upgrading_twice_changes_nothing(database):
    with database.altering() as connection:
        upgrade(connection)
        assert connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all() == ["0008"]


def test_whether_scripts_wait_is_known_without_alembic(empty):
    with empty.reading() as connection:
        assert not is_up_to_date(connection)
    with empty.altering() as connection:
        upgrade(connection)
    with empty.reading() as connection:
        assert is_up_to_date(connection)
    with empty.altering() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0000'"))
    with empty.reading() as connection:
        assert not is_up_to_date(connection)


def test_script_names_begin_with_their_revision():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    named = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py"))
    assert sorted(script.revision for script in scripts.walk_revisions()) == named
    assert scripts.get_current_head() == named[-1]


def test_failed_upgrade_leaves_nothing(empty):
    with pytest.raises(ZeroDivisionError), empty.altering() as connection:
        upgrade(connection)
        raise ZeroDivisionError
    with empty.altering() as connection:
        assert sa.inspect(connection).get_table_names() == []


def entry(**more):
    return {"id": new_id(), "at": datetime.now(UTC), "actor_kind": "user", "operation": "create",
            "changes": {"a": [1, None]}} | more


@pytest.mark.parametrize("statement", [
    "UPDATE engine_journal SET operation = 'x'", "DELETE FROM engine_journal", "TRUNCATE engine_journal", "REPLACE"])
def test_journal_refuses_everything_but_insert(database, statement):
    kept = entry()
    with database.writing() as connection:
        connection.execute(sa.insert(JOURNAL), [kept])
    if statement.startswith("TRUNCATE") and database.dialect == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|duplicate key"), database.writing() as connection:
        if statement == "REPLACE":
            connection.execute(sa.insert(JOURNAL).prefix_with("OR REPLACE", dialect="sqlite"), entry(id=kept["id"]))
        else:
            connection.exec_driver_sql(statement)
    with database.reading() as connection:
        assert connection.execute(sa.select(JOURNAL.c.changes)).scalars().all() == [{"a": [1, None]}]
