"""A wizard as a browser without scripts sees it: a step a page, nothing lost on the way, one record in the end."""

from __future__ import annotations

import random
import re
from html import unescape
from io import BytesIO

import pytest

from tests.web.conftest import Browser
from tests.web.test_forms import PNG

NEW = "/club/pupil/new"
INPUT = re.compile(r'<input (?=[^>]*\bname="([^"]+)")(?![^>]*type="(?:file|checkbox|radio)")[^>]*>')
VALUE = re.compile(r'\bvalue="([^"]*)"')
SELECT = re.compile(r'<select (?=[^>]*\bname="([^"]+)")[^>]*>(.*?)</select>', re.DOTALL)
AREA = re.compile(r'<textarea (?=[^>]*\bname="([^"]+)")[^>]*>(.*?)</textarea>', re.DOTALL)
BOX = re.compile(r'<input (?=[^>]*\bname="([^"]+)")(?=[^>]*type="checkbox")(?=[^>]* checked)[^>]*>')


@pytest.fixture
def helper(studio):
    return Browser(studio.app, "helper")


def inputs(page):
    """What a browser would send of the form on the page, as (name, value) pairs."""
    form = page.text[page.text.index('id="record"'):]
    form = form[:form.index("</form>")]
    found = [(m[1], VALUE.search(m[0])) for m in INPUT.finditer(form)]
    pairs = [(n, unescape(v[1]) if v else "") for n, v in found]
    for name, options in SELECT.findall(form):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        pairs.append((name, unescape(chosen[1]) if chosen else ""))
    pairs += [(n, unescape(text).removeprefix("\n")) for n, text in AREA.findall(form)]
    return pairs + [(m[1], VALUE.search(m[0])[1]) for m in BOX.finditer(form)]


def send(browser, page, go="", url=NEW, **typed):
    """Press a button of the form on the page with these values typed."""
    pairs = [(n, v) for n, v in inputs(page) if n not in typed and n not in ("_go", "csrf_token")]
    data: dict = {}
    for name, value in [*pairs, *typed.items(), ("csrf_token", browser.token), *([("_go", go)] if go else [])]:
        data.setdefault(name, []).append(value)
    answer = browser.client.post(url, data=data)
    browser._remember(answer)
    return answer


def step(page):
    return re.search(r'name="_step" value="(\w+)"', page.text)[1]


def test_steps_lead_to_a_review_and_to_one_record(helper):
    page = helper.get(NEW)
    assert step(page) == "who" and 'name="name"' in page.text and 'name="parent_name"' not in page.text
    page = send(helper, page, "next", name="Алия", code="w1")
    assert (page.status_code, step(page)) == (200, "family")
    page = send(helper, page, "next", parent_name="Гүлнар", parent_phone="7010000000")
    assert step(page) == "works"
    page = send(helper, page, "next", note="жаңа")
    assert step(page) == "review"
    assert all(text in page.text for text in ("Алия", "Гүлнар", "жаңа"))
    assert '<output class="q-value" id="name">' in page.text
    made = send(helper, page)
    assert made.status_code == 303
    card = helper.get(made.headers["Location"]).text
    assert "Алия" in card and "Гүлнар" in card and 'class="q-steps"' not in card


def test_a_step_with_a_mistake_is_not_left_and_says_all_that_is_wrong(helper):
    page = send(helper, helper.get(NEW), "next", code="")
    assert page.status_code == 422 and step(page) == "who"
    assert 'href="#name"' in page.text and 'href="#code"' in page.text and 'role="alert"' in page.text
    page = send(helper, page, "next", name="Бота", code="w2")
    page = send(helper, page, "next")
    assert page.status_code == 422 and step(page) == "family"
    assert "Нужен родитель" in page.text and "Нужен телефон" in page.text
    page = send(helper, page, "back")
    assert page.status_code == 200 and step(page) == "who" and 'value="Бота"' in page.text


def test_a_step_is_left_out_while_its_condition_does_not_hold_and_its_values_are_not_saved(helper):
    page = send(helper, helper.get(NEW), "next", name="Дос", code="w3")
    page = send(helper, page, "back", parent_name="Кенже", parent_phone="1")
    page = send(helper, page, "next", kind="adult")
    assert step(page) == "papers"
    page = send(helper, page, "next", passport="N123")
    page = send(helper, page, "review")
    assert "Кенже" not in re.sub(r"<input[^>]*>", "", page.text) and "N123" in page.text
    back = send(helper, send(helper, page, "who"), "next", kind="child")
    assert step(back) == "family" and 'value="Кенже"' in back.text, "coming back finds it again"
    made = send(helper, page)
    assert made.status_code == 303
    assert "Кенже" not in helper.get(made.headers["Location"]).text


def test_a_mistake_found_by_the_save_opens_the_step_of_its_field(helper):
    def through(code):
        page = send(helper, helper.get(NEW), "next", name="Ержан", code=code, kind="adult")
        return send(helper, send(helper, send(helper, page, "next"), "next"))

    assert through("w4").status_code == 303
    again = through("w4")
    assert again.status_code == 422 and step(again) == "who" and 'id="code-error"' in again.text
    assert send(helper, again, "review", code="w5").status_code == 200


def test_a_save_that_skips_the_steps_is_asked_what_they_ask(helper):
    page = send(helper, helper.get(NEW), "next", name="Жан", code="w6")
    page = send(helper, page, "", _step="review", parent_name="Жұлдыз")
    assert page.status_code == 422 and step(page) == "family" and "Нужен телефон" in page.text


def test_files_and_rows_of_a_step_stay_through_all_others(helper):
    page = send(helper, helper.get(NEW), "next", name="Зере", code="w7", kind="adult")
    page = send(helper, send(helper, page, "next"), "", _add="works")
    assert step(page) == "works" and 'name="works-0-title"' in page.text
    page = send(helper, page, "next", **{"works-0-title": "Ат", "works-0-mark": "4"}, picture=(BytesIO(PNG), "ат.png"))
    assert step(page) == "review" and "Ат" in page.text and "ат.png" in page.text
    page = send(helper, send(helper, page, "who"), "works")
    assert 'value="Ат"' in page.text and "ат.png" in page.text
    made = send(helper, send(helper, page, "next"))
    card = helper.get(made.headers["Location"]).text
    assert made.status_code == 303 and "Ат" in card and "?size=320" in card


def test_what_the_address_fills_in_waits_on_its_step(helper):
    page = helper.get(f"{NEW}?parent_name=%D0%90%D1%81%D0%B5%D0%BB%D1%8C")
    page = send(helper, page, "next", name="Иман", code="w8")
    assert step(page) == "family" and 'value="Асель"' in page.text


def test_defaults_of_steps_to_come_are_not_taken_for_emptied_fields(helper):
    page = send(helper, helper.get(NEW), "next", name="Кәмила", code="w9")
    assert "kind" in dict(inputs(page))["_fields"].split()
    assert "passport" not in dict(inputs(page))["_fields"].split()


def test_scripts_are_answered_with_the_form_alone_and_sent_to_the_record(helper):
    page = helper.get(NEW)
    data = {**dict(inputs(page)), "csrf_token": helper.token, "_go": "next", "name": "Ләззат", "code": "w10"}
    part = helper.post(NEW, data, headers={"HX-Request": "true"})
    assert part.status_code == 200 and "<html" not in part.text and step(part) == "family"
    assert "data-step-now" in part.text and 'data-dirty="yes"' in part.text


def test_another_form_is_a_link_away_and_the_wizard_is_for_making_only(helper, studio):
    page = helper.get(NEW)
    assert f'href="{NEW}?form=main"' in page.text
    whole = helper.get(f"{NEW}?form=main")
    assert 'name="_step"' not in whole.text and "data-tabs" in whole.text and f'href="{NEW}?form=joining"' in whole.text
    chief = Browser(studio.app, "chief")
    assert 'name="_step"' not in chief.get(NEW).text
    assert 'name="_step"' not in chief.get(f"{NEW}?form=joining").text, "a form of other roles is not theirs by link"


@pytest.mark.parametrize("seed", range(4))
def test_any_way_back_and_forth_loses_nothing(helper, seed):
    chance = random.Random(seed)
    texts = {"who": ("name", "code"), "family": ("parent_name", "parent_phone"), "works": ("note",)}
    page, known, told = helper.get(NEW), {}, []
    for n in range(14):
        here = step(page)
        typed = {}
        for name in texts.get(here, ()):
            if chance.random() < 0.6 or name not in known:
                typed[name] = known[name] = f"{name[:4]}{seed}{n}" if name != "note" else f"«{n}» & <b>\nжол"
            else:
                assert dict(inputs(page))[name].replace("\r\n", "\n") == known[name], told
        go = chance.choice(["next", "back", "who", "family", "works", "review"])
        told.append((here, go, typed))
        page = send(helper, page, go, **typed)
        assert page.status_code == 200 or step(page) == "family", told  # it asks for a parent before it is left
    page = send(helper, page, "review")
    while step(page) != "review":
        here = step(page)
        typed = {name: known.setdefault(name, f"{name[:4]}{seed}z") for name in texts.get(here, ())}
        page = send(helper, page, "review", **typed)
    made = send(helper, page)
    assert made.status_code == 303, told
    card = unescape(helper.get(made.headers["Location"]).text)
    assert all(value in card for name, value in known.items() if name != "note"), told
