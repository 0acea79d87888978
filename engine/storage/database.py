"""The one way to the database: SQLite or PostgreSQL, with the settings that keep acknowledged data.

`reading()` and `writing()` give a connection inside one transaction, opened for a purpose (`storage.purposes`): without
one no statement is let through. What they promise is read back from live pooled connections by
`tests/storage/test_settings.py`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from engine.storage import postgresql, sqlite
from engine.storage.net import Scope
from engine.storage.purposes import BOOKKEEPING, FOR_AN_ACTOR, STAMP, Purpose, watch

T = TypeVar("T")
MANNER = "engine_manner"
"""The execution option that says how a transaction begins: reading, a snapshot, writing."""
RETRIES = 6
MIGRATION_LOCK = 0x71757261  # any fixed number: the key of PostgreSQL's advisory lock


class Database:
    """A database by URL (`sqlite:///path`, `postgresql+psycopg://...`). Threads and requests share one object."""

    def __init__(self, url: str, threads: int = 8, role: str = ""):
        """`role`: on PostgreSQL, the role that connections take which serve people (see `storage.net`)."""
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        if self.dialect not in ("sqlite", "postgresql"):
            raise ValueError(f"{self.dialect}: use sqlite:///FILE or postgresql://...")
        self._room = sqlite if self.dialect == "sqlite" else postgresql
        self.role = role if self.dialect == "postgresql" else ""
        self._threads = threads
        # A thread holds one connection at a time; two more serve health checks and the job sweep.
        self.engine = self._make(pool_size=threads + 2, max_overflow=threads, role=self.role)
        self._listen(self.engine, altering=False)
        self._open = self._in_manners(self.engine)

    def _make(self, role: str = "", **options: Any) -> sa.Engine:
        # orjson reads 1e22 as it was written; psycopg's own reader makes an integer of it, which no answer can hold.
        return sa.create_engine(self.url, json_serializer=_json, json_deserializer=orjson.loads,
                                **(postgresql.options(self.url, role) if role else self._room.options(self.url)),
                                **options)

    def _listen(self, engine: sa.Engine, **how: bool) -> None:
        self._room.listen(engine, **how)

        watch(engine)

        # Neither driver begins a transaction by itself (`options` of the rooms): it is begun here, in its manner.
        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            self._room.begin(connection, connection.get_execution_options().get(MANNER, "reading"))

    def _in_manners(self, engine: sa.Engine) -> dict[str, sa.Engine]:
        return {m: engine.execution_options(**{MANNER: m}) for m in ("reading", "snapshot", "writing")}

    @cached_property
    def _scoped(self) -> dict[str, sa.Engine]:
        """Connections that serve somebody, apart from the engine's own: in a pool of one school none is told twice."""
        engine = self._make(pool_size=self._threads + 2, max_overflow=self._threads, role=self.role)
        self._listen(engine, altering=False)
        return self._in_manners(engine)

    @contextmanager
    def serving(self, manner: str, scope: Scope | None) -> Iterator[sa.Connection]:
        """`reading`, `snapshot` or `writing` for somebody: on PostgreSQL with a role the database shows them only the
        rows of `scope`; None is the engine itself. For `Site.read` and `Site.write` alone."""
        if not self.role or scope is None:
            with _stamped(self._open[manner], FOR_AN_ACTOR) as connection, connection.begin():
                yield connection
            return
        with _stamped(self._scoped[manner], FOR_AN_ACTOR) as connection:
            if connection.info.get("scope") != scope:  # before the transaction, whose end it must outlive
                driver = connection.connection.driver_connection
                driver.execute("SELECT set_config('app.org', %s, false), set_config('app.units', %s, false)", scope)
                connection.info["scope"] = scope
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self, purpose: Purpose = BOOKKEEPING) -> Iterator[sa.Connection]:
        """A connection for one page or answer.

        SQLite: one snapshot from the first statement to the last. PostgreSQL: every statement sees what is committed
        when it starts (as READ COMMITTED does), without the two round trips of BEGIN and COMMIT.
        """
        with _stamped(self._open["reading"], purpose) as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self, purpose: Purpose = BOOKKEEPING) -> Iterator[sa.Connection]:
        """A connection for one long read: all of its statements see the data of one moment, on both databases.

        Rows may be streamed from it; whoever reads must not wait for people meanwhile.
        """
        with _stamped(self._open["snapshot"], purpose) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, purpose: Purpose = BOOKKEEPING) -> Iterator[sa.Connection]:
        """A connection in a write transaction, committed at the end of the block, rolled back by an exception."""
        with _stamped(self._open["writing"], purpose) as connection, connection.begin():
            yield connection

    def write_if_free(self, work: Callable[[sa.Connection], Any], purpose: Purpose = BOOKKEEPING) -> bool:
        """Do `work` in a write transaction - or leave it out, and say False, when another writer is at it just now.

        For what loses nothing by being late, such as when a session was last used: on SQLite one long import holds the
        only write lock, and nobody's page is to wait for it.
        """
        if self.dialect != "sqlite":
            with self.writing(purpose) as connection:
                work(connection)
            return True
        try:
            with _stamped(self._hasty, purpose) as connection, connection.begin():
                work(connection)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
            return False
        return True

    @cached_property
    def _hasty(self) -> sa.Engine:
        engine = self._make(poolclass=NullPool)
        self._listen(engine, altering=False, hasty=True)
        return engine.execution_options(**{MANNER: "writing"})

    @contextmanager
    def altering(self, purpose: Purpose = BOOKKEEPING) -> Iterator[sa.Connection]:
        """A connection of its own that may change tables, in one transaction that no other `altering` shares.

        On SQLite foreign keys are off inside (rebuilding a table needs it, and the pragma is ignored once a
        transaction began); whoever rebuilds checks them before the end. TimeoutError when another holds the lock.
        """
        engine = self._make(poolclass=NullPool)
        self._listen(engine, altering=True)
        try:
            writer = engine.execution_options(**{MANNER: "writing"})
            with _stamped(writer, purpose) as connection, _begun(connection):
                self._room.lock(connection, MIGRATION_LOCK)
                yield connection
        finally:
            engine.dispose()

    def close(self) -> None:
        self.engine.dispose()
        if "_scoped" in self.__dict__:
            self._scoped["reading"].dispose()

    def retry_on_conflict(self, work: Callable[[], T]) -> T:
        return retry_on_conflict(work)


def _stamped(engine: sa.Engine, purpose: Purpose) -> sa.Connection:
    """A connection that may do what `purpose` says. The stamp is the connection's own, so that whoever opens another
    one by `connection.engine` opens it for nothing."""
    return engine.connect().execution_options(**{STAMP: purpose})


def _json(value: Any) -> str:
    """JSON as columns keep it, several times quicker than by the standard library."""
    return orjson.dumps(value).decode()


@contextmanager
def _begun(connection: sa.Connection) -> Iterator[None]:
    try:
        transaction = connection.begin()
    except DBAPIError as error:
        if is_conflict(error):
            raise TimeoutError("another change of tables is running") from error
        raise
    with transaction:
        yield


def is_conflict(error: BaseException) -> bool:
    """True when the transaction lost to another one and may be tried again from its beginning."""
    return isinstance(error, DBAPIError) and (sqlite.is_conflict(error) or postgresql.is_conflict(error))


def retry_on_conflict(work: Callable[[], T], attempts: int = RETRIES, sleep: Callable[[float], None] = time.sleep) -> T:
    """The result of `work`, a whole transaction, tried again when another transaction was in its way.

    The last conflict is raised. Waits grow from 5 ms to about a quarter of a second and are drawn at random, so that
    two losers do not meet again.
    """
    for attempt in range(attempts):
        try:
            return work()
        except DBAPIError as error:
            if attempt == attempts - 1 or not is_conflict(error):
                raise
        sleep(random.uniform(0.5, 1) * 0.005 * 2**attempt)  # noqa: S311 - spreads load, hides nothing
    raise AssertionError("unreachable: the last attempt returns or raises")
