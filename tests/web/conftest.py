"""A club with two roles as a running site on SQLite; tests look at it through a client, as a browser does.

`chief` sees and does everything; `helper` sees neither the fee of a member nor the cost of an order's lines.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from engine.app import create_app
from engine.config import Settings
from engine.loading.files import read_folder
from engine.services import records
from engine.services.actor import system
from engine.services.identity import set_password
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from tests.web.studio import STUDIO
from tests.web.world import CLUB, ROOT

PASSWORD = "тек сынақ үшін 1"


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """The running club: .site .app .organisation .service (a record's id)."""
    yield from running(tmp_path_factory.mktemp("club"), CLUB)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A club whose forms have tabs, columns, steps and panels; as `club` otherwise."""
    yield from running(tmp_path_factory.mktemp("studio"), STUDIO)


def running(folder, files, policy="demo"):
    shipped = {k: v for k, v in read_folder(ROOT).items()
               if k.split("/")[1] == "system" or k == "translations/terms.yaml"}
    # Without a second factor for administrators, but where signing in is what is tested (tests/web/test_accounts.py).
    settings = Settings.of(folder, f"sqlite:///{folder / 'test.db'}", policy=policy).prepare()
    database = Database(settings.database_url)
    publish(database, {**shipped, **{k: v.encode() for k, v in files.items()}})
    database.close()
    site = Site.open(settings)
    unit = site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "C1", "name": {"kk": "Үйірме", "ru": "Кружок"}, "kind": "school", "legal": True}))

    def people(uow):
        made = records.create_many(uow, "system.user", [
            {"login": role, "active": True, "roles": [{"role": role}]} for role in ("chief", "helper")])
        for user in made:
            set_password(uow, user.id, PASSWORD)
        return records.create(uow, "club.service", {"name": "Сурет", "price": "500"})

    service = site.write(system(unit.id), people)
    app = create_app(site)
    yield SimpleNamespace(site=site, app=app, organisation=unit.id, service=service.id)
    site.database.close()


class Browser:
    """Signs in as one user, follows forms, keeps the token that a page gave."""

    def __init__(self, app, login: str, language: str = "ru"):
        self.client = app.test_client()
        self.token = ""
        self.get("/sign-in")
        self.client.set_cookie("lang", language)
        answer = self.post("/sign-in", login=login, password=PASSWORD)
        assert answer.status_code == 303, answer.text

    def get(self, path, **headers):
        answer = self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        self._remember(answer)
        return answer

    def post(self, path, data=None, headers=None, **fields):
        answer = self.client.post(path, data={"csrf_token": self.token, **(data or {}), **fields}, headers=headers)
        self._remember(answer)
        return answer

    def _remember(self, answer):
        for name, value in answer.headers:  # a server cannot send another letter, and the answer would break off
            assert value.encode("latin-1", "replace").decode("latin-1") == value, name
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token


@pytest.fixture
def chief(club):
    return Browser(club.app, "chief")


@pytest.fixture
def helper(club):
    return Browser(club.app, "helper")


def order(club, **more):
    """What a good order looks like in the names of its inputs."""
    return {"_fields": "date note lines", "date": "2026-03-02", "note": "бояу",
            "lines-0-_fields": "service quantity price",
            "lines-0-service": str(club.service), "lines-0-quantity": "2", "lines-0-price": "1 500,50", **more}


def line(number, service="", quantity="", price=""):
    """The inputs of one more line."""
    return {f"lines-{number}-_fields": "service quantity price", f"lines-{number}-service": service,
            f"lines-{number}-quantity": quantity, f"lines-{number}-price": price}
