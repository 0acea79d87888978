"""The settings that keep acknowledged data, read back from live pooled connections."""

import sqlite3

import orjson
import pytest
import sqlalchemy as sa

from engine.storage.database import Database, retry_on_conflict
from engine.storage.system.tables import STATE


def pragmas(connection, *names):
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


def test_settings_of_every_pooled_connection(database):
    with database.reading() as first, database.reading() as second:
        for connection in (first, second):
            if database.dialect == "sqlite":
                found = pragmas(connection, "journal_mode", "synchronous", "foreign_keys", "busy_timeout", "temp_store")
                assert found == {
                    "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000, "temp_store": 2}
                assert connection.connection.dbapi_connection.isolation_level is None
            else:
                names = ("timezone", "synchronous_commit", "lock_timeout", "statement_timeout")
                found = {n: connection.execute(sa.text(f"SHOW {n}")).scalar() for n in names}
                assert found == {
                    "timezone": "UTC", "synchronous_commit": "on", "lock_timeout": "10s", "statement_timeout": "1min"}
                assert connection.connection.dbapi_connection.prepare_threshold == 2


def test_connection_used_again_keeps_its_settings(database):
    for _ in range(3):
        with database.writing() as connection:
            connection.execute(sa.text("SELECT 1"))
    with database.reading() as connection:
        if database.dialect == "sqlite":
            assert pragmas(connection, "foreign_keys", "synchronous") == {"foreign_keys": 1, "synchronous": 2}
        else:
            assert connection.execute(sa.text("SHOW timezone")).scalar() == "UTC"


def tally(connection):
    return connection.execute(sa.text("SELECT n FROM tally")).scalar()


def test_what_a_connection_is_for_decides_how_its_transaction_begins(database):
    with database.altering() as connection:
        connection.exec_driver_sql("CREATE TABLE tally (n int)")
        connection.exec_driver_sql("INSERT INTO tally VALUES (1)")

    def write(number, fails=False):
        with database.writing() as connection:
            connection.execute(sa.text("UPDATE tally SET n = :n"), {"n": number})
            with connection.begin_nested():
                connection.execute(sa.text("UPDATE tally SET n = n + 0"))
            if fails:
                raise ArithmeticError

    with database.snapshot() as long, database.reading() as short:
        assert (tally(long), tally(short)) == (1, 1)
        write(2)
        assert tally(long) == 1
        # PostgreSQL: a page sees what is committed by now; SQLite: it sees one moment (decisions/reads-in-autocommit).
        assert tally(short) == (2 if database.dialect == "postgresql" else 1)
    with pytest.raises(ArithmeticError):
        write(3, fails=True)
    with database.snapshot() as connection:
        assert tally(connection) == 2
        if database.dialect == "postgresql":
            with pytest.raises(sa.exc.DBAPIError, match="read-only"):
                connection.execute(sa.text("UPDATE tally SET n = 4"))
    for _ in range(4):  # a connection that was used for one purpose serves another
        with database.writing() as connection, pytest.raises(ZeroDivisionError), connection.begin_nested():
            connection.execute(sa.text("UPDATE tally SET n = 5"))
            raise ZeroDivisionError
        with database.reading() as connection:
            assert tally(connection) == 2


def test_json_comes_back_as_it_went(database):
    """PostgreSQL keeps 1e22 as digits; read as an integer of them it could not be written into an answer any more."""
    said = {"large": 1e22, "larger": -1.5e300, "small": 1e-9, "whole": 2**63 - 1, "half": 0.5, "none": None}
    with database.writing() as connection:
        connection.execute(sa.insert(STATE).values(key="numbers", value=said))
    with database.reading() as connection:
        found = connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == "numbers"))
    assert found == said and {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in said.items()}
    assert orjson.loads(orjson.dumps(found)) == said


def test_connection_that_died_while_resting_is_replaced(database, request, monkeypatch):
    if database.dialect != "postgresql":
        pytest.skip("a file does not hang up")
    from engine.storage import postgresql

    monkeypatch.setattr(postgresql, "PING_AFTER", -1)
    with database.reading() as connection:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
    with request.getfixturevalue("postgres_server").connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with database.writing() as connection:
        assert connection.execute(sa.text("SELECT pg_backend_pid()")).scalar() != pid


def test_writing_rolls_back_everything_on_an_exception(database):
    with pytest.raises(KeyError), database.writing() as connection:
        connection.execute(sa.text("INSERT INTO engine_state (key, value) VALUES ('a', '1')"))
        raise KeyError
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM engine_state WHERE key = 'a'")).scalar() == 0


def test_writing_takes_the_lock_at_once_on_sqlite(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.writing():
        other = sqlite3.connect(tmp_path / "a.db", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    database.close()


@pytest.mark.parametrize("statement", [
    "CREATE TABLE x (a)", "DROP TABLE engine_state", "ALTER TABLE engine_state ADD COLUMN x",
    "CREATE INDEX i ON engine_state (value)",
    "ATTACH DATABASE 'other.db' AS other", "CREATE TEMP TABLE t (a)", "DROP TRIGGER engine_journal_no_update",
    "CREATE VIEW v AS SELECT 1", "PRAGMA writable_schema=1", "PRAGMA synchronous=0", "PRAGMA foreign_keys=0",
    "CREATE VIRTUAL TABLE f USING fts5(a)", "REINDEX engine_state",
])
def test_run_time_connection_refuses_ddl_and_attach(database, statement):
    if database.dialect != "sqlite":
        pytest.skip("SQLite's authorizer; on PostgreSQL the rights of the role do this")
    with database.writing() as connection, pytest.raises(sa.exc.DatabaseError, match="not authorized"):
        connection.exec_driver_sql(statement)
    with database.altering() as connection:  # the planner's own connection may
        connection.exec_driver_sql("CREATE TABLE x (a)")


def test_functions_know_cyrillic(database):
    if database.dialect != "sqlite":
        pytest.skip("functions are registered on SQLite only")
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT q_search_key('ҚАЗАҚ'), q_sort_key(NULL)")).one() == ("казак", None)


def test_only_one_alters_at_a_time(url, monkeypatch):
    from engine.storage import postgresql, sqlite

    monkeypatch.setitem(postgresql.PARAMETERS, "lock_timeout", "200ms")
    monkeypatch.setitem(sqlite.PRAGMAS, "busy_timeout", "200")
    first, second = Database(url), Database(url)
    with first.altering(), pytest.raises(TimeoutError), second.altering():
        pass
    with second.altering():
        pass


def test_conflicts_are_tried_again_and_other_errors_are_not(database):
    orig = sqlite3.OperationalError("database is locked")
    orig.sqlite_errorcode = sqlite3.SQLITE_BUSY
    conflict = sa.exc.OperationalError("UPDATE", {}, orig)
    calls = []

    def work():
        calls.append(1)
        if len(calls) < 3:
            raise conflict
        return "done"

    assert retry_on_conflict(work, sleep=lambda s: None) == "done"
    assert len(calls) == 3
    with pytest.raises(sa.exc.OperationalError):
        retry_on_conflict(lambda: (_ for _ in ()).throw(conflict), attempts=2, sleep=lambda s: None)
    with database.reading() as connection, pytest.raises(sa.exc.DBAPIError):
        retry_on_conflict(lambda: connection.execute(sa.text("SELECT nothing FROM nowhere")))


def test_real_deadlock_counts_as_conflict(url):
    if not url.startswith("postgresql"):
        pytest.skip("writers on SQLite queue; they cannot deadlock")
    from threading import Barrier, Thread

    database = Database(url)
    with database.altering() as connection:
        connection.exec_driver_sql("CREATE TABLE pair (id int primary key, n int)")
        connection.exec_driver_sql("INSERT INTO pair VALUES (1, 0), (2, 0)")
    barrier, failed = Barrier(2), []

    def work(order):
        once = [True]

        def transaction():
            with database.writing() as connection:
                connection.execute(sa.text("UPDATE pair SET n = n + 1 WHERE id = :id"), {"id": order[0]})
                if once.pop() if once else False:
                    barrier.wait(5)
                connection.execute(sa.text("UPDATE pair SET n = n + 1 WHERE id = :id"), {"id": order[1]})

        try:
            database.retry_on_conflict(transaction)
        except Exception as error:  # the thread's result is judged below
            failed.append(error)

    threads = [Thread(target=work, args=(order,)) for order in ((1, 2), (2, 1))]
    [t.start() for t in threads]
    [t.join() for t in threads]
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT n FROM pair ORDER BY id")).scalars().all() == [2, 2]
    assert failed == []
    database.close()
