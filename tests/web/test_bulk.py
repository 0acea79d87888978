"""Actions on many records through the pages: what is picked, what is told before, what is done and taken back."""

from __future__ import annotations

import re

import pytest

from engine.services import jobs, records
from engine.services.actor import system
from engine.services.registries import Query, listing, sets
from tests.web.conftest import Browser, order

ADDRESS = "club.member"


@pytest.fixture
def members(club):
    """Six members of their own season, two of them paying."""
    raws = [{"name": f"Бірлесу {n}", "joined": "2026-05-0" + str(n + 1), "paying": n < 2,
             **({"fee": "100"} if n < 2 else {})} for n in range(6)]
    made = club.site.write(system(club.organisation), lambda uow: records.create_many(uow, ADDRESS, raws))
    yield made
    left = [(m.id, None) for m in made]
    club.site.write(system(club.organisation), lambda uow: sets.act(uow, ADDRESS, "archive", left, skip=True))


def values(club, made):
    read = club.site.read
    return [read(system(club.organisation), lambda view, m=m: records.read(view, ADDRESS, m.id)).hidden for m in made]


def ids(made):
    return [f"{m.id}.{m.version}" for m in made]


MAY = "/club/member?joined.between=2026-05-01&joined.between=2026-05-31"


def at(verb):
    return MAY.replace("?", f"/bulk/{verb}?")


def undo_of(page):
    """What the Undo button of the notice posts: (URL, fields)."""
    form = re.search(r'<form method="post" action="([^"]+/undo)">(.*?)</form>', page.text, re.S)
    return form[1], dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))


# -- what the list offers ----------------------------------------------------------------------------------------------


def test_the_list_offers_to_each_what_they_may_do(chief, helper, members):
    page = chief.get(MAY).text
    assert [v for v in ("edit", "archive", "restore", "post", "print") if f"/bulk/{v}?" in page] == ["edit", "archive"]
    assert page.count('name="_id"') == 6 and 'form="bulk"' in page
    assert [v for v in ("edit", "archive") if f"/bulk/{v}?" in helper.get(MAY).text] == ["edit"]
    chief.post(at("archive"), _id=ids(members)[:1])
    archive = chief.get("/club/member?archived=1").text
    assert "/bulk/restore?" in archive and "/bulk/edit" not in archive
    services = helper.get("/club/service").text
    assert 'name="_id"' not in services and 'id="bulk"' not in services, "nothing to do, so nothing to pick"


def test_pressing_with_nothing_picked_says_what_to_do(chief, members):
    answer = chief.post(at("edit"))
    assert answer.status_code == 303 and answer.headers["Location"] == MAY
    assert "Сначала отметьте записи" in chief.get(MAY).text


# -- before it is done -------------------------------------------------------------------------------------------------


def test_the_form_asks_in_the_entitys_own_inputs_and_only_for_what_may_be_written(chief, helper, members):
    page = chief.post(at("edit"), _id=ids(members)[:3]).text
    assert "Изменить записи: 3" in page and 'type="date"' in page and 'name="fee"' in page
    assert 'name="photo"' not in page, "files are not set for many"
    assert re.search(r'<select name="paying"[^>]*>', page), "a box could not say: as it is"
    assert 'name="fee"' not in helper.post(at("edit"), _id=ids(members)[:3]).text


def test_what_will_change_is_counted_and_what_cannot_is_told_with_its_reason(chief, members, club):
    club.site.write(system(club.organisation),
                    lambda uow: records.edit(uow, ADDRESS, members[3].id, {"name": "Басқа"}, members[3].version))
    page = chief.post(at("edit"), _id=ids(members), _fields="paying fee", paying="yes",
                      headers={"HX-Request": "true"}).text
    assert page.lstrip().startswith("<div") and 'id="weighed"' in page and "<html" not in page
    assert "Уже так: 2" in page and "Нельзя" not in page and "Изменить нельзя: 4" in page
    assert page.count("Заполните: Взнос") == 3
    assert f'href="/club/member/{members[3].id}"' in page and "сохранил" in page
    assert [v["paying"] for v in values(club, members)] == [True, True, False, False, False, False]


def test_nothing_filled_in_changes_nothing_and_says_so(chief, members, club):
    answer = chief.post(at("edit"), _id=ids(members), _fields="joined", joined="", _step="do")
    assert answer.status_code == 422 and "Заполните то, что нужно изменить" in answer.text
    assert [v["version"] for v in values(club, members)] == [1] * 6


def test_a_wrong_value_comes_back_with_what_was_typed(chief, members, club):
    answer = chief.post(at("edit"), _id=ids(members), _fields="fee paying", fee="тең емес", paying="yes", _step="do")
    assert answer.status_code == 422 and "тең емес" in answer.text and "Изменить нельзя: 6" in answer.text
    assert [v["version"] for v in values(club, members)] == [1] * 6


# -- doing and taking back ---------------------------------------------------------------------------------------------


def test_many_are_changed_at_once_and_changed_back(chief, members, club):
    answer = chief.post(at("edit"), _id=ids(members), _fields="joined fee", joined="2026-05-20", _step="do")
    assert answer.status_code == 303 and answer.headers["Location"] == MAY
    page = chief.get(MAY)
    assert "Изменено 6 записей" in page.text
    assert {str(v["joined"]) for v in values(club, members)} == {"2026-05-20"}
    url, sent = undo_of(page)
    assert chief.post(url, sent).status_code == 303
    page = chief.get(MAY)
    assert "Отменено: 6 записей" in page.text
    assert [str(v["joined"]) for v in values(club, members)] == [f"2026-05-0{n + 1}" for n in range(6)]


def test_what_was_changed_meanwhile_is_named_by_the_undo(chief, members, club):
    chief.post(at("edit"), _id=ids(members), _fields="joined", joined="2026-05-20", _step="do")
    url, sent = undo_of(chief.get(MAY))
    club.site.write(system(club.organisation),
                    lambda uow: records.edit(uow, ADDRESS, members[1].id, {"name": "Кейін"}, 2))
    chief.post(url, sent)
    page = chief.get(MAY).text
    assert "Отменено: 5 записей. Остались как есть: 1" in page
    assert f'<a href="/club/member/{members[1].id}">Кейін</a>: Запись изменили после этого действия' in page


def test_others_are_changed_when_the_person_leaves_the_impossible_out(chief, members, club):
    sent = {"_id": ids(members), "_fields": "paying fee", "paying": "yes", "_step": "do"}
    assert chief.post(at("edit"), sent).status_code == 422
    assert [v["paying"] for v in values(club, members)] == [True, True] + [False] * 4
    answer = chief.post(at("edit"), sent, _skip="1")
    assert answer.status_code == 303
    assert "Уже так: 2. Остались как были: 4" in chief.get(MAY).text


def test_a_field_is_made_empty(chief, members, club):
    chief.post(at("edit"), _id=ids(members)[2:4], _fields="joined", joined="", _clear="joined", _step="do")
    assert [v["joined"] for v in values(club, members)[2:4]] == [None, None]
    answer = chief.post(at("edit"), _id=ids(members)[4:], _fields="name", _clear="name", _step="do")
    assert answer.status_code == 422 and "Заполните: Имя" in answer.text


def test_all_that_match_are_found_again_by_the_server(chief, members, club):
    page = chief.post(at("edit"), _all="1", _fields="joined", joined="2026-05-21").text
    assert "Изменить записи: 6" in page and 'name="_count" value="6"' in page
    sent = {"_all": "1", "_fields": "joined", "joined": "2026-05-21", "_step": "do"}
    assert chief.post(at("edit"), sent, _count="5").status_code == 422, "the list has grown meanwhile"
    assert chief.post(at("edit"), sent, _count="6").status_code == 303
    assert {str(v["joined"]) for v in values(club, members)} == {"2026-05-21"}


def test_archiving_needs_no_question_and_is_taken_back(chief, members, club):
    answer = chief.post(at("archive"), _id=ids(members)[:2])
    assert answer.status_code == 303
    page = chief.get(MAY)
    assert "2 записи убраны в архив" in page.text
    assert [bool(v["archived_at"]) for v in values(club, members)] == [True, True] + [False] * 4
    url, sent = undo_of(page)
    chief.post(url, sent)
    assert not any(v["archived_at"] for v in values(club, members))


def test_documents_are_posted_after_a_question(chief, club):
    made = [chief.post("/club/order/new", order(club)).headers["Location"].rsplit("/", 1)[1] for _ in range(2)]
    picks = [f"{id}.1" for id in made]
    page = chief.post("/club/order/bulk/post", _id=picks)
    assert page.status_code == 200 and "Изменится: 2" in page.text and "Провести" in page.text
    assert chief.post("/club/order/bulk/post", _id=picks, _step="do").status_code == 303
    answer = chief.get("/club/order").text
    assert "Проведены 2 записи" in answer and "/undo" not in answer


# -- large sets --------------------------------------------------------------------------------------------------------


def test_a_large_set_is_changed_in_the_background(chief, members, club, monkeypatch):
    monkeypatch.setattr(sets, "AT_ONCE", 3)
    page = chief.post(at("edit"), _all="1", _fields="joined", joined="2026-05-22").text
    assert "меняются в фоне" in page
    answer = chief.post(at("edit"), _all="1", _count="6", _fields="joined", joined="2026-05-22", _step="do", _skip="1")
    assert answer.headers["Location"].startswith("/jobs/")
    jobs.work_off(club.site)
    assert {str(v["joined"]) for v in values(club, members)} == {"2026-05-22"}
    result = re.search(r'href="(/club/member/actions/[^"]+)"', chief.get(answer.headers["Location"]).text)[1]
    page = chief.get(result)
    assert "Изменено записей: 6" in page.text
    url, sent = undo_of(page)
    chief.post(url, sent)
    assert [str(v["joined"]) for v in values(club, members)] == [f"2026-05-0{n + 1}" for n in range(6)]


# -- what must not be --------------------------------------------------------------------------------------------------


def test_records_of_another_organisation_are_not_told_of(chief, club):
    unit = club.site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "C9", "name": {"kk": "Бөтен", "ru": "Чужой"}, "kind": "school", "legal": True}))
    foreign = club.site.write(system(unit.id), lambda uow: records.create(uow, ADDRESS, {"name": "Құпия адам"}))
    for step in ("", "do"):
        answer = chief.post(at("edit"), _id=f"{foreign.id}.1", _fields="joined", joined="2026-05-20", _step=step)
        assert "Құпия" not in answer.text and "Изменить нельзя: 1" in answer.text
    assert chief.post(at("archive"), _id=f"{foreign.id}.1").status_code in (404, 422)
    kept = club.site.read(system(unit.id), lambda view: records.read(view, ADDRESS, foreign.id))
    assert kept.version == 1


def test_a_filter_over_a_hidden_field_is_refused(helper, chief, members):
    sent = {"_all": "1", "_fields": "joined", "joined": "2026-05-20", "_step": "do"}
    hidden = helper.post("/club/member/bulk/edit?fee.ge=50", sent)
    unknown = helper.post("/club/member/bulk/edit?fea.ge=50", sent)
    assert hidden.status_code == unknown.status_code == 400
    assert chief.post("/club/member/bulk/edit?fee.ge=50", _all="1").status_code == 200


def test_fields_that_were_not_offered_change_nothing(helper, members, club):
    answer = helper.post(at("edit"), _id=ids(members)[:2], _fields="fee version", fee="5", version="9", _step="do")
    assert answer.status_code == 422 and [str(v["fee"]) for v in values(club, members)[:2]] == ["100.00", "100.00"]


def test_each_action_needs_its_right_and_the_token(chief, helper, club, members):
    assert helper.post(at("archive"), _id=ids(members)).status_code == 403
    assert chief.post("/club/member/bulk/post", _id=ids(members)).status_code in (403, 404)
    assert chief.post(at("archive"), _id=ids(members), csrf_token="").status_code == 400
    assert chief.get(at("archive")).status_code in (404, 405)
    stranger = Browser(club.app, "helper")
    chief.post(at("archive"), _id=ids(members))
    url, sent = undo_of(chief.get(MAY))
    assert stranger.post(url, back="/").status_code == 404, "somebody else's action"
    assert chief.post(url, {**sent, "csrf_token": ""}).status_code == 400
    assert chief.post(url, {**sent, "back": "https://evil.example"}).headers["Location"] == "/club/member"


def test_hostile_picks_are_refused_quietly(chief, members, club):
    for pick in ("", "x", "1.2.3", f"{members[0].id}.-1", f"{members[0].id}.99999999999999999999", "'; DROP TABLE"):
        answer = chief.post(at("edit"), _id=pick, _fields="joined", joined="2026-05-20", _step="do")
        assert answer.status_code in (303, 404, 409, 422), (pick, answer.status_code)
    assert [v["version"] for v in values(club, members)] == [1] * 6
    found = club.site.read(system(club.organisation), lambda view: listing(view, ADDRESS, Query(limit=1)))
    assert found.records
