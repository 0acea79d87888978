"""What forms can be: tabs, columns, texts, several forms of one entity; what is typed is never lost by a change."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import Browser
from tests.web.test_wizard import inputs, send

NEW = "/club/pupil/new"


@pytest.fixture
def chief(studio):
    return Browser(studio.app, "chief")


@pytest.fixture
def helper(studio):
    return Browser(studio.app, "helper")


@pytest.fixture(scope="module")
def made(studio):
    """made(**values) -> the address of a pupil's page."""
    chief, count = Browser(studio.app, "chief"), iter(range(1000))

    def make(**values):
        typed = {"name": "Оқушы", "code": f"L{next(count)}", "kind": "child", "parent_name": "Ата", **values}
        answer = chief.post(NEW, _fields=" ".join(typed), **typed)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    return make


def tabs(page):
    """(key, is open, is marked wrong) of each tab."""
    heads = re.findall(r'data-tab="(\w+)"([^>]*)>(.*?)</a>', page.text, re.DOTALL)
    return [(key, "aria-current" in more, "q-tab-mark" in text) for key, more, text in heads]


def test_every_tab_is_on_the_page_and_one_is_open(chief):
    page = chief.get(NEW)
    assert tabs(page) == [("about", True, False), ("family", False, False), ("works", False, False),
                          ("secret", False, False)]
    assert page.text.count('class="q-part is-open"') == 1
    assert all(f'name="{name}"' in page.text for name in ("name", "kind", "parent_name", "secret_note"))
    assert all(f'href="#tab-{key}"' in page.text and f'id="tab-{key}"' in page.text for key, *_ in tabs(page))


def test_a_tab_in_which_nothing_may_be_seen_is_not_there(helper):
    page = helper.get(f"{NEW}?form=main")
    assert [key for key, *_ in tabs(page)] == ["about", "family", "works"] and "Тайная вкладка" not in page.text


def test_the_address_opens_a_tab_and_saving_comes_back_to_it(chief, made):
    place = made()
    assert ("family", True, False) in tabs(chief.get(f"{place}?tab=family"))
    assert ("about", True, False) in tabs(chief.get(f"{place}?tab=nonsense"))
    page = chief.get(f"{place}/edit?tab=family")
    saved = send(chief, page, url=f"{place}/edit", parent_name="Әке")
    assert saved.headers["Location"] == f"{place}?tab=family"
    assert f'href="{place}/edit?tab=family"' in chief.get(f"{place}?tab=family").text


def test_only_heads_of_tabs_with_mistakes_are_marked_and_the_first_of_them_opens(chief):
    page = send(chief, chief.get(NEW), name="А", code="t1", _tab="secret", parent_name="x" * 99, _add="works")
    page = send(chief, page, _tab="secret", **{"works-0-title": "Ат", "works-0-mark": "9"})
    assert page.status_code == 422
    assert tabs(page) == [("about", False, False), ("family", True, True), ("works", False, True),
                          ("secret", False, False)]
    assert re.search(r'<details class="q-section" id="section-family-parents" open>', page.text)
    page = send(chief, page, _tab="works")
    assert ("works", True, True) in tabs(page), "a tab with a mistake that is open stays open"


def test_an_unfolded_section_stays_so_when_the_form_is_drawn_again(chief):
    page = chief.get(NEW)
    closed = '<details class="q-section" id="section-family-parents">'
    assert closed in page.text
    data = {**dict(inputs(page)), "_open": "section-family-parents nonsense"}
    part = chief.post("/club/pupil/preview", data, headers={"HX-Request": "true"})
    assert closed not in part.text and 'id="section-family-parents" open' in part.text


def test_columns_share_the_line_and_a_hidden_one_leaves_its_room(chief, helper, made):
    page = chief.get(NEW).text
    assert '<div class="q-column q-w-8">' in page and '<div class="q-column q-w-4">' in page
    assert re.search(r'<div class="q-field q-w-3[^"]*" id="kind-field">', page), "a width that was said"
    assert re.search(r'<div class="q-field q-w-9[^"]*" id="friend-field">', page), "the rest of the line"


def test_a_text_is_said_and_a_field_may_be_shown_only(chief, made):
    page = chief.get(NEW).text
    assert "Проверьте бумаги" in page and "q-notice-wait" in page
    assert 'name="note"' not in page and 'id="note"' in page
    place = made(note="ескі")
    saved = send(chief, chief.get(f"{place}/edit"), url=f"{place}/edit", note="жаңа")
    assert saved.status_code == 303 and "ескі" in chief.get(place).text


def test_the_form_follows_the_state_that_is_typed_and_gives_back_what_it_hid(chief):
    page = chief.get(NEW)
    data = {**dict(inputs(page)), "name": "Марат", "code": "s1", "parent_name": "Әке", "secret_note": "x"}
    adult = chief.post("/club/pupil/preview", {**data, "kind": "adult"}, headers={"HX-Request": "true"})
    assert 'name="passport"' in adult.text and "data-tabs" not in adult.text
    assert 'name="parent_name" value="Әке"' in adult.text and "_held" in adult.text
    again = {**sent_back(adult), "passport": "P1", "kind": "child"}
    child = chief.post("/club/pupil/preview", again, headers={"HX-Request": "true"})
    assert re.search(r'id="parent_name"[^>]*value="Әке"', child.text), "typed before, back in its input"
    assert 'name="passport" value="P1"' in child.text, "and what the other form took is carried now"


def test_what_another_form_holds_is_carried_and_not_saved(chief):
    data = {**dict(inputs(chief.get(NEW))), "name": "Мұрат", "code": "s2", "parent_name": "Әке"}
    adult = sent_back(chief.post("/club/pupil/preview", {**data, "kind": "adult"}, headers={"HX-Request": "true"}))
    saved = chief.post(NEW, {**data, **adult, "passport": "P2"})
    assert saved.status_code == 303
    card = chief.get(f"{saved.headers['Location']}?form=main").text
    assert "Мұрат" in card and "Әке" not in card


def sent_back(part):
    class Page:
        text = f'id="record"{part.text}</form>'

    return dict(inputs(Page))


def test_a_link_chooses_a_form_that_is_for_this_person(chief, helper, made):
    place = made()
    assert "data-tabs" in chief.get(f"{place}?form=adult").text, "its state is another one"
    short = chief.get(f"{NEW}?form=short")
    assert 'name="code"' not in short.text and f'action="{NEW}?form=short"' in short.text
    assert 'name="code"' in chief.get(f"{NEW}?form=nonsense").text
    grown = made(kind="adult")
    assert "data-tabs" not in chief.get(grown).text and "data-tabs" in chief.get(f"{grown}?form=main").text
    assert "data-tabs" in helper.get(f"{grown}?form=adult").text, "a form of another role is not taken"


def test_a_form_for_links_only_is_never_met_without_one(helper, made):
    assert "data-tabs" in helper.get(made()).text


def test_a_choice_that_does_not_fit_any_more_is_said_while_typing(chief, studio):
    member = chief.post("/club/member/new", _fields="name paying", name="Тегін", paying="no").headers["Location"]
    data = {**dict(inputs(chief.get(NEW))), "name": "Н", "code": "d1", "mentor": member.rpartition("/")[2]}
    fits = chief.post("/club/pupil/preview", {**data, "paid_mentor": "no"}, headers={"HX-Request": "true"}).text
    wrong = chief.post("/club/pupil/preview", {**data, "paid_mentor": "yes"}, headers={"HX-Request": "true"}).text
    assert 'id="mentor-error"' not in fits and 'id="mentor-error"' in wrong
    assert 'id="name-error"' not in wrong, "what is only missing waits for the save"


def test_what_is_empty_is_folded_on_a_card(chief, made):
    page = chief.get(made()).text
    assert re.search(r'<div class="q-field[^"]* is-empty" id="secret_note-field">', page)
    assert not re.search(r'is-empty" id="name-field"', page)
    assert re.search(r'<li class="is-empty"><a href="#tab-secret"', page)


def test_empty_fields_are_shown_when_asked_for(chief, made):
    place = made()
    page = chief.get(place).text
    count = int(re.search(r"Показать пустые поля: (\d+)", page)[1])
    assert count == len(re.findall(r'class="q-field[^"]* is-empty"', page)) and "shows-empty" not in page
    shown = chief.get(f"{place}?empty=1").text
    assert "shows-empty" in shown and "Скрыть пустые поля" in shown


def test_the_next_and_the_previous_record_of_the_list_are_a_press_away(chief, made):
    places = [made(name=f"Қатар {n}") for n in "бва"]
    seen = f"/club/pupil?{(query := 'name.contains=%D2%9A%D0%B0%D1%82%D0%B0%D1%80&sort=-name')}"
    card = chief.get(places[1], Referer=f"http://localhost{seen}").text
    turns = dict(re.findall(r'href="([^"]+)" rel="(next|prev)"', card))
    ways = {rel: url.replace("&amp;", "&") for url, rel in turns.items()}
    following = chief.get(ways["next"])
    assert following.status_code == 303 and following.headers["Location"].startswith(f"{places[0]}?list=")
    assert chief.get(ways["prev"]).headers["Location"].split("?")[0] == places[1], "it was the first: one stays"
    assert "Это первая запись списка" in chief.get(ways["prev"].replace("/previous", "")).text
    card = chief.get(following.headers["Location"]).text
    assert f'href="/club/pupil?{query.replace("&", "&amp;")}"' in card, "the way back leads to the same list"
    assert 'rel="next"' not in chief.get(places[0]).text, "opened from nowhere: no list to turn"


def test_a_list_that_cannot_be_read_any_more_ends_at_its_record(chief, made):
    place = made()
    for query in ("view%3Dgone", "nothing.is%3D1", "sort%3Dsecret", "%00", "x" * 3000):
        answer = chief.get(f"{place}/next?list={query}")
        assert answer.status_code == 303 and answer.headers["Location"].startswith(place), query
    assert chief.get("/club/pupil/01890000-0000-7000-8000-000000000000/next?list=").status_code == 404
