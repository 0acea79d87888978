"""Events of the database: opened, tables changed, failures; what the log of a PostgreSQL server lacks."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from engine.services import journal
from engine.services.publishing import upgrading
from engine.services.seeding.preparing import _upgrade
from engine.storage.server_log import WANTED, mending, shortcomings
from engine.storage.system.tables import JOURNAL
from engine.storage.system.upgrade import version_now
from tests.services.conftest import open_site


@pytest.fixture
def own(url, tmp_path):
    made = open_site(url, tmp_path)
    yield made
    made.database.close()


def told(site, operation):
    with site.database.reading() as connection:
        return connection.execute(sa.select(JOURNAL.c.changes).where(
            JOURNAL.c.operation == operation).order_by(JOURNAL.c.id)).scalars().all()


def test_opening_leaves_an_entry(own):
    journal.watch(own, "server")
    opened, = told(own, "database open")
    assert opened["dialect"] == own.database.dialect and opened["version"][0].isdigit() and opened["name"] == "server"


def test_failures_leave_an_entry_a_kind_and_never_values(own):
    journal.watch(own, "server")
    for secret in ("алма", "алмұрт", "шие"):
        with pytest.raises(sa.exc.DBAPIError), own.database.reading() as connection:
            connection.execute(sa.text("SELECT :secret FROM there_is_no_such_table"), {"secret": secret})
    with pytest.raises(sa.exc.IntegrityError), own.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO engine_journal (id) VALUES (NULL)")
    for _ in range(100):
        if told(own, "database error"):
            break
        time.sleep(0.1)
    failed, = told(own, "database error")
    assert failed["name"] == "SELECT" and failed["key"] in ("SQLITE_ERROR", "42P01") and "алма" not in str(failed)


def test_a_change_of_the_engines_tables_leaves_an_entry(own, monkeypatch):
    with own.database.reading() as connection:
        newest = version_now(connection)
    assert told(own, "database upgrade") == [], "a new database has its publishing"
    _upgrade(own)
    assert told(own, "database upgrade") == [], "nothing to do"

    def set_version(connection, to=newest):
        connection.execute(sa.text("UPDATE engine_alembic SET version_num = :to"), {"to": to})

    with own.database.altering() as connection:  # as an older version left it
        set_version(connection, "0001")
    monkeypatch.setattr(upgrading, "upgrade", set_version)
    _upgrade(own)
    assert told(own, "database upgrade") == [{"version": ["0001", newest]}]
    journal.seal(own, None)
    with own.database.snapshot() as connection:
        assert journal.verify(connection, own.journal_key, own.settings.data, own.clock.now()).whole, "it has its code"


def test_what_the_log_of_the_server_lacks_is_said(own):
    with own.database.reading() as connection:
        lacking = shortcomings(connection)
    if own.database.dialect == "sqlite":
        assert lacking == []
        return
    assert set(lacking) <= set(WANTED)
    assert all(f"ALTER SYSTEM SET {name} = " in mending(lacking) for name in lacking)
    lines = journal.watch(own, "server")
    assert len(lines) == bool(lacking) and all(name in lines[0] for name in lacking)


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("log_connections", ("on", "all"), ("off", "")), ("log_disconnections", ("on",), ("off",)),
    ("log_statement", ("ddl", "mod", "all"), ("none",)), ("log_min_error_statement", ("error", "warning"), ("panic",)),
    ("log_line_prefix", ("%m [%p] %u@%d %h ", "%t %u %r"), ("", "%m [%p] ", "%u %h")),
])
def test_the_judge_knows_good_settings_from_bad(name, good, bad):
    does = WANTED[name][0]
    assert all(does(value) for value in good) and not any(does(value) for value in bad)
