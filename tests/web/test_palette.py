"""The palette and the search page: screens, actions, records; stars and visits through their doors."""

from __future__ import annotations

import re

import pytest

from engine.language import search_key
from engine.language.keyboard import as_cyrillic
from engine.model import Text
from engine.web.palette import NO_MATCH, Screen
from tests.conftest import Statements


def member(browser, name):
    return browser.post("/club/member/new", _fields="name", name=name).headers["Location"]


def palette(browser, text):
    answer = browser.get(f"/search?q={text}", HX_Request="true")
    assert answer.status_code == 200
    return answer.text


def links(html):
    return re.findall(r'<a class="q-found-item[^"]*" href="([^"]+)"', html)


def test_screens_actions_and_records_stand_in_one_list(chief):
    url = member(chief, "Қарлығаш Ауыл")
    assert links(palette(chief, "карлыг")) == [url]
    found = links(palette(chief, "участник"))
    assert found[:2] == ["/club/member", "/club/member/new"] and "/club/member?view=paying" in found
    assert "data-press=\"[data-theme-toggle]\"" in palette(chief, "темн").replace("'", '"')


def test_a_list_is_found_by_its_name_in_another_language_and_by_its_module(chief):
    assert links(palette(chief, "мүше"))[0] == "/club/member"
    assert "/club/order" in links(palette(chief, "кружок заказ"))


def test_nobody_is_offered_what_they_may_not_open(helper, chief):
    assert "/club/order/new" in links(palette(chief, "заказ"))
    assert "/club/order/new" not in links(palette(helper, "заказ"))
    assert links(palette(helper, "пользоват")) == []


def test_letters_of_the_wrong_keyboard_are_understood(chief):
    url = member(chief, "Бақытжамал")
    assert as_cyrillic(",fr") == "бак" and as_cyrillic("бак") == "" and as_cyrillic("12") == ""
    html = palette(chief, ",frsn;fv")
    assert links(html) == [url] and "бакытжам" in html


def test_the_page_without_scripts_has_the_same_links_and_no_presses(chief):
    url = member(chief, "Жалғас")
    page = chief.get("/search?q=жалғ").text
    assert url in links(page) and "data-press" not in page and 'role="option"' not in page
    assert 'name="q" value="жалғ"' in page
    empty = chief.get("/search?q=жоқнәрсе").text
    assert "q-empty" in empty and links(empty) == []
    assert chief.get("/search").status_code == 200


def test_what_was_typed_is_shown_as_text(chief):
    page = chief.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_the_search_needs_a_signed_in_person(club):
    client = club.app.test_client()
    assert client.get("/search?q=ab").status_code == 303
    assert client.get("/starred").status_code == 303


@pytest.mark.parametrize(("typed", "rank"), [
    ("заказы", 0), ("поставщик", 1), ("заказы поставщикам", 0), ("пост зак", 2), ("тавщ", 3), ("щи", NO_MATCH),
    ("шкаф", NO_MATCH)])
def test_a_screen_fits_better_or_worse(typed, rank):
    screen = Screen(Text("Тапсырыстар", "Заказы поставщикам", "Orders"), "/x")
    assert screen.rank(search_key(typed)) == rank


def test_a_visit_is_written_after_the_page_and_answers_with_the_star(chief, club):
    url = member(chief, "Айсұлу")
    page = chief.get(url).text
    assert f'hx-post="{url}/visit"' in page
    answer = chief.post(f"{url}/visit", headers={"HX-Request": "true"})
    assert answer.status_code == 200 and 'aria-pressed="false"' in answer.text
    assert url in links(palette(chief, "")), "opened lately is offered before anything is typed"
    on = chief.post(f"{url}/star?on=1", headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' in on.text
    assert url in chief.get("/starred", HX_Request="true").text
    assert chief.post(f"{url}/star").status_code == 303, "without scripts it turns round and returns to the record"
    assert url not in chief.get("/starred", HX_Request="true").text


def test_a_visit_costs_the_page_nothing(chief, club):
    url = member(chief, "Құнды")
    chief.get(url)
    with Statements(club.site.database.engine) as spent:
        chief.get(url)
    assert not [s for s in spent.texts if "engine_place" in s]


def test_strangers_marks_are_refused(helper, chief, club):
    order = chief.post("/club/member/new", _fields="name", name="Жоқ").headers["Location"]
    assert helper.post(f"{order}/star?on=1").status_code == 303
    assert order not in chief.get("/starred", HX_Request="true").text
    nowhere = order[:-4] + "0000"
    assert helper.post(f"{nowhere}/star").status_code == 404
    assert helper.post(f"{nowhere}/visit").status_code == 404
    assert club.app.test_client().post(f"{order}/star").status_code in (400, 401, 303)


def test_the_palette_costs_a_bounded_number_of_statements(chief, club):
    for n in range(7):
        member(chief, f"Көп {n}")
    palette(chief, "көп")
    with Statements(club.site.database.engine) as spent:
        palette(chief, "көп")
    assert len(spent) <= 1 + 1 + 6, spent.texts
