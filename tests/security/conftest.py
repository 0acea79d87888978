"""The fort of `world.py` as a running site with two organisations, and somebody in each role of both.

`fort` is on SQLite, `either` on each database in turn; both are made once. Tests make what they change.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from engine.app import create_app
from engine.errors import Refusal
from engine.fields import cipher, keyring
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.identity import create_key
from engine.services.site import Site
from engine.storage.system.tables import SESSION
from tests.conftest import DATABASES, FULL, MONDAY, new_database
from tests.security import figures, world
from tests.services.conftest import open_site
from tests.shipped.sampling import Sampler

NOBODY = "nobody"
"""Whoever did not sign in."""


class School:
    """One of the two organisations: a sample of every entity, and by role an actor, a session and a key."""

    def __init__(self, site: Site, code: str, numbers: Iterator[int]):
        self.site, self.code = site, code
        self.unit = site.write(system(), lambda uow: records.create(uow, "system.unit", {
            "code": code, "name": {"kk": code, "ru": code}, "kind": "school", "legal": True}))
        self.id = self.unit.id
        self.system = system(self.id)
        self.people: dict[str, Actor] = {}
        self.tokens: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        for role in sorted(site.catalog.roles):
            self._person(role)
        self.sampler = Sampler(site, self.system, numbers)
        self.sampler.made["system.unit"] = self.unit
        self.sampler.made["system.user"] = self.site.read(
            self.system, lambda v: records.read(v, "system.user", self.people["stranger"].user_id))
        raw = self.sampler.raw("fort.thing", full=True) | {"hidden": False}
        self.sampler.made["fort.thing"] = self.create("fort.thing", raw)
        self.create("fort.rules", {"greeting": code, "limit": "10"})

    def _person(self, role: str) -> None:
        login = f"{self.code.lower()}.{role}"
        user = self.create("system.user", {"login": login, "active": True, "language": "ru", "roles": [{"role": role}]})
        self.people[role] = Actor("user", user.id, login, login, None, self.id, (), frozenset({role}), "ru")
        self.tokens[role] = self.session(role)

    def session(self, role: str) -> str:
        """The token of a new session of the role's user."""
        token, now = secrets.token_urlsafe(32), self.site.clock.now()
        with self.site.database.writing() as connection:
            connection.execute(sa.insert(SESSION).values(
                token_hash=hashlib.sha256(token.encode()).digest(), user_id=self.people[role].user_id, created_at=now,
                seen_at=now, level=2))
        return token

    def key(self, role: str) -> str:
        if role not in self._keys:
            self._keys[role] = create_key(self.site, self.people[role].login, "tests")
        return self._keys[role]

    def create(self, address: str, raw: dict[str, Any], who: Actor | None = None) -> records.Record:
        return self.site.write(who or self.system, lambda uow: records.create(uow, address, raw))

    def read(self, record: records.Record, who: Actor | None = None) -> records.Record:
        return self.site.read(who or self.system, lambda v: records.read(v, record.entity.address, record.id))

    def sample(self, address: str) -> records.Record | None:
        """The school's record of the entity; None where it can have none (settings, what the engine alone makes)."""
        if self.site.catalog.entity(address).kind == "settings":
            return None
        try:
            return self.sampler.record(address)
        except (Refusal, AssertionError):
            return None


class Fort:
    """The site, its application and its two schools."""

    def __init__(self, url: str, folder: Any):
        self.site = open_site(url, folder, world.files())
        self.dialect = self.site.database.dialect
        self.app = create_app(self.site)
        numbers = count(1)
        self.here, self.there = School(self.site, "H1", numbers), School(self.site, "T1", numbers)

    @property
    def catalog(self) -> Any:
        return self.site.catalog

    def person(self, role: str, school: School | None = None, app: Any = None) -> Person:
        return Person(self, role, school or self.here, app or self.app)

    def caller(self, role: str, school: School | None = None, app: Any = None) -> Caller:
        return Caller(self, role, school or self.here, app or self.app)


class Person:
    """A browser without scripts, signed in unless the role is `NOBODY`, with the token that forms carry."""

    def __init__(self, fort: Fort, role: str, school: School, app: Any):
        self.client, self.role = app.test_client(), role
        self.token = token_on(self.client.get("/sign-in").text)
        self.client.set_cookie("lang", "ru")
        if role != NOBODY:
            self.client.set_cookie("sid", school.tokens[role])

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> Any:
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **more)

    def send(self, method: str, path: str, **more: Any) -> Any:
        if method in ("GET", "HEAD", "OPTIONS"):
            return self.client.open(path, method=method, **more)
        return self.client.open(path, method=method, data={"csrf_token": self.token, **more.pop("data", {})}, **more)


class Caller:
    """A program with the key of a role; without one for `NOBODY`."""

    def __init__(self, fort: Fort, role: str, school: School, app: Any):
        self.client, self.role = app.test_client(use_cookies=False), role
        self.headers = {"Accept-Language": "en"}
        if role != NOBODY:
            self.headers["Authorization"] = f"Bearer {school.key(role)}"

    def send(self, method: str, path: str, **more: Any) -> Any:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **more)


def token_on(page: str) -> str:
    """The token of the forms of a page, '' when it has none."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


@pytest.fixture(scope="session")
def fort_on(request, tmp_path_factory) -> Any:
    """fort_on(kind of database) -> the fort there."""
    made: dict[str, Fort] = {}
    with ExitStack() as stack:

        def on(kind: str) -> Fort:
            if kind not in made:
                folder = tmp_path_factory.mktemp("fort")
                made[kind] = Fort(stack.enter_context(new_database(kind, folder, request)), folder)
                stack.callback(made[kind].site.database.close)
            made[kind].site.clock.moment = MONDAY
            cipher.install(keyring.KeyFile(made[kind].site.settings.keys))  # one process has one ring: the last opened
            return made[kind]

        yield on


@pytest.fixture
def fort(fort_on) -> Fort:
    return fort_on("sqlite")


@pytest.fixture(params=DATABASES)
def either(fort_on, request) -> Fort:
    return fort_on(request.param)


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    if FULL:
        figures.write()
