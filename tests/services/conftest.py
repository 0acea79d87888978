"""The workshop of `world.py` as a site on each database, and a new organisation in it for every module of tests.

One site serves all tests, because making it costs seconds; what a test counts, it counts in its own organisation.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import Refusal
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.publishing import publish
from engine.services.registries import Query, listing
from engine.services.seeing import LOOK
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.system.tables import JOURNAL
from tests.conftest import MONDAY
from tests.services import world

_numbers = count(1)


@pytest.fixture(scope="session")
def site(session_url, tmp_path_factory):
    made = open_site(session_url, tmp_path_factory.mktemp("data"))
    yield made
    made.database.close()


def open_site(url: str, folder, files=None) -> Site:
    database = Database(url)
    publish(database, files or world.files())
    database.close()
    site = Site.open(Settings.of(folder, url).prepare())
    site.clock = FixedClock(MONDAY)
    return site


@pytest.fixture(autouse=True)
def begun_on_monday(request):
    """Every test begins at the same moment, wherever an earlier one left the clock."""
    if "site" in request.fixturenames:
        request.getfixturevalue("site").clock.moment = MONDAY


class Office:
    """One organisation of the site and its people, one for each set of roles."""

    def __init__(self, site: Site):
        self.site = site
        self.code = f"O{next(_numbers)}"
        unit = site.write(
            system(),
            lambda uow: records.create(
                uow,
                "system.unit",
                {"code": self.code, "name": {"kk": self.code, "ru": self.code}, "kind": "school", "legal": True},
            ),
        )
        self.id = unit.id
        self.system = system(unit.id)
        self._people: dict[tuple[str, ...], Actor] = {}
        self.owner = self.person("owner")

    def person(self, *roles: str) -> Actor:
        """The user who holds exactly these roles."""
        key = tuple(sorted(roles))
        if key not in self._people:
            login = f"{self.code.lower()}.{'.'.join(key)}"
            user = self.write(
                self.system,
                lambda uow: records.create(
                    uow, "system.user", {"login": login, "active": True, "roles": [{"role": role} for role in key]}
                ),
            )
            self._people[key] = Actor("user", user.id, login, login, None, self.id, (), frozenset(key), "ru")
        return self._people[key]

    def write(self, who: Actor, work: Callable[[Any], Any]):
        return self.site.write(who, work)

    def read(self, who: Actor, work: Callable[[Any], Any]):
        return self.site.read(who, work)

    # Verbs by name, as the owner unless somebody else is said.

    def create(self, address: str, raw: dict, who: Actor | None = None, **options):
        return self.write(who or self.owner, lambda uow: records.create(uow, address, raw, **options))

    def edit(self, record, raw: dict, who: Actor | None = None, version: Any = None):
        address, version = record.entity.address, record.version if version is None else version
        return self.write(who or self.owner, lambda uow: records.edit(uow, address, record.id, raw, version))

    def do(self, verb: str, record, who: Actor | None = None, version: Any = None):
        """archive, restore, post, reverse, annul."""
        address, version = record.entity.address, record.version if version is None else version
        verb = getattr(records, verb)
        return self.write(who or self.owner, lambda uow: verb(uow, address, record.id, version))

    def copy(self, record, who: Actor | None = None):
        return self.write(who or self.owner, lambda uow: records.copy(uow, record.entity.address, record.id))

    def get(self, record, who: Actor | None = None):
        return self.read(who or self.owner, lambda view: records.read(view, record.entity.address, record.id))

    def history(self, record, who: Actor | None = None, language: str = "ru"):
        return self.site.read(
            who or self.owner, lambda view: records.history(view, record.entity.address, record.id), language=language
        )

    def list(self, address: str, who: Actor | None = None, **query):
        return self.read(who or self.owner, lambda view: listing(view, address, Query(**query)))

    def journal(self, record, looks: bool = False) -> list[Any]:
        """Entries about one record, oldest first, as the table has them; `looks`: also who looked at it."""
        with self.site.database.reading() as connection:
            return connection.execute(
                sa.select(JOURNAL)
                .where(JOURNAL.c.record_id == record.id, sa.true() if looks else JOURNAL.c.operation != LOOK)
                .order_by(JOURNAL.c.id)
            ).all()


@pytest.fixture(scope="module")
def office(site):
    return Office(site)


@pytest.fixture(scope="module")
def other(site):
    """Another organisation: nothing of it is to be seen from `office`."""
    return Office(site)


@pytest.fixture(scope="module")
def things(office):
    """Records that others link to."""
    made = office.create
    return SimpleNamespace(
        wood=made("lab.supplier", {"name": "Ағаш", "area": "wood"}),
        metal=made("lab.supplier", {"name": "Темір", "area": "metal"}),
        closed=made("lab.supplier", {"name": "Жабық", "open": False}),
        plank=made("lab.item", {"name": "Тақтай", "price": "100.50", "area": "wood"}),
        nail=made("lab.item", {"name": "Шеге", "price": "3", "area": "metal"}),
    )


def refused(work: Callable[[], Any]) -> Refusal:
    """The refusal that `work` raises; a failure when it raises none."""
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value


def said(refusal: Refusal) -> set[tuple[str, str]]:
    """(path, code) of everything a refusal says."""
    return {(p.path, p.code) for p in refusal.problems}
