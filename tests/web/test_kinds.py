"""Kinds of lists: how one is chosen, what cards and boards show, how a card is moved, with scripts and without."""

from __future__ import annotations

import html
import re

import pytest

from engine.services import records
from engine.services.actor import system
from tests.web.conftest import order

HX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def tasks(club):
    """Twenty-six tasks of three kinds, and some of none."""
    raws = [{"name": f"Іс {n:02}", "stage": ["todo", "doing", "done"][n % 3] if n < 24 else None,
             "day": f"2026-03-{n + 1:02}", "weight": n, "secret": "құпия",
             **({"until": "2026-03-30"} if n == 20 else {})} for n in range(26)]
    return club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.task", raws))


def stored(club, record):
    return club.site.read(system(club.organisation), lambda view: records.read(view, "club.task", record.id)).hidden


def columns(page):
    """Code -> (title, count, names of the cards)."""
    found = {}
    for code, title, text in re.findall(r'data-column="([^"]*)" data-title="([^"]*)"(.*?)</section>', page.text, re.S):
        count = re.search(r'q-total">([^<]*)<', text)[1]
        found[code] = (title, count, re.findall(r'<a href="/club/task/[^"]+" title="([^"]+)"', text))
    return found


# -- which kind --------------------------------------------------------------------------------------------------------


def test_a_list_offers_the_kinds_that_suit_it(chief, tasks):
    page = html.unescape(chief.get("/club/task").text)
    assert 'href="/club/task?as=cards"' in page and 'href="/club/task?as=board&by=stage"' in page
    assert "by=secret" not in page
    assert 'class="q-cards"' in chief.get("/club/task?as=cards").text
    assert "data-board" in chief.get("/club/task?view=stages").text, "a view is drawn as its file says"


@pytest.mark.parametrize("query", ["as=nothing", "as=board", "as=board&by=weight", "as=board&by=secret",
                                   "as=board&by=secre", "as=%00", "as=../../etc", "as=board&by=version"])
def test_a_kind_that_does_not_suit_is_refused_in_the_same_words(helper, tasks, query):
    answer = helper.get(f"/club/task?{query}")
    assert answer.status_code == 400 and "Так этот список показать нельзя" in answer.text


def test_what_is_filtered_stays_filtered_in_another_kind(chief, tasks):
    page = html.unescape(chief.get("/club/task?weight.lt=6&q=Іс").text)
    assert 'href="/club/task?q=%D0%86%D1%81&weight.lt=6&as=board&by=stage"' in page
    assert sum(len(names) for *_, names in columns(chief.get("/club/task?weight.lt=6&as=board&by=stage")).values()) == 6


# -- cards -------------------------------------------------------------------------------------------------------------


def test_a_card_shows_its_lines_marks_and_no_hidden_field(chief, helper, tasks):
    page = chief.get("/club/task?view=faces").text
    assert "Іс 00" in page and "<dt>Вес</dt>" in page and "<dt>Тайна</dt>" in page
    assert page.count("q-flag-red") >= 2 and ">Тяжёлое</span>" in page, "a mark is a colour, an icon and a text"
    assert 'class="q-legend-marks"' in page
    assert "Тайна" not in helper.get("/club/task?view=faces").text


def test_cards_are_picked_and_turned_by_pages(chief, tasks):
    page = chief.get("/club/task?as=cards").text
    assert page.count('name="_id"') == 26 and 'id="bulk"' in page


# -- boards ------------------------------------------------------------------------------------------------------------


def test_a_board_has_a_column_for_each_value_with_count_and_total(chief, tasks):
    page = chief.get("/club/task?as=board&by=stage")
    found = columns(page)
    assert list(found) == ["todo", "doing", "done", ""]
    assert [(title, count) for title, count, _ in found.values()] == [
        ("Сделать", "8"), ("В работе", "8"), ("Готово", "8"), ("Не заполнено", "2")]
    assert "Вес: <b>84</b>" in page.text and found["todo"][2][:2] == ["Іс 00", "Іс 03"]


def test_further_cards_of_a_column_come_after_the_first(chief, tasks, monkeypatch):
    from engine.web.kinds.board import drawing

    monkeypatch.setattr(drawing, "EACH", 3)
    page = html.unescape(chief.get("/club/task?as=board&by=stage").text)
    assert columns(chief.get("/club/task?as=board&by=stage"))["doing"][2] == ["Іс 01", "Іс 04", "Іс 07"]
    more = re.search(r'hx-get="(/club/task/part\?[^"]*part=doing)"', page)[1]
    part = chief.get(more, HX_Request="true")
    assert "<html" not in part.text
    assert re.findall(r'title="(Іс \d\d)"', part.text)[::1] == ["Іс 10", "Іс 13", "Іс 16"]
    table = re.search(r'<a class="btn btn-small" href="([^"]+)" hx-get="[^"]*part=doing"', page)[1]
    assert len(re.findall(r'id="r-', chief.get(table).text)) == 8, "without scripts the rest is an ordinary list"
    assert chief.get("/club/task/part?as=board&by=stage&part=nothing").status_code == 400
    assert chief.get("/club/task/part?part=todo").status_code == 404, "a table has no parts"


def test_a_card_is_moved_by_the_page_behind_its_button(chief, club, tasks):
    board = chief.get("/club/task?as=board&by=stage&weight.lt=9")
    link = html.unescape(re.search(rf'href="(/club/task/{tasks[1].id}/move[^"]+)"', board.text)[1])
    page = chief.get(link)
    assert "Іс 01" in page.text and "<b>В работе</b>" in page.text
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    answer = chief.post(f"/club/task/{tasks[1].id}/move", {k: html.unescape(v) for k, v in sent.items()}, to="done")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/club/task?weight.lt=9&as=board&by=stage"
    assert stored(club, tasks[1])["stage"] == "done"
    after = chief.get(answer.headers["Location"])
    assert "Перемещено: Іс 01 → Готово" in after.text
    url, fields = re.search(r'<form method="post" action="([^"]+/undo)">(.*?)</form>', after.text, re.S).groups()
    chief.post(url, dict(re.findall(r'name="(\w+)" value="([^"]*)"', fields)))
    assert stored(club, tasks[1])["stage"] == "doing"


def move(who, record, to, version, **more):
    return who.post(f"/club/task/{record.id}/move", {"by": "stage", "list": "as=board&by=stage", "to": to,
                                                     "version": version, **more}, headers=HX)


def test_a_dragged_card_comes_back_with_the_whole_board_and_a_notice(chief, club, tasks):
    answer = move(chief, tasks[4], "", stored(club, tasks[4])["version"])
    assert answer.status_code == 200 and 'id="registry"' in answer.text and "<html" not in answer.text
    assert 'hx-swap-oob="innerHTML"' in answer.text and "Перемещено: Іс 04 → Не заполнено" in answer.text
    assert columns(answer)[""][1] == "3" and stored(club, tasks[4])["stage"] is None
    move(chief, tasks[4], "doing", stored(club, tasks[4])["version"])


def test_a_card_that_somebody_moved_meanwhile_stays_where_they_put_it(chief, club, tasks):
    answer = move(chief, tasks[5], "todo", 99)
    assert answer.status_code == 409 and "Не перемещено" in answer.text and "уже сохранил" in answer.text
    assert stored(club, tasks[5])["stage"] == "done"


def test_a_move_is_an_ordinary_edit_with_its_rules_and_rights(chief, helper, club, tasks):
    now = stored(club, tasks[7])["version"]
    assert move(chief, tasks[7], "nonsense", now).status_code == 422
    assert move(chief, tasks[7], "done", now, by="secret").status_code == 400
    assert move(chief, tasks[7], "done", now, by="version").status_code == 400
    assert move(helper, tasks[7], "done", now).status_code == 403
    assert 'data-moves="{}"' in helper.get("/club/task?as=board&by=stage").text
    assert stored(club, tasks[7])["stage"] == "doing"
    unit = club.site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "C8", "name": {"kk": "Бөтен", "ru": "Чужой"}, "kind": "school", "legal": True}))
    foreign = club.site.write(system(unit.id), lambda uow: records.create(uow, "club.task", {"name": "Бөтен іс"}))
    assert move(chief, foreign, "done", 1).status_code == 404
    sent = {"by": "stage", "to": "done", "version": now}
    assert chief.post(f"/club/task/{tasks[7].id}/move", sent, csrf_token="").status_code == 400


def test_a_document_is_posted_on_its_board(chief, club):
    id = chief.post("/club/order/new", order(club)).headers["Location"].rsplit("/", 1)[1]
    page = html.unescape(chief.get("/club/order?as=board&by=state").text)
    assert '"draft": ["posted", "annulled"]' in page and "data-asks" in page
    sent = {"by": "state", "list": "as=board&by=state", "version": "1"}
    assert chief.post(f"/club/order/{id}/move", sent, to="reversed", headers=HX).status_code == 403
    answer = chief.post(f"/club/order/{id}/move", sent, to="posted", headers=HX)
    assert answer.status_code == 200 and "Проведён" in answer.text and "/undo" not in answer.text
    found = club.site.read(system(club.organisation), lambda view: records.read(view, "club.order", id))
    assert found.values["state"] == "posted" and found.values["number"]
