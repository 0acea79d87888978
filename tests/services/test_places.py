"""Recent and starred records: one's own, only what may still be seen, bounded."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, NotFound
from engine.services import places
from engine.storage.system.personal import PLACE
from tests.conftest import MONDAY, Statements
from tests.services.conftest import Office


@pytest.fixture
def hall(site):
    return Office(site)


def supplier(office, name, **more):
    return office.create("lab.supplier", {"name": name, **more})


def visited(office, record, who=None, minutes=0):
    office.site.clock.moment = MONDAY + timedelta(minutes=minutes)
    office.write(who or office.owner, lambda uow: places.visit(uow, record.entity.address, record.id))


def star(office, record, who=None, on=None):
    return office.write(who or office.owner, lambda uow: places.star(uow, record.entity.address, record.id, on))


def kept(office, who=None):
    found = office.read(who or office.owner, places.places)
    return [p.title for p in found.recent], [p.title for p in found.starred]


def test_the_last_opened_stands_first_and_a_star_stays(hall):
    one, two = supplier(hall, "Бір"), supplier(hall, "Екі")
    visited(hall, one)
    visited(hall, two, minutes=1)
    assert kept(hall) == (["Екі", "Бір"], [])
    assert star(hall, one) is True
    visited(hall, one, minutes=2)
    assert kept(hall) == (["Бір", "Екі"], ["Бір"])
    assert star(hall, one, on=True) is True and star(hall, one) is False
    assert kept(hall) == (["Бір", "Екі"], [])


def test_places_of_others_are_out_of_reach(hall):
    record = supplier(hall, "Менікі")
    visited(hall, record)
    star(hall, record)
    author = hall.person("author")
    assert kept(hall, author) == ([], [])
    star(hall, record, author)
    star(hall, record, author)
    assert kept(hall) == (["Менікі"], ["Менікі"]), "another person's star is not mine"


def test_what_may_no_longer_be_seen_is_not_named(hall):
    record, reader = supplier(hall, "Ашық"), hall.person("reader")
    visited(hall, record, reader)
    star(hall, record, reader)
    assert kept(hall, reader) == (["Ашық"], ["Ашық"])
    hall.edit(record, {"open": "no"})
    assert kept(hall, reader) == ([], [])
    assert kept(hall, hall.person("stranger")) == ([], [])


def test_a_record_that_is_not_shown_gets_no_star(hall, other):
    closed, foreign = supplier(hall, "Жабық", open="no"), supplier(other, "Бөтен")
    reader = hall.person("reader")
    for record, who in ((closed, reader), (foreign, hall.owner)):
        with pytest.raises(NotFound):
            star(hall, record, who)
        with pytest.raises(NotFound):
            hall.read(who, lambda view, r=record: places.place_of(view, r.entity.address, r.id))
    with pytest.raises(NotFound):
        hall.write(hall.owner, lambda uow: places.star(uow, "lab.supplier", "no id"))
    with pytest.raises(NotFound):
        hall.write(hall.owner, lambda uow: places.star(uow, "lab.nothing", closed.id))


def test_visits_and_stars_are_bounded(hall, monkeypatch):
    monkeypatch.setattr(places, "KEPT", 3)
    monkeypatch.setattr(places, "STARS", 2)
    found = [supplier(hall, f"Жеткізуші {n}") for n in range(5)]
    star(hall, found[0])
    for n, record in enumerate(found):
        visited(hall, record, minutes=n)
    with hall.site.database.reading() as connection:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(PLACE).where(
            PLACE.c.user_id == hall.owner.user_id))
    assert rows == 4, "three visits, and the star that outlives its visit"
    star(hall, found[1])
    with pytest.raises(Conflict):
        star(hall, found[2])
    assert star(hall, found[0], on=False) is False
    assert star(hall, found[2]) is True


def test_the_same_record_a_moment_later_is_not_written_again(hall):
    record = supplier(hall, "Жиі")

    def due():
        return hall.read(hall.owner, lambda view: places.is_due(
            view, places.place_of(view, record.entity.address, record.id)))

    assert due()
    visited(hall, record)
    assert not due()
    hall.site.clock.moment = MONDAY + timedelta(minutes=6)
    assert due()


def test_reading_places_costs_the_same_for_many_as_for_few(hall):
    records = [supplier(hall, f"Орын {n}") for n in range(12)]
    visited(hall, records[0])
    kept(hall)
    with Statements(hall.site.database.engine) as few:
        kept(hall)
    for n, record in enumerate(records):
        visited(hall, record, minutes=n)
        star(hall, record)
    with Statements(hall.site.database.engine) as many:
        assert len(kept(hall)[1]) == 12
    assert len(many) == len(few) == 2
