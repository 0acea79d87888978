"""Thirty people by sixty days: how long the server works and when a browser shows it. Part of `./test --all`."""

from __future__ import annotations

import gzip
import random
import statistics
import time
from datetime import date, timedelta

import pytest

from tests.browsing import arrive
from tests.proofs import write_proof
from tests.web.conftest import PASSWORD
from tests.web.grids.conftest import Page
from tests.web.grids.test_grid_browser import address, browser_type_launch_args, pytestmark  # noqa: F401

PEOPLE, SEED, TIMES = 30, 60, 9


@pytest.mark.slow
def test_thirty_people_by_sixty_days_open_well_under_a_second(guild, browser, address):  # noqa: F811
    team, members = guild.team(PEOPLE)
    days = [day for n in range(59) if (day := date(2026, 1, 12) + timedelta(days=n)).weekday() < 5]
    chance = random.Random(SEED)
    guild.make("guild.presence", *(
        {"member": str(m.id), "day": str(day), "mark": chance.choice(["away", "ill"])}
        for m in members for day in days if chance.random() < 0.1))
    path = f"/guild/presence/grids/quarter?of_team={team.id}&span=2026-01-01"
    client = Page(guild.app, "master")
    spent = []
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        page = client.get(path)
        spent.append((time.perf_counter() - begun) * 1000)
    context = browser.new_context(base_url=address, locale="ru-RU")
    tab = context.new_page()
    tab.goto(f"/sign-in?next={path.replace('&', '%26').replace('?', '%3F')}")
    tab.fill("#login", "master")
    tab.fill("#password", PASSWORD)
    tab.click("button[type=submit]")
    arrive(tab, "#grid.is-live")
    shown = []
    for _ in range(TIMES):
        tab.reload()
        arrive(tab, "#grid.is-live")
        shown.append(tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    context.close()
    columns = page.text.count('<th scope="col" data-k=')
    figures = {
        "people": (page.text.count("<tr data-k="), "==", PEOPLE),
        "days": (columns, ">=", 60),
        "server_milliseconds_median": (round(statistics.median(spent[1:]), 1), "<=", 200.0),
        "first_paint_milliseconds_median": (round(statistics.median(shown), 1), "<=", 700.0),
        "html_kilobytes": (round(len(page.data) / 1000, 1), "<=", 200.0),
        "html_kilobytes_gzip": (round(len(gzip.compress(page.data)) / 1000, 1), "<=", 20.0),
    }
    proof = write_proof("entry-grid", figures, SEED,
                        f"SQLite, {len(days)} days with marks in a tenth of the cells; server: the request in process, "
                        f"median of {TIMES}; browser: chromium on the same machine, reloads, median of {TIMES}.")
    assert all(figure["ok"] for figure in proof["figures"].values()), proof["figures"]
