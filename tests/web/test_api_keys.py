"""Pages of API keys: one's own, and those that an administrator issues, narrows and revokes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from engine.services import records
from engine.services.actor import system
from engine.services.identity import actor_of_key, create_key, set_password
from tests.web.conftest import PASSWORD, Browser, running
from tests.web.world import CLUB


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    made = running(tmp_path_factory.mktemp("keys"), CLUB)
    for found in made:
        with_boss(found)
        yield found


def with_boss(club):
    def make(uow):
        boss = records.create(uow, "system.user", {
            "login": "the.boss", "active": True, "roles": [{"role": "administrator"}, {"role": "chief"}]})
        set_password(uow, boss.id, PASSWORD)

    club.site.write(system(club.organisation), make)


@pytest.fixture
def boss(club):
    return Browser(club.app, "the.boss")


def wish(club, **more):
    day = (club.site.clock.today() + timedelta(days=10)).isoformat()
    return {"title": "Банк", "last_day": day, "read_only": "1", "reach": "all", "password": PASSWORD, **more}


def told(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return re.search(r'id="new-key">(qk_[^<]+)<', answer.text)[1]


def test_a_key_is_made_shown_once_narrowed_and_revoked(club, boss):
    assert 'href="/account/keys"' in boss.get("/account").text
    assert 'href="/account/keys/new"' in boss.get("/account/keys").text
    form = boss.get("/account/keys/new").text
    assert 'value="club.member"' in form and 'name="read_only" value="1" checked' in form
    key = told(boss.post("/account/keys/new", wish(club, title="Банк <b>", reach="chosen", entity=[
        "club.member", "club.service"])))
    assert actor_of_key(club.site, key).entities == {"club.member", "club.service"}
    page = boss.get("/account/keys").text
    assert key not in page and key[:8] in page and "Банк &lt;b&gt;" in page and "<b>" not in page
    here = re.search(r'href="(/account/keys/[0-9a-f-]{36})"', page)[1]
    narrow = boss.get(here).text
    assert "disabled" in narrow and 'name="password"' not in narrow and 'value="club.order"' not in narrow
    day = club.site.clock.today().isoformat()
    assert boss.post(here, last_day=day, reach="chosen", entity="club.member").status_code == 303
    assert actor_of_key(club.site, key).entities == {"club.member"}
    wrong = boss.post(here, last_day=day, reach="chosen", entity="club.service")
    assert wrong.status_code == 422 and 'href="#entities"' in wrong.text
    boss.get("/account/keys")
    assert boss.post(f"{here}/revoke").status_code == 303
    assert actor_of_key(club.site, key) is None and "отозван" in boss.get("/account/keys").text
    assert boss.post(f"{here}/revoke").status_code == 404


def test_bad_input_is_told_and_what_was_typed_is_kept(club, boss):
    before = boss.get("/account/keys").text.count("qk_")
    wrong = boss.post("/account/keys/new", wish(club, title="", last_day="2020-01-01", reach="chosen"))
    assert wrong.status_code == 422 and PASSWORD not in wrong.text
    for place in ("title", "last_day", "entities"):
        assert f'href="#{place}"' in wrong.text and f'id="{place}-error"' in wrong.text
    assert 'value="2020-01-01"' in wrong.text
    guessed = boss.post("/account/keys/new", wish(club, title="Менің кілтім", reach="chosen", entity="club.member",
                                                  password="бұл емес"))
    assert guessed.status_code == 422 and 'id="password-error"' in guessed.text
    assert 'value="Менің кілтім"' in guessed.text and 'value="club.member" checked' in guessed.text
    odd = boss.post("/account/keys/new", wish(club, last_day="завтра"))
    assert odd.status_code == 422 and 'id="last_day-error"' in odd.text
    assert boss.get("/account/keys").text.count("qk_") == before


def test_whom_the_policy_does_not_let_reads_why(club, helper):
    page = helper.get("/account/keys")
    assert page.status_code == 200 and "/account/keys/new" not in page.text and "служебную" in page.text
    assert helper.get("/account/keys/new").status_code == 403
    assert helper.post("/account/keys/new", wish(club)).status_code == 403
    create_key(club.site, "helper", "from the command line")
    here = re.search(r'href="(/account/keys/[0-9a-f-]{36})"', helper.get("/account/keys").text)[1]
    assert helper.post(f"{here}/revoke").status_code == 303, "what there is may always be revoked"


def test_keys_of_others_are_not_found_on_ones_own_page(club, boss, helper):
    create_key(club.site, "the.boss", "x")
    here = re.search(r'href="(/account/keys/[0-9a-f-]{36})"', boss.get("/account/keys").text)[1]
    assert helper.get(here).status_code == 404 and helper.post(f"{here}/revoke").status_code == 404
    assert helper.get("/account/keys/nonsense").status_code == 404


def test_an_administrator_issues_keys_to_a_service_account(club, boss, helper):
    form = boss.get("/system/user/new")
    assert 'name="service"' in form.text
    robot = club.site.write(system(club.organisation), lambda uow: records.create(uow, "system.user", {
        "login": "robot", "active": True, "service": True, "roles": [{"role": "helper"}]}))
    url = f"/accounts/{robot.id}"
    assert "Служебная" in boss.get(f"/system/user/{robot.id}").text
    page = boss.get(url).text
    assert "/first-password" not in page and "/invite" not in page and f'href="{url}/keys/new"' in page
    wrong = boss.post(f"{url}/keys/new", wish(club, password="x"))
    assert wrong.status_code == 422 and 'id="password-error"' in wrong.text
    key = told(boss.post(f"{url}/keys/new", wish(club)))
    assert actor_of_key(club.site, key).login == "robot"
    page = boss.get(url).text
    assert key not in page and key[:8] in page and "the.boss" in page
    one = re.search(rf'href="({url}/keys/[0-9a-f-]{{36}})"', page)[1]
    assert boss.get(one).status_code == 200
    assert helper.get(one).status_code in (403, 404) and helper.post(f"{one}/revoke").status_code in (403, 404)
    assert helper.post(f"{url}/keys/new", wish(club)).status_code in (403, 404)
    boss.get(url)
    day = club.site.clock.today().isoformat()
    assert boss.post(one, last_day=day, reach="chosen", entity="club.member").status_code == 303
    assert actor_of_key(club.site, key).entities == {"club.member"}
    assert boss.post(f"{one}/revoke").status_code == 303 and actor_of_key(club.site, key) is None
    refused = boss.post(f"{url}/first-password")
    assert refused.status_code == 409 and 'role="alert"' in refused.text


def test_a_person_is_issued_no_key(club, boss):
    [helper] = club.site.read(system(club.organisation), lambda v: v.execute(
        users(v).select().where(users(v).c.login == "helper")).all())
    assert boss.get(f"/accounts/{helper.id}/keys/new").status_code == 409
    assert boss.post(f"/accounts/{helper.id}/keys/new", wish(club)).status_code == 409


def users(view):
    from engine.storage.tables import tables_of

    return tables_of(view.catalog).of("system.user")


def test_the_journal_tells_of_keys_in_words(club, boss):
    told(boss.post("/account/keys/new", wish(club, title="Журналға", reach="chosen", entity="club.member")))
    page = boss.get("/journal?kind=doors").text
    assert "создал(а) ключ API" in page
    entry = re.search(r'href="(/journal/[0-9a-f-]{36})"[^§]*?создал\(а\) ключ API', page)[1]
    assert "Журналға" in boss.get(entry).text and "Только чтение" in boss.get(entry).text
    client = club.app.test_client(use_cookies=False)
    client.get("/api/v1/me", headers={"Authorization": "Bearer qk_planted_secret"})
    refusals = boss.get("/journal?kind=refused").text
    assert "отказ по ключу API" in refusals and "planted" not in refusals
