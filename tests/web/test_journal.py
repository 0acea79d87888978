"""The journal on screen: for the roles that may, of their organisation only, with values only of what they may see."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from engine.ids import new_id
from engine.services import journal, records
from engine.services.actor import Actor, Held, system
from engine.services.audit import Entry
from engine.services.jobs import work_off
from engine.storage.system.tables import JOURNAL, SEAL
from engine.storage.tables import tables_of
from tests.conftest import Statements


@pytest.fixture(scope="module")
def told(club):
    """A member whose fee was changed, and a foreign organisation with a change of its own."""
    who = club.site.write(system(club.organisation), lambda uow: records.create(
        uow, "club.member", {"name": "Айша Серікова", "paying": "yes", "fee": "1000"}))
    with club.site.database.reading() as connection:
        user = tables_of(club.site.catalog).of("system.user")
        ids = dict(connection.execute(sa.select(user.c.login, user.c.id)).all())
    chief = Actor("user", ids["chief"], "chief", "chief", None, club.organisation, (), frozenset({"chief"}), "ru",
                  address="10.1.2.3")
    club.site.write(chief, lambda uow: records.edit(uow, "club.member", who.id, {"fee": "2500"}, who.version))
    other = club.site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "C9", "name": {"kk": "Бөтен", "ru": "Чужая"}, "kind": "school", "legal": True}))
    foreign = club.site.write(system(other.id), lambda uow: records.create(
        uow, "club.member", {"name": "Бөтен Біреу"}))
    journal.seal(club.site)
    return {"member": who, "foreign": foreign, "chief": ids["chief"], "other": other.id}


def entry_of(club, record, operation):
    with club.site.database.reading() as connection:
        return connection.scalar(sa.select(JOURNAL.c.id).where(
            JOURNAL.c.record_id == record.id, JOURNAL.c.operation == operation))


def test_whoever_may_not_has_no_journal(club, told, helper):
    entry = entry_of(club, told["member"], "edit")
    for path in ("/journal", "/journal/proof", "/journal/figures", f"/journal/{entry}"):
        assert helper.get(path).status_code == 404, path
    assert "/journal" not in helper.get("/").text
    for path in ("/journal/export", "/journal/proof", "/journal/figures/export", "/journal/figures/keep"):
        assert helper.post(path, format="csv", name="x").status_code == 404, path
    assert club.app.test_client().get("/journal").status_code in (302, 303, 401)


def test_entries_are_listed_and_narrowed(club, told, chief):
    page = chief.get("/journal").text
    assert "Айша Серікова" in page and "Бөтен Біреу" not in page and 'href="/journal"' in chief.get("/").text
    assert "вошёл" in chief.get("/journal?kind=doors").text
    assert "вошёл" not in chief.get("/journal?kind=changes").text
    assert "Айша" in chief.get("/journal?module=club").text
    assert "Айша" not in chief.get("/journal?module=system").text
    assert "Айша" in chief.get(f"/journal?person={told['chief']}&entity=club.member").text
    today = club.site.clock.today()
    assert "Айша" in chief.get(f"/journal?since={today}&until={today}").text
    assert "Ничего не найдено" in chief.get(f"/journal?until={today - timedelta(days=2)}").text
    assert chief.get("/journal?kind=nonsense").status_code == 400
    assert chief.get("/journal?since=nonsense&record=nonsense").status_code == 200


def test_pages_follow_one_another(club, told, chief):
    club.site.write(system(club.organisation), lambda uow: [
        uow.record(Entry("edit", "club.member", new_id(), n)) for n in range(120)])
    seen, url = [], "/journal?kind=changes"
    for _ in range(10):
        page = chief.get(url).text
        seen += re.findall(r'href="/journal/([0-9a-f-]{36})"', page)
        more = re.search(r'href="([^"]+)" rel="next"', page)
        if more is None:
            break
        url = more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) >= 122 and seen == sorted(seen, reverse=True)
    assert chief.get("/journal?before=nonsense").status_code == 400


def test_one_entry_says_what_changed(club, told, chief):
    page = chief.get(f"/journal/{entry_of(club, told['member'], 'edit')}").text
    assert "1 000" in page.replace("\xa0", " ") and "2 500" in page.replace("\xa0", " ")
    assert "10.1.2.3" in page and "опечатана" in page and "Айша Серікова" in page
    assert chief.get(f"/journal/{entry_of(club, told['foreign'], 'create')}").status_code == 404
    assert chief.get(f"/journal/{new_id()}").status_code == chief.get("/journal/nonsense").status_code == 404


def test_values_that_the_reader_may_not_see_are_masked(club, told):
    """A reader of the journal who sees no fees reads that something changed, not what."""
    reader = Actor("user", told["chief"], "h", "h", None, club.organisation, (), frozenset({"helper", "administrator"}))
    id = entry_of(club, told["member"], "edit")
    shown = club.site.read(reader, lambda view: journal.entry(view, id))
    assert [c.title for c in shown.changes] == [] and shown.hidden == 1
    gone = Actor("user", told["chief"], "h", "h", None, club.organisation, (), frozenset({"administrator"}))
    shown = club.site.read(gone, lambda view: journal.entry(view, id))
    assert not shown.changes and shown.hidden == 1 and not shown.line.record, "the record is not theirs at all"
    line = club.site.read(gone, lambda view: journal.entries(view, journal.Asked(record_id=told["member"].id))).lines[0]
    assert not line.record


def test_a_role_in_a_part_reads_no_journal(club, told):
    part = Actor("user", told["chief"], "h", "h", None, club.organisation, (), frozenset({"chief"}),
                 parted=(Held("chief", False, (club.organisation,)),))
    assert journal.reach(club.site.catalog, part) == ""
    elsewhere = Actor("user", told["chief"], "h", "h", None, told["other"], (), frozenset({"chief"}))
    lent = Actor("user", new_id(), "h", "h", None, club.organisation, (), frozenset({"chief"}),
                 standing_in=(elsewhere,), own_roles=frozenset())
    assert journal.reach(club.site.catalog, lent) == ""


def test_statements_do_not_grow_with_entries(club, told, chief):
    def cost(path):
        chief.get(path)
        with Statements(club.site.database.engine) as statements:
            assert chief.get(path).status_code == 200
        return len(statements)

    few = cost(f"/journal?record={told['member'].id}&entity=club.member"), cost("/journal/figures")
    club.site.write(system(club.organisation), lambda uow: [
        uow.record(Entry("edit", "club.member", told["member"].id, n)) for n in range(40)])
    many = cost(f"/journal?record={told['member'].id}&entity=club.member"), cost("/journal/figures")
    assert few == many and max(many) <= 6, (few, many)


def test_statistics_are_shown_kept_and_exported(club, told, chief):
    for by, word in (("module", "Кружок"), ("role", "Руководитель"), ("person", "chief")):
        page = chief.get(f"/journal/figures?by={by}")
        assert page.status_code == 200 and word in page.text, by
    assert chief.get("/journal/figures?by=nonsense").status_code == 400
    chief.get("/journal/figures")
    keep = "/journal/figures/keep?by=person&since=2026-01-01&until=2027-01-01"
    assert chief.post(keep, name="Год").status_code == 303
    page = chief.get("/journal/figures").text
    assert "Год" in page and "by=person&amp;since=2026-01-01" in page
    assert chief.post("/journal/figures/keep?by=person", name=" ").status_code == 422
    answer = chief.post("/journal/figures/export?by=person", format="csv")
    assert "chief" in answer.data.decode("utf-8-sig")
    chief.post("/journal/figures/keep", drop="Год")
    assert "Год" not in chief.get("/journal/figures").text


def test_entries_are_exported_and_the_export_is_journalled(club, told, chief):
    chief.get("/journal")
    answer = chief.post(f"/journal/export?entity=club.member&record={told['member'].id}", format="xlsx")
    sheet = load_workbook(BytesIO(answer.data)).active
    rows = list(sheet.values)
    assert rows[0][0] == "Когда" and any("Айша" in str(row) for row in rows[1:]) and "2500" not in str(rows)
    with club.site.database.reading() as connection:
        kept = connection.execute(sa.select(JOURNAL).where(
            JOURNAL.c.entity == "engine.journal").order_by(JOURNAL.c.id.desc())).first()
    assert kept.operation == "export" and kept.actor_id == told["chief"]
    assert chief.post("/journal/export", format="nonsense").status_code == 400


def test_the_proof_is_asked_for_by_a_press(club, told, chief):
    journal.seal(club.site, None)
    assert "никогда" in chief.get("/journal/proof").text
    answer = chief.post("/journal/proof")
    assert answer.status_code == 303 and answer.location.startswith("/jobs/")
    work_off(club.site)
    assert "таков, каким был записан" in chief.get("/journal/proof").text
    assert "/journal/proof" in chief.get(answer.location).text
    head = club.site.settings.data / "journal.head"
    kept = head.read_bytes()
    head.write_bytes(b"{}")
    chief.post("/journal/proof")
    work_off(club.site)
    page = chief.get("/journal/proof").text
    head.write_bytes(kept)
    assert "Найдено: 1" in page and "Голова, хранимая вне базы, изменена" in page
    with club.site.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(SEAL))
