"""Statements against a table of an entity in every way that SQLAlchemy sends one, and connections opened for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from engine.storage import postgresql
from engine.storage.purposes import BOOKKEEPING, STAMP, UnstampedStatement
from engine.storage.system.tables import STATE

Run = Callable[[sa.Connection], Any]


def core(t: sa.Table) -> dict[str, sa.Executable]:
    """Core statements that read or change `t`, plainly or behind a table of the engine's own."""
    id, own = t.c.id, STATE.c.key
    hidden = sa.select(sa.cast(id, sa.String)).limit(1)
    return {
        "select": sa.select(id),
        "select of an alias": sa.select(t.alias("a").c.id),
        "select of a subquery": sa.select(sa.select(id).subquery()),
        "select of a CTE": sa.select(sa.select(id).cte("engine_state")),
        "two tables": sa.select(own, id),
        "a join": sa.select(own).join(t, sa.true()),
        "an outer join": sa.select(own).outerjoin(t, sa.true()),
        "exists": sa.select(own).where(sa.exists().where(id.is_not(None))),
        "a scalar": sa.select(own, hidden.scalar_subquery()),
        "a union": sa.union_all(sa.select(own), hidden),
        "a lateral": sa.select(own).where(own.in_(hidden)),
        "count": sa.select(sa.func.count()).select_from(t),
        "insert": sa.insert(t).values(id=None),
        "insert of many": sa.insert(t).values([{"id": None}, {"id": None}]),
        "insert into an own table": sa.insert(STATE).values(key=hidden.scalar_subquery(), value=None),
        "insert of many into an own table": sa.insert(STATE).values([{"key": hidden.scalar_subquery(), "value": None}]),
        "insert from select": sa.insert(STATE).from_select(["key"], hidden),
        "update": sa.update(t).values(id=id),
        "update of an own table": sa.update(STATE).values(key=hidden.scalar_subquery()),
        "update from": sa.update(STATE).values(key=sa.cast(id, sa.String)).where(id.is_not(None)),
        "delete": sa.delete(t).where(sa.false()),
        "delete by": sa.delete(STATE).where(STATE.c.key.in_(hidden)),
        "returning": sa.insert(t).values(id=None).returning(id),
    }


def texts(name: str) -> dict[str, str]:
    """The same as texts, and what only texts can say."""
    return {
        "select": f"SELECT id FROM {name}",
        "quoted": f'SELECT "id" FROM "{name}"',
        "after a comma": f"SELECT 1 FROM engine_state s, {name}",
        "after a comma and a subquery": f"SELECT 1 FROM (SELECT key, value FROM engine_state) s, {name} t",
        "after IN and a comma": f"SELECT 1 FROM engine_state s JOIN engine_seal j ON s.key IN ('a', 'b'), {name}",
        "after USING and a comma": f"SELECT 1 FROM engine_state s JOIN engine_state t USING (key, value), {name}",
        "after DISTINCT FROM": f"SELECT 1 FROM engine_state s JOIN engine_seal ON s.key IS DISTINCT FROM 'a', {name}",
        "in brackets": f"SELECT 1 FROM ((({name})))",
        "a join in brackets": f"SELECT 1 FROM (engine_state CROSS JOIN {name})",
        "capitals": f"select ID from {name.upper()}",
        "lines": f"SELECT id\nFROM\n\t{name}",
        "behind a comment": f"SELECT id FROM/**/{name}",
        "behind a line's comment": f"SELECT id FROM --\n {name}",
        "behind a text": f"SELECT 'FROM engine_state' FROM {name}",
        "a CTE": f"WITH engine_state AS (SELECT id FROM {name}) SELECT * FROM engine_state",
        "insert": f"INSERT INTO {name} (id) VALUES (NULL)",
        "update": f"UPDATE {name} SET id = id",
        "delete": f"DELETE FROM {name} WHERE 1 = 0",
        "insert from select": f"INSERT INTO engine_state (key) SELECT CAST(id AS text) FROM {name}",
    }


OF_SQLITE = {"schema": "SELECT id FROM main.{0}", "brackets": "SELECT id FROM [{0}]",
             "backticks": "SELECT id FROM `{0}`", "replace": "REPLACE INTO {0} (id) VALUES (NULL)", "or": "UPDATE OR IGNORE {0} SET id = id",
             "in": "SELECT 1 WHERE 'a' IN {0}"}
OF_POSTGRESQL = {"schema": "SELECT id FROM public.{0}", "only": "SELECT id FROM ONLY {0}", "table": "TABLE {0}",
                 "using": "DELETE FROM engine_state USING {0} WHERE false", "copy": "COPY {0} TO STDOUT",
                 "truncate": "TRUNCATE {0}", "lock": "LOCK {0}", "do": "DO $$ BEGIN PERFORM 1 FROM {0}; END $$",
                 "escapes": "SELECT E'\\'' FROM {0} WHERE '' = ''"}


def probes(t: sa.Table, dialect: str) -> Iterator[tuple[str, Run]]:
    for what, statement in core(t).items():
        yield f"Core: {what}", lambda c, s=statement: c.execute(s)
    many = sa.insert(t).values(id=sa.bindparam("a"))
    yield "Core: executemany", lambda c: c.execute(many, [{"a": None}, {"a": None}])
    yield "Core: a stream", lambda c: c.execution_options(stream_results=True, yield_per=5).execute(sa.select(t.c.id))
    yield "Core: an option of the statement", lambda c: c.execute(
        sa.select(t.c.id), execution_options={STAMP: BOOKKEEPING})
    more = OF_SQLITE if dialect == "sqlite" else OF_POSTGRESQL
    for what, words in {**texts(t.name), **{k: v.format(t.name) for k, v in more.items()}}.items():
        yield f"text(): {what}", lambda c, w=words: c.execute(sa.text(w.replace(":", "\\:")))
        yield f"exec_driver_sql: {what}", lambda c, w=words: c.exec_driver_sql(w)
    if dialect == "postgresql":
        yield "COPY", lambda c: postgresql.copy_rows(c, t, [{"id": None}])


@contextmanager
def begun(connection: sa.Connection) -> Iterator[sa.Connection]:
    """The connection in a transaction that leaves nothing."""
    with connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def unstamped(database: Any) -> dict[str, Callable[[], Any]]:
    """Ways of opening a connection that nobody answers for; new ones are opened by each call."""

    def anew() -> sa.Connection:
        with database.reading() as connection:
            return connection.engine.connect()

    return {
        "engine.connect()": lambda: begun(database.engine.connect()),
        "connection.engine.connect()": lambda: begun(anew()),
        "the engine of writers": lambda: begun(database._open["writing"].connect()),
        "the engine of those who are served": lambda: begun(database._scoped["reading"].connect()),
        "a name instead of a purpose": lambda: begun(
            database.engine.connect().execution_options(**{STAMP: "for an actor"})),
    }


def refused(opens: Callable[[], Any], run: Run) -> str:
    """'' when the statement was refused, or BEGIN before it, else what happened."""
    try:
        with opens() as connection:
            run(connection)
    except UnstampedStatement:
        return ""
    except sa.exc.SQLAlchemyError as error:  # it came to the database, which had its own reasons
        return f"reached the database: {type(error).__name__}"
    return "was done"
