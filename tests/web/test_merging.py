"""Two people at one record: the second sees both values where both changed, and nothing of either is lost."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.conftest import line, order


class Opened:
    """A record of the club opened for editing: sends its form again with other values."""

    def __init__(self, browser, place):
        self.browser, self.place = browser, place
        self.fields = inputs(browser.get(f"{place}/edit").text)

    def save(self, **fields):
        return self.browser.post(f"{self.place}/edit", {**self.fields, **fields})


def inputs(text):
    """Names and values of the inputs of a form, as a browser would send them."""
    form = text[text.index('id="record"'):]
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or (('type="radio"' in tag or 'type="checkbox"' in tag) and "checked" not in tag):
            continue
        found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    for name, body in re.findall(r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


@pytest.fixture
def two(chief, club):
    """One order with two lines, opened twice."""
    place = chief.post("/club/order/new", order(club, **line(1, str(club.service), "7", "70"))).headers["Location"]
    return Opened(chief, place), Opened(chief, place)


def lines_of(chief, place):
    text = chief.get(f"{place}/edit").text
    return [(q, p) for q, p in zip(re.findall(r'name="lines-\d-quantity"[^>]*value="([^"]*)"', text),
                                   re.findall(r'name="lines-\d-price"[^>]*value="([^"]*)"', text), strict=True)]


def test_changes_of_different_places_merge_by_themselves_and_are_shown(chief, two):
    first, second = two
    assert first.save(note="олар").status_code == 303
    page = second.save(**{"lines-1-quantity": "8"})
    assert page.status_code == 409 and "Изменили оба" not in page.text
    assert "обе правки совместимы" in page.text and "олар" in page.text
    saved = second.browser.post(f"{second.place}/edit", {**inputs(page.text), "_merge": "save"})
    assert saved.status_code == 303
    card = chief.get(second.place).text
    assert "олар" in card and lines_of(chief, second.place) == [("2", "1 500,50"), ("8", "70,00")]


def test_a_place_that_both_changed_waits_for_a_choice(chief, two):
    first, second = two
    first.save(note="олар", **{"lines-0-price": "11"})
    page = second.save(note="мен", **{"lines-0-price": "22", "lines-0-quantity": "3"})
    assert page.status_code == 409
    names = re.findall(r'name="(_choice:[^"]*)" value="mine"', page.text)
    assert len(names) == 2 and "олар" in page.text and "11,00" in page.text and "22,00" in page.text
    assert "checked" not in page.text, "nothing is chosen for anybody"
    sent = inputs(page.text)
    refused = chief.post(f"{second.place}/edit", {**sent, "_merge": "save", names[0]: "mine"})
    assert refused.status_code == 422 and "осталось мест: 1" in refused.text
    assert f'name="{names[0]}" value="mine" checked' in refused.text, "what was chosen stays chosen"
    saved = chief.post(f"{second.place}/edit", {**sent, "_merge": "save", names[0]: "theirs", names[1]: "mine"})
    assert saved.status_code == 303
    assert "олар" in chief.get(second.place).text
    assert lines_of(chief, second.place)[0] == ("3", "22,00")


@pytest.mark.parametrize(("side", "note"), [("mine", "мен"), ("theirs", "олар")])
def test_everything_may_be_taken_from_one_side(chief, two, side, note):
    first, second = two
    first.save(note="олар", **{"lines-0-price": "11"})
    page = second.save(note="мен", **{"lines-0-price": "22"})
    chosen = chief.post(f"{second.place}/edit", {**inputs(page.text), "_merge": side})
    assert chosen.status_code == 200 and chosen.text.count(" checked") == 2
    assert chief.post(f"{second.place}/edit", {**inputs(chosen.text), "_merge": "save"}).status_code == 303
    assert note in chief.get(second.place).text


def test_rows_added_and_removed_by_both_are_all_there(chief, club, two):
    first, second = two
    first.save(**line(2, str(club.service), "4", "40"))
    gone = {k: v for k, v in second.fields.items() if not k.startswith("lines-0-")}
    page = chief.post(f"{second.place}/edit", {**gone, **line(3, str(club.service), "5", "50")})
    saved = chief.post(f"{second.place}/edit", {**inputs(page.text), "_merge": "save"})
    assert saved.status_code == 303
    assert sorted(lines_of(chief, second.place)) == [("4", "40,00"), ("5", "50,00"), ("7", "70,00")]


def test_a_record_that_moves_again_while_somebody_chooses_is_looked_at_again(chief, two):
    first, second = two
    first.save(note="олар")
    page = second.save(**{"lines-0-price": "22"})
    third = Opened(chief, second.place)
    assert third.save(date="2026-04-01").status_code == 303
    again = chief.post(f"{second.place}/edit", {**inputs(page.text), "_merge": "save"})
    assert again.status_code == 422 and "сохранили ещё раз" in again.text
    assert chief.post(f"{second.place}/edit", {**inputs(again.text), "_merge": "save"}).status_code == 303
    assert "олар" in chief.get(second.place).text and lines_of(chief, second.place)[0] == ("2", "22,00")


def test_the_merged_values_may_be_worked_on_in_the_form(chief, two):
    first, second = two
    first.save(note="олар")
    page = second.save(**{"lines-0-price": "22"})
    form = chief.post(f"{second.place}/edit", {**inputs(page.text), "_merge": "form"})
    assert form.status_code == 200 and 'value="олар"' in form.text and 'value="22,00"' in form.text
    saved = chief.post(f"{second.place}/edit", {**inputs(form.text), "lines-0-quantity": "9"})
    assert saved.status_code == 303 and lines_of(chief, second.place)[0] == ("9", "22,00")


def test_merged_values_that_break_a_rule_come_back_in_the_form(chief, two):
    first, second = two
    first.save(note="олар")
    page = second.save(**{"lines-0-quantity": "0"})
    refused = chief.post(f"{second.place}/edit", {**inputs(page.text), "_merge": "save"})
    assert refused.status_code == 422 and 'id="lines-0-quantity-error"' in refused.text
    assert 'value="олар"' in refused.text


def test_looking_before_saving_saves_nothing(chief, two):
    first, second = two
    first.save(note="олар")
    page = second.save(note="менің сөзім", _merge="look")
    assert page.status_code == 200 and "Изменили оба" in page.text
    assert "менің сөзім" not in chief.get(second.place).text


def test_a_value_above_the_role_is_neither_shown_nor_lost(chief, helper):
    place = chief.post("/club/member/new", _fields="name paying fee", name="Жанар", paying="yes",
                       fee="7777").headers["Location"]
    mine = Opened(helper, place)
    assert Opened(chief, place).save(fee="8888", name="Жанар А.").status_code == 303
    page = mine.save(name="Жанар Б.")
    assert page.status_code == 409 and "8 888" not in page.text.replace("\u00a0", " ") and "Взнос" not in page.text
    helper.post(f"{place}/edit", {**inputs(page.text), "_merge": "save", "_choice:name": "mine"})
    card = chief.get(place).text.replace("\u00a0", " ")
    assert "Жанар Б." in card and "8 888" in card


@pytest.mark.parametrize("sent", [{"_seen": "x"}, {"version": "0"}, {"version": "999999999"}, {"_merge": "nonsense"},
                                  {"_choice:lines[x].price": "mine"}, {"_choice:": "theirs"}])
def test_nonsense_saves_nothing_and_breaks_nothing(chief, two, sent):
    first, second = two
    first.save(note="олар")
    page = second.save(note="мен")
    answer = chief.post(f"{second.place}/edit", {**inputs(page.text), "_merge": "save", **sent})
    assert answer.status_code in (200, 422) and "олар" in chief.get(second.place).text
