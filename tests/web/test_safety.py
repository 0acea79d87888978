"""Sign-in, cookies, tokens, headers, languages: what keeps strangers out and people where they are."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from engine.storage.system.tables import JOURNAL
from tests.web.conftest import PASSWORD, Browser


def token_of(client, path="/sign-in"):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def test_nobody_is_asked_to_sign_in_and_comes_back_where_they_were_going(club):
    client = club.app.test_client()
    asked = client.get("/club/member?q=%D3%98")
    assert asked.status_code == 303 and asked.headers["Location"] == "/sign-in?next=%2Fclub%2Fmember%3Fq%3D%25D3%2598"
    sent = client.post("/sign-in", data={"csrf_token": token_of(client), "login": "chief", "password": PASSWORD,
                                         "next": "/club/member?q=%D3%98"})
    assert sent.status_code == 303 and sent.headers["Location"] == "/club/member?q=%D3%98"
    cookie = next(c for c in sent.headers.getlist("Set-Cookie") if c.startswith("sid="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_over_https_the_session_cookie_is_bound_to_the_host(club):
    client = club.app.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    sent = client.post("/sign-in", base_url="https://localhost", data={
        "csrf_token": token, "login": "chief", "password": PASSWORD}, headers={"Referer": "https://localhost/sign-in"})
    cookie = next(c for c in sent.headers.getlist("Set-Cookie") if c.startswith("__Host-sid="))
    assert "Secure" in cookie and "Domain" not in cookie


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
                                    "/ok\r\nSet-Cookie: a=b", "\\\\evil.example", "http:evil.example"])
def test_sign_in_sends_nobody_to_another_site(club, target):
    client = club.app.test_client()
    sent = client.post("/sign-in", data={
        "csrf_token": token_of(client), "login": "chief", "password": PASSWORD, "next": target})
    assert sent.status_code == 303 and sent.headers["Location"] == "/"


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(club):
    def answer(login):
        client = club.app.test_client()
        page = client.post("/sign-in", data={"csrf_token": token_of(client), "login": login, "password": "no such one"})
        assert page.status_code == 422 and "sid=" not in page.headers.get("Set-Cookie", "")
        return re.sub(r'"[\w.-]{60,}"', '"token"', page.text).replace(login, "")

    assert answer("helper") == answer("nobody.at.all")


def test_guessing_one_account_is_slowed_down(club):
    client = club.app.test_client()
    token = token_of(client)
    codes = [client.post("/sign-in", data={"csrf_token": token, "login": "guessed", "password": "x"}).status_code
             for _ in range(7)]
    assert codes[:5] == [422] * 5 and codes[-1] == 429


def test_signing_out_ends_the_session_on_the_server(club):
    browser = Browser(club.app, "chief")
    cookie = browser.client.get_cookie("sid").value
    browser.get("/club/member/new")
    assert browser.post("/sign-out").status_code == 303
    browser.client.set_cookie("sid", cookie)
    assert browser.get("/club/member").status_code == 303


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_a_change_asked_for_by_another_site_is_refused(chief, headers):
    chief.get("/club/member/new")
    assert chief.post("/club/member/new", {"_fields": "name", "name": "Бөтен"}, headers=headers).status_code == 403


def test_a_change_without_the_token_or_with_a_strangers_is_refused(club, chief, helper):
    helper.get("/club/member/new")
    for token in ("", "abc", helper.token):
        sent = chief.client.post("/club/member/new", data={"_fields": "name", "name": "Бөтен", "csrf_token": token})
        assert sent.status_code == 400
    assert "Бөтен" not in chief.get("/club/member?q=Бөтен").text.partition("<tbody")[2]


def test_get_changes_nothing(club, chief):
    def written():
        with club.site.database.reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(JOURNAL)).scalar()

    place = chief.post("/club/member/new", _fields="name", name="Зере").headers["Location"]
    before, asked = written(), 0
    for rule in club.app.url_map.iter_rules():
        if "POST" in rule.methods and rule.endpoint.startswith("web."):
            path = rule.rule.replace("/<module>/<slug>/<id>", place).replace("/<module>/<slug>", "/club/member")
            chief.get(path)
            asked += 1
    assert asked > 8 and written() == before


def test_language_follows_the_link_then_the_cookie_then_the_browser(club):
    client = club.app.test_client()
    assert '<html lang="ru"' in client.get("/sign-in", headers={"Accept-Language": "ru-RU,ru;q=0.9"}).text
    assert '<html lang="kk"' in client.get("/sign-in", headers={"Accept-Language": "kk-KZ,kk;q=0.9,ru;q=0.5"}).text
    assert '<html lang="kk"' in client.get("/sign-in", headers={"Accept-Language": "fr"}).text
    page = client.get("/sign-in?lang=ru&next=%2Fclub", headers={"Accept-Language": "kk"})
    assert '<html lang="ru"' in page.text and 'href="/sign-in?next=%2Fclub&amp;lang=kk"' in page.text
    assert '<html lang="ru"' in client.get("/sign-in", headers={"Accept-Language": "kk"}).text


def test_personal_pages_are_not_kept_by_caches(chief):
    for path in ("/", "/club/member", "/club/member/new", "/club/nothing"):
        assert chief.get(path).headers["Cache-Control"] == "no-store", path


def test_errors_have_a_number_and_no_details(chief, club, monkeypatch):
    from engine.web import registry

    monkeypatch.setattr(registry, "asked", lambda *a: 1 / 0)
    club.app.config["PROPAGATE_EXCEPTIONS"] = False
    page = chief.get("/club/member")
    assert page.status_code == 500 and page.headers["X-Request-ID"] in page.text
    assert "ZeroDivision" not in page.text and "Traceback" not in page.text


def test_health_says_only_that_it_serves(club):
    answer = club.app.test_client().get("/health")
    assert answer.status_code == 200 and answer.json == {"status": "ok"}


def test_typed_markup_is_shown_as_text(chief):
    nasty = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>'
    place = chief.post("/club/member/new", _fields="name", name=nasty).headers["Location"]
    for path in (place, f"{place}/edit", "/club/member?q=alert", f"{place}/history"):
        assert "<script>alert" not in chief.get(path).text and "<img src=x" not in chief.get(path).text
