"""What was typed and not saved: kept for one person, offered when the form is opened again, never put in silently."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.services import drafts
from engine.services.actor import Actor, system
from engine.storage.system.personal import DRAFT
from engine.storage.tables import tables_of
from tests.web.conftest import Browser, line, order

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def no_drafts(club):
    with club.site.database.writing() as connection:
        connection.execute(sa.delete(DRAFT))


def member(chief, name="Әлия"):
    return chief.post("/club/member/new", _fields="name", name=name).headers["Location"]


def version(chief, place):
    return re.search(r'name="version" value="(\d+)"', chief.get(f"{place}/edit").text)[1]


def test_unsaved_work_is_offered_and_continued_with_its_rows(chief, club):
    typed = order(club, note="жарты жұмыс", **line(1, str(club.service), "7", "70"))
    kept = chief.post("/club/order/draft", typed, headers=HTMX)
    assert kept.status_code == 200 and re.fullmatch(r"\d\d:\d\d", kept.headers["X-Draft"])
    page = chief.get("/club/order/new")
    assert "У вас есть несохранённая работа" in page.text and "жарты жұмыс" not in page.text, "never silently"
    again = chief.get(re.search(r'href="([^"]*draft=continue)"', page.text)[1])
    assert 'value="жарты жұмыс"' in again.text and 'name="lines-1-quantity"' in again.text
    assert "Это ваша несохранённая работа" in again.text and "data-draft-offer" not in again.text
    assert 'data-dirty="yes"' in again.text


def test_a_save_clears_the_draft(chief, club):
    chief.post("/club/order/draft", order(club, note="жарты"), headers=HTMX)
    assert chief.post("/club/order/new", order(club)).status_code == 303
    assert "data-draft-offer" not in chief.get("/club/order/new").text
    place = member(chief)
    seen = version(chief, place)
    chief.post(f"{place}/draft", _fields="name", name="Жарты", version=seen, headers=HTMX)
    assert "data-draft-offer" in chief.get(f"{place}/edit").text
    assert chief.post(f"{place}/edit", _fields="name", name="Бүтін", version=seen).status_code == 303
    assert "data-draft-offer" not in chief.get(f"{place}/edit").text


def test_a_refused_save_keeps_the_draft(chief, club):
    chief.post("/club/member/draft", _fields="name", name="Жарты", headers=HTMX)
    assert chief.post("/club/member/new", _fields="name", name="").status_code == 422
    assert "data-draft-offer" in chief.get("/club/member/new").text


def test_discarding_forgets_it(chief, club):
    chief.post("/club/order/draft", order(club), headers=HTMX)
    assert chief.post("/club/order/draft/discard").status_code == 303
    assert "data-draft-offer" not in chief.get("/club/order/new").text


def test_nobody_reaches_the_draft_of_another(chief, helper, club):
    place = member(chief)
    seen = version(chief, place)
    chief.post("/club/member/draft", _fields="name", name="Жалғыз менікі", headers=HTMX)
    chief.post(f"{place}/draft", _fields="name", name="Жалғыз менікі", version=seen, headers=HTMX)
    for page in ("/club/member/new", f"{place}/edit"):
        text = helper.get(page).text + helper.get(f"{page}?draft=continue").text
        assert "data-draft-offer" not in text and "Жалғыз менікі" not in text
    helper.post("/club/member/draft/discard")
    assert "data-draft-offer" in chief.get("/club/member/new").text


def test_rights_judge_a_continued_draft_anew(chief, helper, club):
    """A helper neither sees the fee nor keeps one that a hand-made request put into the draft."""
    helper.post("/club/member/draft", {"_fields": "name paying fee", "name": "Жанар", "paying": "yes", "fee": "7777"},
                headers=HTMX)
    page = helper.get("/club/member/new?draft=continue")
    assert 'value="Жанар"' in page.text and 'name="fee"' not in page.text and "7777" not in page.text


def test_no_draft_is_kept_where_one_may_not_write(helper, club):
    assert helper.post("/club/order/draft", order(club), headers=HTMX).status_code == 403
    assert helper.post(f"/club/service/{club.service}/draft", _fields="name", headers=HTMX).status_code == 403
    nothing = "01931f5e-7c00-7000-8000-00000000000a"
    assert helper.post(f"/club/member/{nothing}/draft", _fields="name", headers=HTMX).status_code == 404


def test_what_is_kept_cannot_be_read_in_the_database(chief, club):
    chief.post("/club/member/draft", _fields="name", name="ашық мәтін", headers=HTMX)
    with club.site.database.reading() as connection:
        (stored,) = connection.execute(sa.select(DRAFT.c["values"])).scalars()
    assert "ашық" not in str(stored) and "\\u0430" not in str(stored)


def test_a_secret_is_never_kept(club):
    with club.site.database.reading() as connection:
        user = tables_of(club.site.catalog).of("system.user")
        id = connection.execute(sa.select(user.c.id).where(user.c.login == "chief")).scalar()
    actor = Actor("user", id, "chief", "chief", None, club.organisation, (), frozenset({"administrator"}), "ru")
    pairs = [("login", "zere"), ("password", "құпиясөз 12")]
    club.site.write(actor, lambda uow: drafts.keep(uow, "system.user", "new", pairs, None))
    kept = club.site.read(actor, lambda view: drafts.kept(view, "system.user", "new"))
    assert kept.pairs == [("login", "zere")]


def test_an_old_draft_is_offered_no_more_and_swept(chief, club):
    chief.post("/club/order/draft", order(club), headers=HTMX)
    with club.site.database.writing() as connection:
        connection.execute(sa.update(DRAFT).values(at=club.site.clock.now() - timedelta(days=31)))
    assert "data-draft-offer" not in chief.get("/club/order/new").text
    assert club.site.write(system(), drafts.sweep) == 1


def test_too_much_is_said_and_the_form_stays(chief, club):
    answer = chief.post("/club/order/draft", order(club, note="x" * 1_600_000), headers=HTMX)
    assert answer.status_code == 413 and "слишком много" in answer.text


def test_the_answer_tells_that_the_record_moved_and_who_else_is_typing(chief, helper, club):
    place = member(chief)
    seen = version(chief, place)
    helper.post(f"{place}/draft", _fields="name", name="Басқа", version=seen, headers=HTMX)
    quiet = chief.post(f"{place}/draft", _fields="name", name="Мен", version=seen, headers=HTMX)
    assert "меняет также: helper" in quiet.text and "_merge" not in quiet.text
    assert helper.post(f"{place}/edit", _fields="name", name="Басқа", version=seen).status_code == 303
    told = chief.get(f"{place}/standing?version={seen}", HX_Request="true")
    assert "helper: запись сохранена" in told.text and 'value="look"' in told.text
    assert "меняет также" not in told.text, "a saved draft is no typing"


def test_a_draft_of_a_record_that_moved_goes_through_the_merge(chief, helper, club):
    place = member(chief, "Болат")
    seen = version(chief, place)
    typed = {"_fields": "name joined", "name": "Болат А.", "joined": "2026-02-03", "version": seen}
    chief.post(f"{place}/draft", typed, headers=HTMX)
    helper.post(f"{place}/edit", _fields="name", name="Болат Б.", version=seen)
    page = chief.get(f"{place}/edit?draft=continue")
    assert "Изменили оба" in page.text and "Болат А." in page.text and "Болат Б." in page.text


def test_an_own_browser_is_enough_to_continue_elsewhere(chief, club):
    chief.post("/club/order/draft", order(club, note="басқа жерде"), headers=HTMX)
    elsewhere = Browser(club.app, "chief", "kk")
    assert "Сақталмаған жұмысыңыз бар" in elsewhere.get("/club/order/new").text
