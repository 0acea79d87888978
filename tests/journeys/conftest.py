"""A small sample school served over a socket, and people who use it with a pointer and a keyboard.

Everybody starts at the sign-in page and gets around by what the pages offer: no address is typed.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from engine.app import create_app
from engine.config import Settings
from engine.services.actor import system
from engine.services.display import names_of
from engine.services.registries import Query, listing
from engine.services.seeding import prepare
from engine.services.seeding.filling import organisations
from engine.services.site import Site
from tests.journeys.people import Person

PASSWORD = "тек саяхат үшін 1"
SCALE = 0.04
CHROMIUM = os.environ.get("QURASTYR_TEST_CHROMIUM") or shutil.which("chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/journeys/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": SWITCHES}


@pytest.fixture(scope="session")
def school(tmp_path_factory):
    """The running school: .site .address and .names(address of an entity, language, rule) -> {id: name}."""
    settings = Settings.of(tmp_path_factory.mktemp("journeys")).prepare()
    prepare(settings, True, lambda line: None, environment={"QURASTYR_DEMO_PASSWORD": PASSWORD}, scale=SCALE)
    site = Site.open(settings)
    engine = system(organisations(site)[0])

    def names(address, language="ru", where=""):
        def work(view):
            ids, after = [], None
            while after is not None or not ids:
                page = listing(view, address, Query(fields=(), where=where, limit=200, after=after))
                ids += [r["id"] for r in page.records]
                after = page.next
                if after is None:
                    break
            return names_of(view, address, ids)

        return site.read(engine, work, language=language)

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # else every picture of a failed journey is told
    server = make_server("127.0.0.1", 0, create_app(site), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield SimpleNamespace(site=site, address=f"http://127.0.0.1:{server.server_port}", names=names)
    server.shutdown()
    thread.join(5)
    site.database.close()


@pytest.fixture
def person(browser, school):
    """person(login, language, width, **options) -> a `Person` on the first page. Errors of scripts fail the test."""
    made, wrong = [], []

    def enter(login: str = "", language: str = "ru", width: int = 1280, *, password: str = PASSWORD, **options):
        context = browser.new_context(
            base_url=school.address,
            locale={"kk": "kk-KZ", "ru": "ru-RU"}[language],
            viewport={"width": width, "height": 844 if width < 720 else 800},
            has_touch=width < 720,
            **options,
        )
        context.set_default_timeout(40_000)
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto("/")
        someone = Person(page, width < 720)
        if login:
            someone.sign_in(login, password, language)
        return someone

    yield enter
    for context in made:
        context.close()
    assert wrong == []
