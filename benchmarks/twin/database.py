"""The twin's connections: the settings that keep what was acknowledged, the same as the engine's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

PRAGMAS = ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=10000", "temp_store=memory",
           "cache_size=-16000")


class Database:
    """`reading()` and `writing()` give a connection in a transaction, as the engine's own does."""

    def __init__(self, url: str):
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = sa.create_engine(self.url, pool_size=10, connect_args={
                "isolation_level": None, "check_same_thread": False, "cached_statements": 512})
            sa.event.listen(self.engine, "connect", _settings)
            sa.event.listen(self.engine, "begin", _begin)
            self.reader = self.engine
        else:
            self.engine = sa.create_engine(self.url, pool_size=10, connect_args={
                "options": "-c timezone=UTC -c synchronous_commit=on", "prepare_threshold": 2})
            self.reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.writer = self.engine.execution_options(writing=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self.reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        with self.writer.begin() as connection:
            yield connection


def _settings(connection: Any, record: Any) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")
