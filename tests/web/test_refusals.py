"""Error pages say the next step and a way back; what was typed outlives a fault and the end of a session."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from engine.services import records
from engine.storage.system.tables import SESSION
from engine.web.errors import STEPS
from tests.web.conftest import PASSWORD, Browser

LANGUAGES = [("kk", "Өтініш нөмірі"), ("ru", "Номер обращения")]
FORM = {"_fields": "name joined", "name": "Терілген есім", "joined": "2026-03-01"}


def provoked(browser, status):
    """An answer with this status, as a person could meet it."""
    here = {"Referer": "http://localhost/club/member?view=paying"}
    if status == 400:
        return browser.client.get("/club/member?view=none", headers=here)
    if status == 403:
        return browser.client.get("/club/order/new", headers=here)
    if status == 404:
        return browser.client.get("/club/nothing", headers=here)
    if status == 405:
        return browser.client.post("/starred", data={"csrf_token": browser.token}, headers=here)
    return browser.client.post("/club/member/new", data={"csrf_token": browser.token, "name": "x" * 5000}, headers=here)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413])
@pytest.mark.parametrize(("language", "number"), LANGUAGES)
def test_an_error_page_says_what_next_and_leads_back(club, status, language, number, monkeypatch):
    browser = Browser(club.app, "helper", language)
    browser.get("/club/member/new")
    if status == 413:
        monkeypatch.setitem(club.app.config, "MAX_CONTENT_LENGTH", 4000)
    answer = provoked(browser, status)
    assert answer.status_code == status
    page = answer.text
    assert f'lang="{language}"' in page and number in page and answer.headers["X-Request-ID"] in page
    assert 'href="/club/member?view=paying"' in page and 'href="/"' in page
    words = re.sub(r"<[^>]+>", " ", page.replace(answer.headers["X-Request-ID"], ""))
    assert str(status) not in words, "a number of HTTP tells nobody anything"
    assert all(s not in page for s in STEPS.values()), "in the person's language"


def test_a_missing_right_names_who_has_it(helper):
    answer = helper.get("/club/order/new")
    assert answer.status_code == 403 and "Руководитель" in answer.text, "whom to ask is said"


def test_nobody_is_led_back_to_another_site(helper):
    answer = helper.client.get("/club/nothing", headers={"Referer": "https://evil.example/club/member"})
    assert "evil" not in answer.text and answer.status_code == 404


def test_a_fault_while_saving_gives_the_form_back_with_everything_typed(chief, monkeypatch):
    url = chief.post("/club/member/new", _fields="name", name="Бар болған").headers["Location"]

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(records, "create_many", broken)
    monkeypatch.setattr(records, "edit", broken)
    for path in ("/club/member/new", f"{url}/edit"):
        answer = chief.post(path, version="1", **FORM)
        assert answer.status_code == 500, path
        assert 'value="Терілген есім"' in answer.text and 'class="q-errors"' in answer.text
        assert answer.headers["X-Request-ID"] in answer.text and "disk" not in answer.text
    monkeypatch.undo()
    assert chief.post("/club/member/new", **FORM).status_code == 303


def test_a_fault_that_breaks_the_form_too_is_still_a_page(chief, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no database")

    monkeypatch.setattr(records, "create_many", broken)
    monkeypatch.setattr("engine.web.card.again", broken)
    answer = chief.post("/club/member/new", **FORM)
    assert answer.status_code == 500 and answer.headers["X-Request-ID"] in answer.text


def end_sessions(club):
    with club.site.database.writing() as connection:
        connection.execute(sa.delete(SESSION))


def inputs(page):
    return {n: unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)}


def test_what_was_typed_when_the_session_ended_is_saved_after_signing_in(club):
    browser = Browser(club.app, "chief")
    browser.get("/club/member/new")
    end_sessions(club)
    asked = browser.post("/club/member/new", **FORM)
    assert asked.status_code == 401 and 'name="password"' in asked.text
    kept = inputs(asked.text)
    assert kept["_kept_to"] == "/club/member/new" and "csrf_token" not in kept["_kept"]
    wrong = browser.post("/sign-in", {**kept, "login": "chief", "password": "бұл емес"})
    assert wrong.status_code == 422 and inputs(wrong.text)["_kept"] == kept["_kept"], "a mistake loses nothing"
    signed = browser.post("/sign-in", {**inputs(wrong.text), "login": "chief", "password": PASSWORD})
    assert signed.status_code == 200 and 'action="/club/member/new"' in signed.text, signed.text
    assert "Терілген есім" in signed.text
    saved = browser.post("/club/member/new", inputs(signed.text))
    assert saved.status_code == 303
    assert "Терілген есім" in browser.get(saved.headers["Location"]).text


def test_a_password_that_was_typed_is_not_carried_along(club, chief):
    browser = Browser(club.app, "chief")
    browser.get("/club/member/new")
    end_sessions(club)
    asked = browser.post("/system/user/new", login="zere", password="құпия сөз 123")
    kept = inputs(asked.text)["_kept"]
    assert "login=zere" in kept and "password" not in kept


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/sign-out", "javascript:alert(1)", ""])
def test_kept_values_go_nowhere_else(club, there):
    browser = Browser(club.app, "chief")
    end_sessions(club)
    browser.get("/sign-in")
    answer = browser.post("/sign-in", _kept="a=1", _kept_to=there, login="chief", password=PASSWORD)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"


def test_without_a_session_a_page_is_returned_to_after_signing_in(club):
    answer = club.app.test_client().get("/club/member?view=paying")
    assert answer.status_code == 303 and answer.headers["Location"] == "/sign-in?next=%2Fclub%2Fmember%3Fview%3Dpaying"
