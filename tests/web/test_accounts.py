"""Pages of ways in: a session that is not let in yet, one's own account, what an administrator does."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count

import pyotp
import pytest

from engine.services import records
from engine.services.accounts import administering
from engine.services.actor import system
from engine.services.identity import own, set_password
from engine.services.jobs import work_off
from tests.web.conftest import PASSWORD, Browser, running
from tests.web.world import CLUB

_numbers = count(1)
NEW = "жаңа ғана құпия сөз"


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """The running club under the ordinary policy: administrators show a second factor."""
    yield from running(tmp_path_factory.mktemp("accounts"), CLUB, policy="default")


@pytest.fixture
def newcomer(club):
    """(login, first password, id) of a new helper."""
    boss = system(club.organisation)

    def make(uow):
        made = records.create(uow, "system.user", {
            "login": f"newcomer{next(_numbers)}", "active": True, "roles": [{"role": "helper"}]})
        return made.values["login"], administering.first_password(uow, made.id)[1], made.id

    return club.site.write(boss, make)


def entered(club, login, password):
    browser = Browser.__new__(Browser)
    browser.client, browser.token = club.app.test_client(), ""
    browser.get("/sign-in")
    browser.client.set_cookie("lang", "ru")
    answer = browser.post("/sign-in", login=login, password=password)
    assert answer.status_code == 303, answer.text
    return browser


@pytest.fixture
def boss(club):
    """An administrator whose second factor is shown (the ordinary policy asks for it)."""
    site, login = club.site, "the.boss"

    def make(uow):
        from engine.services.identity import set_password
        from engine.services.identity.actors import USER
        from engine.storage.tables import tables_of

        user = tables_of(uow.catalog).of(USER)
        found = uow.execute(user.select().where(user.c.login == login)).first()
        if found is None:
            made = records.create(uow, "system.user", {"login": login, "active": True, "roles": [
                {"role": "administrator"}]})
            set_password(uow, made.id, PASSWORD)

    site.write(system(club.organisation), make)
    browser = entered(club, login, PASSWORD)
    from engine.services.identity.sessions import hash_of
    from engine.storage.system.tables import SESSION

    with site.database.writing() as connection:
        connection.execute(SESSION.update().where(
            SESSION.c.token_hash == hash_of(browser.client.get_cookie("sid").value)).values(level=2))
    return browser


def test_a_first_password_reaches_its_change_and_sign_out_and_no_other_route(club, newcomer):
    login, password, _ = newcomer
    browser = entered(club, login, password)
    reached = []
    for rule in club.app.url_map.iter_rules():
        view = club.app.view_functions[rule.endpoint]
        if view.access == "public" or "GET" not in rule.methods:
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule.replace("<module>/<slug>", "club/member"))
        answer = browser.get(path)
        if answer.status_code == 200:
            reached.append(path)
        else:
            assert answer.status_code in (303, 401), (path, answer.status_code)
    assert reached == ["/sign-in/password"]
    assert browser.post("/club/member/new", _fields="name", name="Зере").status_code in (303, 401)
    assert browser.get("/").headers["Location"] == "/sign-in"
    assert browser.get("/sign-in").headers["Location"] == "/sign-in/password"
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/sign-in/password").headers["Location"].startswith("/sign-in?")


def test_changing_a_first_password_lets_in_and_goes_on_to_where_one_was_going(club, newcomer):
    login, password, _ = newcomer
    browser = entered(club, login, password)
    old_cookie = browser.client.get_cookie("sid").value
    page = browser.get("/sign-in/password?next=%2Fclub%2Fmember")
    assert 'autocomplete="new-password"' in page.text and 'value="/club/member"' in page.text
    wrong = browser.post("/sign-in/password", old=password, new="қысқа", again="басқа", next="/club/member")
    assert wrong.status_code == 422 and 'href="#new"' in wrong.text and 'href="#again"' in wrong.text
    assert password not in wrong.text
    good = browser.post("/sign-in/password", old=password, new=NEW, again=NEW, next="/club/member")
    assert good.status_code == 303 and good.headers["Location"] == "/club/member"
    assert browser.client.get_cookie("sid").value != old_cookie
    assert browser.get("/club/member").status_code == 200
    assert browser.get("/sign-in/password").status_code == 303, "there is nothing left to do there"


def test_a_sent_password_form_is_never_kept_in_a_page(club, newcomer):
    login, password, _ = newcomer
    browser = entered(club, login, password)
    browser.get("/sign-in/password")
    browser.client.delete_cookie("sid")
    answer = browser.post("/sign-in/password", old=password, new=NEW, again=NEW)
    assert answer.status_code == 303 and NEW not in answer.text


def test_the_own_account_lists_sessions_and_ends_others(club, newcomer):
    login, password, _ = newcomer
    browser = entered(club, login, password)
    browser.get("/sign-in/password")
    browser.post("/sign-in/password", old=password, new=NEW, again=NEW)
    other = entered(club, login, NEW)
    page = browser.get("/account")
    assert page.status_code == 200 and page.text.count("/sessions/") == 2
    assert 'href="/account"' in browser.get("/").text, "the menu of the person leads there"
    name = re.search(r'action="/account/sessions/(\w+)/end"', page.text)[1]
    assert browser.post(f"/account/sessions/{name}/end").status_code == 303
    assert other.get("/account").status_code == 303
    third = entered(club, login, NEW)
    browser.get("/account")
    assert browser.post("/account/sessions/end-others").status_code == 303
    assert third.get("/account").status_code == 303 and browser.get("/account").status_code == 200


def test_an_administrator_runs_an_account_from_its_card(club, newcomer, boss):
    login, _, id = newcomer
    card = boss.get(f"/system/user/{id}")
    assert f'href="/accounts/{id}"' in card.text
    page = boss.get(f"/accounts/{id}")
    assert page.status_code == 200 and login in page.text
    told = boss.post(f"/accounts/{id}/first-password")
    assert told.status_code == 200 and told.headers["Cache-Control"] == "no-store"
    password = re.search(r'q-secret">([^<]+)<', told.text)[1]
    assert password not in boss.get(f"/accounts/{id}").text
    browser = entered(club, login, password)
    assert boss.post(f"/accounts/{id}/block").status_code == 303
    assert browser.get("/sign-in/password").status_code == 303
    assert boss.post(f"/accounts/{id}/unblock").status_code == 303
    refused = boss.post(f"/accounts/{id}/delete", confirmed="somebody")
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert boss.post(f"/accounts/{id}/delete", confirmed=login).status_code == 303
    assert "deleted-" in boss.get(f"/system/user/{id}").text and login not in boss.get(f"/system/user/{id}").text


def test_passwords_of_others_cannot_be_typed_into_a_form(club, newcomer, boss):
    *_, id = newcomer
    page = boss.get(f"/system/user/{id}/edit")
    assert page.status_code == 200 and 'name="password"' not in page.text


def test_whoever_runs_no_accounts_finds_none(club, newcomer, helper, chief):
    *_, id = newcomer
    for browser in (helper, chief):
        assert browser.get(f"/accounts/{id}").status_code in (403, 404)
        assert browser.get("/accounts/without").status_code == 403
        for act in ("first-password", "block", "unblock", "open", "end-sessions", "remove-factors", "delete"):
            assert browser.post(f"/accounts/{id}/{act}").status_code in (403, 404), act


def test_first_passwords_for_all_new_ones_at_once(club, boss):
    boss_of_all = system(club.organisation)
    made = club.site.write(boss_of_all, lambda uow: records.create_many(uow, "system.user", [
        {"login": f"imported{n}", "active": True, "roles": [{"role": "helper"}]} for n in range(2)]))
    page = boss.get("/accounts/without")
    assert "imported0" in page.text and "imported1" in page.text
    told = boss.post("/accounts/without", {"id": [str(m.id) for m in made]})
    found = re.findall(r'q-secret">([^<]+)<', told.text)
    assert len(set(found)) == 2
    assert "imported0" not in boss.get("/accounts/without").text




# -- the second factor ------------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(club):
    """(login, browser) of an administrator with a password and without a second factor, at the door."""
    from engine.services.identity import set_password

    login = f"keeper{next(_numbers)}"

    def make(uow):
        made = records.create(uow, "system.user", {"login": login, "active": True, "roles": [{"role": "administrator"}]})
        set_password(uow, made.id, PASSWORD)

    club.site.write(system(club.organisation), make)
    return login, entered(club, login, PASSWORD)


def set_up(browser):
    """(telephone, recovery codes) by the pages of the door."""
    import pyotp

    browser.get("/sign-in/set-up")
    assert browser.post("/sign-in/set-up").status_code == 303
    page = browser.get("/sign-in/set-up")
    assert 'src="data:image/svg+xml' in page.text
    telephone = pyotp.TOTP(re.search(r'q-secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", ""))
    wrong = browser.post("/sign-in/set-up/confirm", code="000000")
    assert wrong.status_code == 422 and 'id="code-error"' in wrong.text
    done = browser.post("/sign-in/set-up/confirm", code=telephone.now())
    assert done.status_code == 200, done.text
    return telephone, re.findall(r'q-secret">([^<]+)<', done.text)


def test_an_administrator_without_a_second_factor_is_let_into_nothing_but_its_set_up(club, keeper):
    login, browser = keeper
    assert browser.get("/system/user").headers["Location"].startswith("/sign-in?")
    assert browser.get("/sign-in").headers["Location"] == "/sign-in/set-up"
    _, codes = set_up(browser)
    assert len(codes) == 10
    assert browser.get("/system/user").status_code == 200
    assert browser.get("/sign-in/set-up").status_code == 303
    again = entered(club, login, PASSWORD)
    assert again.get("/sign-in").headers["Location"] == "/sign-in/code"
    assert again.get("/system/user").status_code == 303
    again.get("/sign-in/code")
    assert again.post("/sign-in/code", code="123 456").status_code == 422
    old = again.client.get_cookie("sid").value
    sent = again.post("/sign-in/code", code=codes[0], next="/system/user")
    assert sent.status_code == 303 and sent.headers["Location"] == "/system/user"
    assert again.client.get_cookie("sid").value != old
    assert again.get("/account/factors").status_code == 200


def test_what_was_typed_when_the_session_ended_outlives_the_code_too(club, keeper):
    login, browser = keeper
    _, codes = set_up(browser)
    page = browser.get("/club/member/new")
    assert page.status_code in (200, 403, 404)
    fresh = entered(club, "helper", PASSWORD)
    fresh.client.delete_cookie("sid")
    fresh.get("/sign-in")
    asked = fresh.post("/sign-in", login=login, password=PASSWORD, _kept="name=Зере", _kept_to="/club/member/new")
    assert asked.status_code == 200 and 'name="_kept" value="name=Зере"' in asked.text and 'id="code"' in asked.text
    resumed = fresh.post("/sign-in/code", code=codes[1], _kept="name=Зере", _kept_to="/club/member/new")
    assert resumed.status_code == 200 and 'value="Зере"' in resumed.text


def test_the_own_page_sets_up_renews_and_removes(club, helper):
    import pyotp

    assert "/account/factors/begin" in helper.get("/account/factors").text
    for wrong in ({}, {"password": "бұл емес"}):
        assert helper.post("/account/factors/begin", **wrong).status_code == 422
    assert helper.get("/account/factors/begin").status_code == 303, "nothing was begun"
    helper.post("/account/factors/begin", password=PASSWORD)
    page = helper.get("/account/factors/begin")
    telephone = pyotp.TOTP(re.search(r'q-secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", ""))
    done = helper.post("/account/factors/confirm", code=telephone.now())
    assert done.status_code == 200 and len(re.findall(r'q-secret">', done.text)) == 10
    helper.get("/account/factors")
    assert helper.post("/account/factors/codes", password="бұл емес").status_code == 422
    assert len(re.findall(r'q-secret">', helper.post("/account/factors/codes", password=PASSWORD).text)) == 10
    assert helper.post("/account/factors/remove", password=PASSWORD).status_code == 303
    assert entered(club, "helper", PASSWORD).get("/club/member").status_code == 200


def asked(browser, path):
    """What the page's script is told at `path`."""
    answer = browser.post(path, password=PASSWORD)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store", answer.text
    return answer.get_json()


def test_the_pages_offer_passkeys_and_say_what_to_do_without_scripts(club, helper):
    from tests.authenticator import Authenticator

    page = helper.get("/account/factors").text
    assert "passkey.js" in page and 'data-origin="http://localhost:8000"' in page
    assert "<noscript><p" in page and "data-ready hidden" in page
    assert "passkey.js" not in helper.get("/club/member").text + helper.get("/account").text
    first, second = Authenticator(), Authenticator()
    refused = helper.post("/account/factors/passkey/begin", password="бұл емес")
    assert refused.status_code == 422 and set(refused.get_json()) == {"problem"}, "an open session is not enough"
    made = first.make(asked(helper, "/account/factors/passkey/begin"))
    done = helper.post("/account/factors/passkey", answer=made, title="<Ключ> на связке")
    assert done.status_code == 200 and len(re.findall(r'q-secret">', done.text)) == 10
    made = second.make(asked(helper, "/account/factors/passkey/begin"))
    assert helper.post("/account/factors/passkey", answer=made, title="").status_code == 303
    page = helper.get("/account/factors").text
    assert "&lt;Ключ&gt; на связке" in page and page.count("<option value=") == 3

    again = entered(club, "helper", PASSWORD)
    page = again.get("/sign-in/code").text
    assert "passkey.js" in page and "q-other-way" in page
    refused = again.post("/sign-in/passkey", answer="", next="/club/member")
    assert refused.status_code == 422 and 'id="errors"' in refused.text
    for path in ("/sign-in/set-up/passkey/begin", "/account/factors/passkey/begin"):
        assert again.post(path).status_code in (303, 401, 404), "a factor is to be shown: none is set up in its place"
    shown = first.show(asked(again, "/sign-in/passkey/begin"))
    sent = again.post("/sign-in/passkey", answer=shown, next="/club/member")
    assert sent.status_code == 303 and sent.headers["Location"] == "/club/member"
    assert again.get("/club/member").status_code == 200
    assert again.post("/sign-in/passkey/begin").status_code == 303

    chosen = re.findall(r'<option value="([^"]+)"', again.get("/account/factors").text)
    wrong = again.post("/account/factors/remove", password="бұл емес", which=chosen[1])
    assert wrong.status_code == 422 and f'value="{chosen[1]}" selected' in wrong.text
    assert again.post("/account/factors/remove", password=PASSWORD, which="nonsense").status_code == 404
    assert again.post("/account/factors/remove", password=PASSWORD, which=chosen[1]).status_code == 303
    assert again.get("/account/factors").text.count("<option value=") == 2
    assert again.post("/account/factors/remove", password=PASSWORD).status_code == 303


def test_a_role_that_needs_a_factor_may_set_up_a_passkey(club, keeper):
    from tests.authenticator import Authenticator

    login, browser = keeper
    device = Authenticator()
    assert "passkey.js" in browser.get("/sign-in/set-up").text
    made = device.make(asked(browser, "/sign-in/set-up/passkey/begin"))
    wrong = browser.post("/sign-in/set-up/passkey", answer=made.replace("public-key", "x"), title="Менің кілтім")
    assert wrong.status_code == 422 and 'value="Менің кілтім"' in wrong.text, "what was typed is kept"
    assert browser.get("/system/user").status_code == 303
    made = device.make(asked(browser, "/sign-in/set-up/passkey/begin"))
    done = browser.post("/sign-in/set-up/passkey", answer=made, next="/system/user")
    assert done.status_code == 200 and len(re.findall(r'q-secret">', done.text)) == 10
    assert browser.get("/system/user").status_code == 200
    again = entered(club, login, PASSWORD)
    again.get("/sign-in/code")
    shown = device.show(asked(again, "/sign-in/passkey/begin"))
    resumed = again.post("/sign-in/passkey", answer=shown, _kept="name=Зере", _kept_to="/club/member/new")
    assert resumed.status_code == 200 and 'value="Зере"' in resumed.text


def test_where_passkeys_do_not_work_the_recovery_codes_do(club, keeper, monkeypatch):
    from dataclasses import replace

    from tests.authenticator import Authenticator

    login, browser = keeper
    browser.get("/sign-in/set-up")
    made = Authenticator().make(asked(browser, "/sign-in/set-up/passkey/begin"))
    codes = re.findall(r'q-secret">([^<]+)<', browser.post("/sign-in/set-up/passkey", answer=made).text)
    monkeypatch.setattr(club.site, "settings", replace(club.site.settings, address="http://10.0.0.5"))
    assert "passkey.js" not in browser.get("/account/factors").text
    again = entered(club, login, PASSWORD)
    page = again.get("/sign-in/code").text
    assert "passkey.js" not in page and 'id="code"' in page
    assert again.post("/sign-in/passkey/begin").status_code == 404
    assert again.post("/sign-in/code", code=codes[0]).status_code == 303


# -- letters ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mail(club, monkeypatch):
    """Letters that went out; a mail server is set."""
    from engine.services.accounts import letters

    found = []
    monkeypatch.setattr(club.site, "settings", replace(club.site.settings, smtp="smtp://127.0.0.1:9"))
    monkeypatch.setattr(letters, "post", lambda settings, letter: found.append(letter))
    work_off(club.site)  # what an earlier test left
    found.clear()
    return found


def with_mail(club, password=True, email=True):
    """(login, e-mail, id) of a new helper."""
    number = next(_numbers)

    def make(uow):
        address = f"zere{number}@mektep.kz" if email else None
        person = records.create(uow, "system.person", {
            "last_name": "Серік", "first_name": f"Зере{number}", "email": address})
        made = records.create(uow, "system.user", {"login": f"zere{number}", "active": True, "language": "ru",
                                                   "person": str(person.id), "roles": [{"role": "helper"}]})
        if password:
            set_password(uow, made.id, PASSWORD)
        return made.values["login"], address, made.id

    return club.site.write(system(club.organisation), make)


def stranger(club, language="ru"):
    browser = Browser.__new__(Browser)
    browser.client, browser.token = club.app.test_client(), ""
    browser.client.set_cookie("lang", language)
    return browser


def path_in(letter):
    return re.search(r"http://localhost:8000(/sign-in/link/\S+)", letter.text)[1]


def test_a_forgotten_password_from_the_sign_in_page_to_the_new_one(club, mail):
    login, address, _ = with_mail(club)
    browser = stranger(club)
    assert 'href="/sign-in/forgotten"' in browser.get("/sign-in").text
    assert "autofocus" in browser.get("/sign-in/forgotten").text
    empty = browser.post("/sign-in/forgotten", who=" ")
    assert empty.status_code == 422 and "Введите имя пользователя" in empty.text
    there = {"base_url": "http://evil.example", "headers": {"X-Forwarded-Host": "evil.example"}}
    token = re.search(r'csrf_token" value="([^"]+)"', browser.client.get("/sign-in/forgotten", **there).text)[1]
    sent = browser.client.post("/sign-in/forgotten", data={"csrf_token": token, "who": address}, **there)
    assert (sent.status_code, sent.location) == (303, "/sign-in/forgotten?asked")
    assert "60 минут" in browser.get(sent.location).text
    work_off(club.site)
    [letter] = mail
    assert "evil" not in letter.text, "a link begins with the address of the installation, whatever a request says"
    path = path_in(letter)
    for _ in range(3):
        assert browser.client.head(path).status_code == 200 and browser.client.options(path).status_code == 200
        assert login in browser.get(path).text
    browser.get(path)
    wrong = browser.post(path, new="қысқа", again="басқа")
    assert wrong.status_code == 422 and 'href="#new"' in wrong.text and login in wrong.text
    inside = entered(club, login, PASSWORD)
    done = browser.post(path, new=NEW, again=NEW)
    assert done.location == "/sign-in" and browser.client.get_cookie("sid") is None, "nobody is signed in by a link"
    assert inside.get("/account").status_code == 303
    gone = browser.get(path)
    assert gone.status_code == 404 and 'href="/sign-in/forgotten"' in gone.text
    assert browser.post(path, new=NEW + "2", again=NEW + "2").status_code == 404
    assert entered(club, login, NEW).get("/account").status_code == 200


def test_a_reset_takes_no_second_factor_away(club, mail):
    login, _, _ = with_mail(club)
    inside = entered(club, login, PASSWORD)
    inside.get("/account/factors")
    page = inside.post("/account/factors/begin", password=PASSWORD)
    page = inside.get(page.location) if page.status_code == 303 else page
    secret = re.search(r'q-secret">([^<]+)<', page.text)[1].replace(" ", "")
    sent = re.search(r'action="([^"]*confirm[^"]*)"', page.text)[1]
    shown = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    code = pyotp.TOTP(secret).at(club.site.clock.now())
    assert inside.post(sent, {**dict(shown), "code": code}).status_code in (200, 303)
    browser = stranger(club)
    browser.get("/sign-in/forgotten")
    browser.post("/sign-in/forgotten", who=login)
    work_off(club.site)
    path = path_in(mail[-1])
    browser.get(path)
    assert browser.post(path, new=NEW, again=NEW).status_code == 303
    again = entered(club, login, NEW)
    assert again.get("/account").status_code == 303 and "code" in again.get("/sign-in").location


def test_without_a_mail_server_the_page_says_whom_to_ask(club):
    browser = stranger(club)
    page = browser.get("/sign-in/forgotten")
    assert page.status_code == 200 and "<form" not in page.text and "администратору" in page.text
    browser.get("/sign-in")
    assert "<form" not in browser.post("/sign-in/forgotten", who="chief").text
    gone = browser.get("/sign-in/link/nobody-was-sent-this")
    assert gone.status_code == 404 and "администратора" in gone.text and "/sign-in/forgotten" not in gone.text


def test_many_are_invited_from_the_page_and_those_without_an_e_mail_are_named(club, boss, mail):
    one, _, reached = with_mail(club, password=False)
    _, _, mute = with_mail(club, password=False, email=False)
    page = boss.get("/accounts/without")
    assert page.text.count('name="invite"') == 1 and f'value="{mute}"' in page.text
    none = boss.post("/accounts/without", invite="yes")
    assert none.status_code == 422 and "Никто не отмечен" in none.text and " checked" not in none.text
    told = boss.post("/accounts/without", {"id": [str(reached), str(mute), "nonsense"], "invite": "yes"})
    assert told.status_code == 200 and "Отправляется 1 приглашение" in told.text
    assert f'<a href="/accounts/{mute}">Серік' in told.text and f'<a href="/accounts/{reached}">Серік' not in told.text
    ticked = re.findall("<input[^>]* checked>", told.text)
    assert [re.search('value="([^"]+)"', tag)[1] for tag in ticked] == [str(mute)]
    work_off(club.site)
    assert [letter.subject for letter in mail] == ["Вас приглашают в Qurastyr"] and one in mail[0].text
    all_sent = boss.post("/accounts/without", {"id": [str(reached)], "invite": "yes"})
    assert all_sent.status_code == 303
    slips = boss.post("/accounts/without", {"id": [str(mute)]})
    assert slips.status_code == 200 and slips.text.count('class="q-secret"') == 1


def test_a_password_that_is_too_new_is_told_on_its_page(club, mail, monkeypatch):
    from engine.model.policy import DEFAULT

    login, _, _ = with_mail(club)
    monkeypatch.setattr(own, "policy_of", lambda site: replace(DEFAULT, min_age_hours=24))
    browser = entered(club, login, PASSWORD)
    page = browser.get("/account/password")
    assert "сменить его можно с" in page.text and 'name="new"' not in page.text
    refused = browser.post("/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert refused.status_code == 422 and "сменить его можно с" in refused.text and NEW not in refused.text
