"""Databases for tests of field types: SQLite in memory, and a PostgreSQL database of our own where a server answers."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
import sqlalchemy as sa

SERVER = os.environ.get("QURASTYR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(scope="session")
def postgresql():
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    name = f"q_fields_{uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except sa.exc.OperationalError:
        pytest.skip("no PostgreSQL server: set QURASTYR_TEST_POSTGRES")
    engine = sa.create_engine(sa.make_url(SERVER).set(database=name))
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def connection(request):
    """A connection whose tables disappear with the test."""
    engine = sa.create_engine("sqlite://") if request.param == "sqlite" else request.getfixturevalue("postgresql")
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    if request.param == "sqlite":
        engine.dispose()
