"""Databases for tests of storage: SQLite in a temporary folder, and PostgreSQL where a server is reached."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine.storage.database import Database
from engine.storage.system import upgrade

sys.path.insert(0, str(Path(__file__).parent))  # for `samples`
SERVER = os.environ.get("QURASTYR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def postgres_server():
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.OperationalError:
        pytest.skip("no PostgreSQL server: set QURASTYR_TEST_POSTGRES")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"q_storage_{uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(url):
    """A database without any table."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def database(empty):
    """A database with the engine's own tables."""
    with empty.altering() as connection:
        upgrade(connection)
    return empty
