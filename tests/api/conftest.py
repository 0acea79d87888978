"""The shop of `world.py` as a running site, on SQLite and PostgreSQL, with a key for each role.

A site is made once a database and module; tests make their own records and never count other tests' ones.
"""

from __future__ import annotations

import json
import os
import uuid
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from engine.app import create_app
from engine.config import Settings
from engine.services import records
from engine.services.actor import system
from engine.services.identity import create_key
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from tests.api import world

SERVER = os.environ.get("QURASTYR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="module")
def postgres_server():
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.OperationalError:
        pytest.skip("no PostgreSQL server: set QURASTYR_TEST_POSTGRES")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", params=DATABASES)
def url(request, tmp_path_factory):
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('api') / 'test.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"q_api_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def shop(url, tmp_path_factory):
    """The shop: .site .app .keys (role -> bearer key) .organisation .ids of a few records."""
    yield from open_shop(url, tmp_path_factory.mktemp("data"))


def open_shop(url, folder):
    settings = Settings.of(folder, url).prepare()
    database = Database(url)
    publish(database, world.files())
    database.close()
    site = Site.open(settings)
    boss = system()
    unit = site.write(boss, lambda uow: records.create(uow, "system.unit", {
        "code": "S1", "name": {"kk": "Дүкен", "ru": "Магазин"}, "kind": "school", "legal": True}))
    boss = system(unit.id)
    keys = {}
    for role in ("keeper", "seller", "administrator", "nobody"):
        roles = [{"role": role}] if role != "nobody" else [{"role": "cook"}]
        site.write(boss, lambda uow, role=role, roles=roles: records.create(
            uow, "system.user", {"login": role, "active": True, "roles": roles}))
        keys[role] = create_key(site, role, "tests")
    made = site.write(boss, lambda uow: {
        "customer": records.create(uow, "shop.customer", {"name": "Бекет", "hidden": False}).id,
        "hidden": records.create(uow, "shop.customer", {"name": "Құпия", "hidden": True, "secret_note": "x"}).id,
        "service": records.create(uow, "shop.service", {"name": {"kk": "Нан", "ru": "Хлеб"}, "price": "250.50"}).id,
        "rules": records.create(uow, "shop.rules", {"greeting": "Сәлем", "limit": "10"}).id,
    })
    app = create_app(site)
    yield SimpleNamespace(site=site, app=app, keys=keys, organisation=unit.id, ids=SimpleNamespace(**made))
    site.database.close()


class Caller:
    """Asks the API as the holder of one key."""

    def __init__(self, shop, role: str):
        self.client = shop.app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {shop.keys[role]}", "Accept-Language": "en"}

    def __call__(self, method: str, path: str, body=None, **more):
        """The answer; `.json` is its body. `headers=` are added to those of the caller."""
        headers = {**self.headers, **more.pop("headers", {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        return self.client.open(address, method=method, data=body, headers=headers, **more)

    def made(self, path: str, body) -> dict:
        """The JSON of a record that was created; fails with the refusal otherwise."""
        answer = self("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json


@pytest.fixture
def keeper(shop):
    return Caller(shop, "keeper")


@pytest.fixture
def seller(shop):
    return Caller(shop, "seller")


@pytest.fixture
def bill(shop):
    """What a good bill looks like."""
    return {"customer": str(shop.ids.customer), "note": "тест",
            "lines": [{"service": str(shop.ids.service), "quantity": "2"}]}
