"""The guild of `tests/services/grids` as a running site on SQLite, with a password for each of its people."""

from __future__ import annotations

import re

import pytest

from engine.app import create_app
from engine.clock import FixedClock
from engine.services.actor import system
from engine.services.identity import set_password
from tests.services.conftest import open_site
from tests.services.grids import guild as metadata
from tests.services.grids.conftest import TODAY, Guild
from tests.web.conftest import PASSWORD, Browser


@pytest.fixture(scope="module")
def guild(tmp_path_factory):
    """The running guild: .site .app and everything of `Guild`."""
    folder = tmp_path_factory.mktemp("guild")
    site = open_site(f"sqlite:///{folder / 'test.db'}", folder, metadata.files())
    site.clock = FixedClock(TODAY)
    made = Guild(site)
    made.app = create_app(site)

    def passwords(uow):
        for actor in (made.master, made.tutor, made.reader):
            set_password(uow, actor.user_id, PASSWORD)

    site.write(system(), passwords)
    yield made
    site.database.close()


class Page(Browser):
    """A browser without scripts that has one grid of one team open."""

    def open(self, slug: str = "days", **given):
        self.url = f"/guild/{ENTITY[slug]}/grids/{slug}"
        self.query = "&".join(f"{k}={v}" for k, v in given.items())
        return self.get(f"{self.url}?{self.query}")

    def send(self, *cells, json: bool = False, query: str = ""):
        """Cells as (row, column, text, token, text before)."""
        data = {}
        for n, cell in enumerate(cells):
            row, column, text, seen, was = (*cell, "", "")[:5]
            data |= {f"{n}-at": f"{row} {column} {seen}", f"{n}-was": was, f"{n}-text": text}
        headers = {"Accept": "application/json"} if json else None
        return self.post(f"{self.url}?{self.query}{query}", data, headers)


ENTITY = {"days": "presence", "quarter": "presence", "scores": "score", "reviews": "review"}


@pytest.fixture
def tutor(guild):
    return Page(guild.app, "tutor")


@pytest.fixture
def master(guild):
    return Page(guild.app, "master")


def strip(page: str) -> list[dict[str, str]]:
    """The cells of the form on a page: at, was, and what is chosen or typed now."""
    found = []
    for n, at in re.findall(r'name="(\d+)-at" value="([^"]*)"', page):
        was = re.search(rf'name="{n}-was" value="([^"]*)"', page)[1]
        chosen = re.search(rf'name="{n}-text" value="([^"]*)"[^>]* checked', page)
        typed = re.search(rf'name="{n}-text" value="([^"]*)"', page)
        found.append({"n": n, "at": at, "was": was, "text": (chosen or typed)[1]})
    return found
