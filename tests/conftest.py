"""What all tests share: empty databases of both kinds, a clock that is told the time, a counter of statements.

PostgreSQL is used where a server answers (`QURASTYR_TEST_POSTGRES`); without one its tests say so and are skipped.
A folder of tests may have fixtures of the same names with another life; its own conftest.py wins.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from engine.clock import FixedClock
from engine.storage.database import Database
from engine.storage.purposes import Purpose
from tests import hashing

hashing.quicken()
expect.set_options(timeout=20_000)  # two browsers on two busy cores are slow; what is wrong is still wrong then

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("QURASTYR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
FULL = os.environ.get("QURASTYR_TEST_FULL") == "1"
"""True for `./test --all`: the full counts instead of the quick ones."""
MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""When tests begin: a Monday morning in Almaty, far from the ends of a month and of a year."""


@pytest.fixture(scope="session")
def postgres_server():
    """An engine on the server that databases are made on; the test is skipped where none answers."""
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.OperationalError:
        pytest.skip("no PostgreSQL server: set QURASTYR_TEST_POSTGRES")
    yield engine
    engine.dispose()


@contextmanager
def new_database(kind: str, folder: Path, request) -> Iterator[str]:
    """The URL of an empty database that is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'test.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"q_test_{uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=DATABASES)
def url(request, tmp_path):
    """The URL of an empty database, a new one for each test."""
    with new_database(request.param, tmp_path, request) as made:
        yield made


@pytest.fixture(scope="module", params=DATABASES)
def module_url(request, tmp_path_factory):
    """The URL of an empty database for all tests of a module."""
    with new_database(request.param, tmp_path_factory.mktemp("module"), request) as made:
        yield made


@pytest.fixture(scope="session", params=DATABASES)
def session_url(request, tmp_path_factory):
    """The URL of an empty database for all tests that ask for it."""
    with new_database(request.param, tmp_path_factory.mktemp("session"), request) as made:
        yield made


@pytest.fixture
def real_hashes(monkeypatch):
    """Passwords are hashed as in production: what is timed or counted is worth nothing otherwise."""
    hashing.as_in_production(monkeypatch)


@pytest.fixture
def clock():
    """A clock that stands at `MONDAY`; set `.moment` to move it."""
    return FixedClock(MONDAY)


TESTING = Purpose("a test looks")


def _named(opens: Any) -> Any:
    """Tests look where they like without saying why; the engine, tested or not, has to say it."""

    @wraps(opens)
    def opened(self: Database, *purpose: Purpose) -> Any:
        caller = sys._getframe(1).f_code.co_filename
        return opens(self, *(purpose or ((TESTING,) if caller.startswith(f"{ROOT / 'tests'}{os.sep}") else ())))

    return opened


for _name in ("reading", "snapshot", "writing", "altering"):
    setattr(Database, _name, _named(getattr(Database, _name)))


class Statements:
    """SQL statements of one engine while it is open; BEGIN and COMMIT are no statements."""

    def __init__(self, engine: sa.Engine):
        self.engine, self.texts = engine, []

    def _note(self, connection, cursor, statement, parameters, context, executemany):
        if not statement.startswith("BEGIN"):  # SQLite's driver is told to begin by a statement
            self.texts.append(statement)

    def __enter__(self) -> Statements:
        sa.event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_):
        sa.event.remove(self.engine, "before_cursor_execute", self._note)

    def __len__(self) -> int:
        return len(self.texts)


def pytest_collection_modifyitems(config, items):
    """Leave the full counts to `./test --all`, unless they were asked for by name (`-m slow`)."""
    if FULL or "slow" in (config.getoption("-m") or ""):
        return
    slow = [
        item for item in items
        if item.get_closest_marker("slow")
        or (item.get_closest_marker("both_in_full") and item.get_closest_marker("postgres"))
    ]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]
