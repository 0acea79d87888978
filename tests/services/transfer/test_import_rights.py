"""Who may import, what they may reach by it, and that nobody meets another's import."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

from engine.errors import NotAllowed, NotFound
from engine.services.transfer.importing import keeping, verbs
from engine.services.transfer.importing.targets import targets
from engine.storage.system.tables import IMPORT, JOURNAL
from tests.services.transfer.conftest import Shop, csv, refused

PEOPLE = csv([["Фамилия", "Имя", "ИИН"], ["Ким", "Алина", "900101350003"]])
CARDS = [["Номер карты", "Владелец", "Дата выдачи"], ["K-1", "Ким Алина", "01.09.2026"]]


def paths(store, address: str, who) -> set[str]:
    return store.site.read(who, lambda view: set(targets(view, verbs.entity_for(view, address))))


def test_without_the_right_nothing_begins(store):
    looker, stranger = store.person("looker"), store.person("stranger")
    assert isinstance(refused(lambda: store.begin("shop.card", PEOPLE, looker)), NotAllowed)
    assert isinstance(refused(lambda: store.begin("shop.card", PEOPLE, stranger)), NotFound)
    assert isinstance(refused(lambda: store.begin("no.such", PEOPLE)), NotFound)
    assert isinstance(refused(lambda: store.begin("shop.options", PEOPLE)), NotFound), "settings are one record"
    folder = store.site.settings.data / keeping.FOLDER
    assert not folder.exists() or not [p for p in folder.iterdir() if p.stat().st_mtime > 0 and not any(p.iterdir())]


def test_a_field_that_one_may_not_write_is_not_offered_and_not_taken(store):
    writer = store.person("writer")
    assert paths(store, "shop.card", writer) == {
        "number", "buyer", "buyer.last_name", "buyer.first_name", "buyer.iin", "buyer.born", "since", "note"}
    assert "diagnosis" in paths(store, "shop.buyer", store.owner)
    assert not {"diagnosis", "pass", "photo", "full_name", "organisation"} & paths(store, "shop.buyer", writer)
    id = store.begin("shop.card", csv([["Номер карты", "Уровень"], ["K-1", "gold"]]), writer)
    plan = store.proposed("shop.card", id, writer)
    assert plan.columns == {0: "number"}
    plan.columns[1] = "level"
    assert refused(lambda: store.choose("shop.card", id, plan, writer)).problems[0].code == "import.column"


def test_a_record_of_another_organisation_is_not_found(store, site):
    elsewhere = Shop(site)
    elsewhere.bring("shop.buyer", PEOPLE)
    id = store.begin("shop.card", csv(CARDS))
    store.choose("shop.card", id, store.proposed("shop.card", id))
    checked = store.check("shop.card", id)
    assert checked.places == {(2, "buyer")} and "link.unknown" not in str(checked.told[0][2].get("near"))
    assert checked.told[0][2]["near"] == [], "nobody of theirs is offered either"
    assert store.bring("shop.buyer", PEOPLE, mode="create", key=())["created"] == 1, "their number is no twin of ours"


def test_what_one_may_not_see_is_neither_found_nor_offered(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "Дата рождения"], ["Ким", "Алина", "01.01.1990"],
                                   ["Ли", "Юна", "01.01.2005"]]))
    local = store.person("local")
    id = store.begin("shop.card", csv([*CARDS, ["K-2", "Ли Юна", "01.09.2026"]]), local)
    store.choose("shop.card", id, store.proposed("shop.card", id, local), local)
    checked = store.check("shop.card", id, local)
    assert checked.places == {(2, "buyer")} and checked.created == 1


def test_rows_outside_of_what_the_right_covers_are_refused(store):
    store.bring("shop.buyer", csv([["Фамилия", "Имя", "Дата рождения"], ["Ли", "Юна", "01.01.2005"]]))
    local = store.person("local")
    table = csv([["Номер карты", "Владелец", "Дата выдачи", "Уровень"], ["K-1", "Ли Юна", "01.09.2026", "Обычная"],
                 ["K-2", "Ли Юна", "01.09.2026", "Золотая"]])
    id = store.begin("shop.card", table, local)
    store.choose("shop.card", id, store.proposed("shop.card", id, local), local)
    checked = store.check("shop.card", id, local)
    assert checked.created == 1 and checked.places == {(3, "")}


def test_who_may_only_add_is_offered_nothing_else(store):
    writer = store.person("writer")
    assert store.site.read(writer, lambda v: verbs.modes(v, v.catalog.entity("shop.card"))) == ("create",)
    assert len(store.site.read(store.owner, lambda v: verbs.modes(v, v.catalog.entity("shop.card")))) == 3
    id = store.begin("shop.card", csv(CARDS), writer)
    plan = store.proposed("shop.card", id, writer)
    plan.mode, plan.key = "update", ("number",)
    assert isinstance(refused(lambda: store.choose("shop.card", id, plan, writer)), NotAllowed)


def test_another_persons_import_is_not_there(store, site):
    id = store.begin("shop.buyer", PEOPLE)
    plan = store.proposed("shop.buyer", id)
    for other in (store.person("owner", "looker"), Shop(site).owner):
        for work in (
            lambda other=other: store.proposed("shop.buyer", id, other),
            lambda other=other: store.choose("shop.buyer", id, plan, other),
            lambda other=other: store.check("shop.buyer", id, other),
            lambda other=other: store.carry_out("shop.buyer", id, other),
            lambda other=other: store.write(other, lambda uow: verbs.give_up(uow, "shop.buyer", id)),
        ):
            assert isinstance(refused(work), NotFound)
    assert isinstance(refused(lambda: store.proposed("shop.card", id)), NotFound), "nor under another list"
    assert isinstance(refused(lambda: store.proposed("shop.buyer", "x")), NotFound)


def test_the_journal_tells_who_imported_what(store):
    done = store.bring("shop.buyer", PEOPLE)
    with store.site.database.reading() as connection:
        entries = connection.execute(
            sa.select(JOURNAL).where(JOURNAL.c.organisation_id == store.id, JOURNAL.c.entity == "shop.buyer")
            .order_by(JOURNAL.c.id)).all()
    assert [e.operation for e in entries] == ["create", "import"]
    assert entries[-1].changes == {"file": "table.xlsx", "created": 1, "updated": 0, "same": 0, "along": 0}
    assert {e.actor_id for e in entries} == {store.owner.user_id} and done["created"] == 1


def test_the_file_goes_when_it_is_done_and_nothing_personal_stays(store):
    id = store.begin("shop.buyer", PEOPLE)
    store.choose("shop.buyer", id, store.proposed("shop.buyer", id))
    store.check("shop.buyer", id)
    folder = keeping.folder_of(store.site, id)
    assert folder.is_dir() and folder.stat().st_mode & 0o077 == 0
    store.carry_out("shop.buyer", id)
    assert not folder.exists()
    with store.site.database.reading() as connection:
        row = connection.execute(sa.select(IMPORT).where(IMPORT.c.id == id)).one()
    assert row.state == "done" and row.corrections is None and "Ким" not in str(row)
    assert isinstance(refused(lambda: store.carry_out("shop.buyer", id)), NotFound), "it is not done twice"


def test_what_was_left_off_is_swept_after_a_day(store):
    id, kept = store.begin("shop.buyer", PEOPLE), keeping.folder_of(store.site, store.begin("shop.buyer", PEOPLE))
    stray = store.site.settings.data / keeping.FOLDER / "01931f5e-7c00-7000-8000-000000000001"
    stray.mkdir()
    os.utime(stray, (0, 0))
    store.site.clock.moment += keeping.KEPT / 2
    store.write(store.owner, keeping.sweep)
    assert kept.exists() and not stray.exists()
    store.site.clock.moment += keeping.KEPT
    store.write(store.owner, keeping.sweep)
    assert not kept.exists() and isinstance(refused(lambda: store.proposed("shop.buyer", id)), NotFound)


def test_giving_up_deletes_the_file(store):
    id = store.begin("shop.buyer", PEOPLE)
    store.write(store.owner, lambda uow: verbs.give_up(uow, "shop.buyer", id))
    assert not keeping.folder_of(store.site, id).exists()


@pytest.mark.parametrize("broken", [b"", b"%PDF", b"MZ\x90\0"])
def test_a_file_that_cannot_be_read_leaves_nothing_behind(store, broken):
    place = store.site.settings.data / keeping.FOLDER
    before = {p.name for p in place.iterdir()} if place.is_dir() else set()
    refused(lambda: store.begin("shop.buyer", broken))
    assert {p.name for p in place.iterdir()} == before
