"""The one way to the database: SQLite or PostgreSQL, with the settings that keep acknowledged data.

`reading()` and `writing()` give a connection inside one transaction. What they promise is read back from live pooled
connections by `tests/storage/test_settings.py`.
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

T = TypeVar("T")
PURPOSE = "engine_purpose"
"""The execution option that says what a transaction is for: reading, a snapshot, writing."""
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
        self._reader, self._snapshot, self._writer = (
            self.engine.execution_options(**{PURPOSE: purpose}) for purpose in ("reading", "snapshot", "writing"))

    def _make(self, role: str = "", **options: Any) -> sa.Engine:
        # orjson reads 1e22 as it was written; psycopg's own reader makes an integer of it, which no answer can hold.
        return sa.create_engine(self.url, json_serializer=_json, json_deserializer=orjson.loads,
                                **(postgresql.options(self.url, role) if role else self._room.options(self.url)),
                                **options)

    def _listen(self, engine: sa.Engine, **how: bool) -> None:
        self._room.listen(engine, **how)

        # Neither driver begins a transaction by itself (`options` of the rooms): it is begun here, for its purpose.
        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            self._room.begin(connection, connection.get_execution_options().get(PURPOSE, "reading"))

    @cached_property
    def _scoped(self) -> dict[str, sa.Engine]:
        """Connections that serve somebody, apart from the engine's own: in a pool of one school none is told twice."""
        engine = self._make(pool_size=self._threads + 2, max_overflow=self._threads, role=self.role)
        self._listen(engine, altering=False)
        return {p: engine.execution_options(**{PURPOSE: p}) for p in ("reading", "snapshot", "writing")}

    @contextmanager
    def serving(self, purpose: str, scope: Scope | None) -> Iterator[sa.Connection]:
        """`reading`, `snapshot` or `writing` for somebody: on PostgreSQL with a role the database shows them only the
        rows of `scope`; None is the engine itself."""
        if not self.role or scope is None:
            with getattr(self, purpose)() as connection:
                yield connection
            return
        with self._scoped[purpose].connect() as connection:
            if connection.info.get("scope") != scope:  # before the transaction, whose end it must outlive
                driver = connection.connection.driver_connection
                driver.execute("SELECT set_config('app.org', %s, false), set_config('app.units', %s, false)", scope)
                connection.info["scope"] = scope
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for one page or answer.

        SQLite: one snapshot from the first statement to the last. PostgreSQL: every statement sees what is committed
        when it starts (as READ COMMITTED does), without the two round trips of BEGIN and COMMIT.
        """
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A connection for one long read: all of its statements see the data of one moment, on both databases.

        Rows may be streamed from it; whoever reads must not wait for people meanwhile.
        """
        with self._snapshot.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection in a write transaction, committed at the end of the block, rolled back by an exception."""
        with self._writer.connect() as connection, connection.begin():
            yield connection

    def write_if_free(self, work: Callable[[sa.Connection], Any]) -> bool:
        """Do `work` in a write transaction - or leave it out, and say False, when another writer is at it just now.

        For what loses nothing by being late, such as when a session was last used: on SQLite one long import holds the
        only write lock, and nobody's page is to wait for it.
        """
        if self.dialect != "sqlite":
            with self.writing() as connection:
                work(connection)
            return True
        try:
            with self._hasty.connect() as connection, connection.begin():
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
        return engine.execution_options(**{PURPOSE: "writing"})

    @contextmanager
    def altering(self) -> Iterator[sa.Connection]:
        """A connection of its own that may change tables, in one transaction that no other `altering` shares.

        On SQLite foreign keys are off inside (rebuilding a table needs it, and the pragma is ignored once a
        transaction began); whoever rebuilds checks them before the end. TimeoutError when another holds the lock.
        """
        engine = self._make(poolclass=NullPool)
        self._listen(engine, altering=True)
        try:
            with engine.execution_options(**{PURPOSE: "writing"}).connect() as connection, _begun(connection):
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
