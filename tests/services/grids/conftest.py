"""The guild as a site on each database; every test has a team of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from engine.clock import FixedClock
from engine.services import grids, records
from engine.services.actor import Actor, system
from tests.conftest import DATABASES, Statements, new_database
from tests.services.conftest import open_site
from tests.services.grids import guild as metadata

TODAY = datetime(2026, 3, 18, 6, 0, tzinfo=UTC)
"""A Wednesday. The shipped calendar is empty here, so Mondays to Fridays are working days."""
_numbers = count(1)


class Guild:
    """One organisation and its people; verbs of grids in few words."""

    def __init__(self, site):
        self.site = site
        unit = site.write(system(), lambda uow: records.create(uow, "system.unit", {
            "code": "G1", "name": {"kk": "Г", "ru": "Г"}, "kind": "school", "legal": True}))
        self.system = system(unit.id)
        self.master, self.tutor, self.other = (self.person(*p) for p in (("master",), ("tutor",), ("tutor", "second")))
        self.reader, self.stranger = self.person("reader"), self.person("stranger")

    def person(self, role: str, name: str = "") -> Actor:
        login = f"{role}{name}"
        user = self.site.write(self.system, lambda uow: records.create(uow, "system.user", {
            "login": login, "active": True, "roles": [{"role": role}]}))
        return Actor("user", user.id, login, login, None, self.system.organisation_id, (), frozenset({role}), "ru")

    def make(self, address: str, *raws: dict):
        return self.site.write(self.system, lambda uow: records.create_many(uow, address, raws))

    def team(self, people: int = 3, tutor: Actor | None = None, since: str = "2026-01-12"):
        """(the team, its members by name)."""
        tutor = tutor or self.tutor
        n = next(_numbers)
        (team,) = self.make("guild.team", {"name": f"Команда {n}", "tutor": str(tutor.user_id)})
        members = self.make("guild.member", *(
            {"name": f"Участник {i:02}", "team": str(team.id), "since": since, "desk": i} for i in range(people)))
        return team, members

    def sheet(self, who: Actor, slug: str, language: str = "ru", **given):
        def work(view):
            grid = grids.grid_at(view, view.catalog.entity(CELLS[slug]), slug)
            made = grids.sheet(view, grid, grids.choose(view, grid, given))
            made.totals = grids.totals(view, made)
            made.texts = grids.Texts(view, grid, made.entity.fields)
            return made

        return self.site.read(who, work, language=language)

    def shown(self, who: Actor, slug: str, **given) -> dict[tuple[str, str], str]:
        """(name of the row, key of the column) -> text, of filled cells."""
        made = self.sheet(who, slug, **given)
        return {(line.title, head.key): text for line in made.lines for head in made.heads
                if (text := made.texts.short(head, made.cell(line, head)))}

    def enter(self, who: Actor, slug: str, *entries, language: str = "ru", **given):
        made = [e if isinstance(e, grids.Entry) else grids.Entry(*e) for e in entries]
        return grids.enter(self.site, who, CELLS[slug], slug, given, made, language=language)

    def states(self, *args, **given) -> list[str]:
        return [outcome.state for outcome in self.enter(*args, **given)]

    def statements(self) -> Statements:
        return Statements(self.site.database.engine)


CELLS = {"days": "guild.presence", "scores": "guild.score", "reviews": "guild.review"}


@pytest.fixture(scope="session", params=DATABASES)
def guild_site(request, tmp_path_factory):
    with new_database(request.param, tmp_path_factory.mktemp("guild"), request) as url:
        site = open_site(url, tmp_path_factory.mktemp("guild data"), metadata.files())
        site.clock = FixedClock(TODAY)
        site.guild = Guild(site)
        yield site
        site.database.close()


@pytest.fixture
def guild(guild_site):
    guild_site.clock.moment = TODAY
    return guild_site.guild



