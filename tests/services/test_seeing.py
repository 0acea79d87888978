"""Whoever is shown a restricted field leaves an entry; whoever is not, leaves none."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.services import records
from engine.services.registries import Query, groups, listing, note_print
from engine.services.seeing import AGAIN, LOOK
from engine.services.transfer.exporting import export
from engine.storage.system.tables import JOURNAL


@pytest.fixture
def owner(office):
    """The owner in a session of this test's own."""
    owner.number = getattr(owner, "number", 0) + 1
    return replace(office.owner, session_id=f"seeing {owner.number}")


@pytest.fixture
def supplier(office):
    return office.create("lab.supplier", {"name": "Қайың", "pin": "1234", "rating": 5})


def looks(office, who):
    with office.site.database.reading() as connection:
        rows = connection.execute(sa.select(JOURNAL).where(
            JOURNAL.c.operation == LOOK, JOURNAL.c.session_id == who.session_id).order_by(JOURNAL.c.id)).all()
    return [(r.entity, r.record_id, r.changes["fields"]) for r in rows]


def test_a_record_that_is_opened_is_journalled_once_in_a_while(office, owner, supplier):
    def open_it(who):
        return office.site.read(who, lambda view: records.read(view, "lab.supplier", supplier.id), request_id="R1")

    for _ in range(3):
        open_it(owner)
    assert looks(office, owner) == [("lab.supplier", supplier.id, ["pin"])]
    other = replace(owner, session_id=f"{owner.session_id} b")
    open_it(other)
    assert len(looks(office, other)) == 1
    office.site.clock.moment += AGAIN + timedelta(seconds=1)
    open_it(owner)
    assert len(looks(office, owner)) == 2
    with office.site.database.reading() as connection:
        last = connection.execute(sa.select(JOURNAL).where(
            JOURNAL.c.session_id == owner.session_id).order_by(JOURNAL.c.id.desc())).first()
    assert last.request_id == "R1" and last.actor_id == owner.user_id and last.at == office.site.clock.now()
    assert last.organisation_id == office.id and last.code


def test_who_may_not_see_the_field_leaves_no_entry(office, owner, supplier):
    for role in ("reader", "author"):
        who = replace(office.person(role), session_id=f"{owner.session_id} {role}")
        office.read(who, lambda view: records.read(view, "lab.supplier", supplier.id))
        office.read(who, lambda view: listing(view, "lab.supplier", Query()))
        assert looks(office, who) == []
    office.read(office.system, lambda view: records.read(view, "lab.supplier", supplier.id))
    assert looks(office, office.system) == []


def test_lists_groups_histories_and_forms_are_looks_too(office, owner, supplier):
    empty = office.create("lab.supplier", {"name": "Емен"})

    def seen(work, **more):
        who = replace(owner, session_id=f"{owner.session_id} {len(list_of)}")
        list_of.append(office.site.read(who, work, **more))
        return looks(office, who)

    list_of = []
    ids = [supplier.id, empty.id]
    own = ("lab.supplier", supplier.id, ["pin"])
    assert seen(lambda view: listing(view, "lab.supplier", Query(ids=ids))) == [own], "an empty field was not seen"
    assert seen(lambda view: listing(view, "lab.supplier", Query(ids=ids, fields=("name",)))) == []
    assert seen(lambda view: records.opened(view, "lab.supplier", supplier.id)) == [own]
    assert seen(lambda view: records.history(view, "lab.supplier", supplier.id)) == [own]
    assert seen(lambda view: groups(view, "lab.supplier", Query(ids=ids), ["pin"])) == [
        ("lab.supplier", None, ["pin"])]
    item = office.create("lab.item", {"name": "Тақтай", "supplier": str(supplier.id)})

    def items(*fields):
        return seen(lambda view: listing(view, "lab.item", Query(ids=[item.id], fields=fields)))

    assert items("supplier", "supplier.pin") == [own]
    assert items("name", "supplier.pin") == [("lab.item", item.id, ["supplier.pin"])]
    assert items("name", "supplier.name") == []


def test_a_save_that_changes_nothing_still_shows(office, owner, supplier):
    office.write(owner, lambda uow: records.read(uow, "lab.supplier", supplier.id))
    assert looks(office, owner) == [("lab.supplier", supplier.id, ["pin"])]


def test_looks_are_no_changes(office, owner, supplier):
    office.site.read(owner, lambda view: records.read(view, "lab.supplier", supplier.id))
    assert looks(office, owner)
    assert [e.operation for e in office.history(supplier)] == ["create"]


def test_exports_and_prints_name_what_was_shown(office, owner, supplier):
    export(office.site, owner, "lab.supplier", Query(ids=[supplier.id]), "csv", io.BytesIO(), paths=("name", "pin"))
    export(office.site, owner, "lab.supplier", Query(ids=[supplier.id]), "csv", io.BytesIO(), paths=("name",))
    query = Query(ids=[supplier.id], fields=("name", "pin"))
    office.write(owner, lambda uow: note_print(uow, "lab.supplier", query, [supplier.id]))
    with office.site.database.reading() as connection:
        rows = connection.execute(sa.select(JOURNAL).where(
            JOURNAL.c.session_id == owner.session_id, JOURNAL.c.operation.in_(["export", "print"])
        ).order_by(JOURNAL.c.id)).all()
    assert [r.changes.get("fields") for r in rows] == [["pin"], None, ["pin"]]
    assert rows[2].changes["ids"] == [str(supplier.id)] and rows[2].changes["records"] == 1


def test_a_long_write_delays_the_entry_and_not_the_answer(office, owner, supplier):
    if office.site.database.dialect != "sqlite":
        pytest.skip("on PostgreSQL nobody holds the only write lock")
    begun, done = threading.Event(), threading.Event()

    def hold():
        with office.site.database.writing():
            begun.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait(20)
    try:
        office.site.read(owner, lambda view: records.read(view, "lab.supplier", supplier.id))
        assert looks(office, owner) == [] and office.site.looks.waiting
    finally:
        done.set()
        holder.join()
    until = threading.Event()
    for _ in range(100):
        if looks(office, owner):
            break
        until.wait(0.1)
    assert looks(office, owner) == [("lab.supplier", supplier.id, ["pin"])]
