"""Keys that are narrowed: to reading, to some of the roles."""

from __future__ import annotations

from types import SimpleNamespace

from engine.ids import parse_id
from engine.services.identity import create_key
from tests.api.conftest import Caller


def test_a_key_that_only_reads_changes_nothing(shop, keeper):
    narrow = create_key(shop.site, "keeper", "reads", read_only=True)
    reader = Caller(SimpleNamespace(app=shop.app, keys={"keeper": narrow}), "keeper")
    assert reader("GET", "/shop/customer").status_code == 200
    refused = reader("POST", "/shop/customer", {"name": "Бөтен"})
    assert refused.status_code == 403 and "key.read-only" in refused.text, refused.text
    assert keeper("POST", "/shop/customer", {"name": "Өз"}).status_code == 201


def test_a_key_without_the_role_finds_nothing(shop):
    narrow = create_key(shop.site, "keeper", "narrow", roles=["cook"])
    assert Caller(SimpleNamespace(app=shop.app, keys={"keeper": narrow}), "keeper")(
        "GET", "/shop/customer").status_code in (403, 404)


def caller(shop, login, **narrowing):
    key = create_key(shop.site, login, "narrow", **narrowing)
    return Caller(SimpleNamespace(app=shop.app, keys={login: key}), login)


def test_a_key_of_chosen_entities_finds_nothing_else(shop):
    narrow = caller(shop, "keeper", entities=["shop.service"])
    assert narrow("GET", "/shop/service").status_code == 200
    assert narrow("POST", "/shop/service", {"name": {"kk": "Су", "ru": "Вода"}, "price": "1"}).status_code == 201
    assert narrow("GET", "/shop/customer").status_code == 404
    assert narrow("POST", "/shop/customer", {"name": "Бөтен"}).status_code == 404
    assert list(narrow("GET", "/me").json["entities"]) == ["shop.service"]
    described = narrow("GET", "/openapi.json").json["paths"]
    assert any("/shop/service" in path for path in described)
    assert not any("/shop/customer" in path for path in described)
    whole = caller(shop, "keeper")("GET", "/openapi.json").json["paths"]
    assert any("/shop/customer" in path for path in whole)


def test_a_key_for_reading_is_told_what_it_may_do(shop):
    verbs = caller(shop, "keeper", read_only=True)("GET", "/me").json["entities"]["shop.customer"]
    assert set(verbs) <= {"read", "history"} and "read" in verbs


def test_work_in_the_background_is_no_business_of_a_narrowed_key(shop):
    from engine.services.actor import Actor
    from engine.services.jobs import defer

    login = "keeper"
    me = caller(shop, login)("GET", "/me").json
    who = Actor("user", parse_id(me["id"]), login, login, None, shop.organisation, (), frozenset({"keeper"}), "ru")
    job = str(shop.site.write(who, lambda uow: defer(uow, "records.bulk", {}, title="x")))
    assert caller(shop, login)("GET", f"/jobs/{job}").status_code == 200
    for narrowing in ({"entities": ["shop.service"]}, {"roles": ["keeper"]}):
        narrow = caller(shop, login, **narrowing)
        assert narrow("GET", f"/jobs/{job}").status_code == 404
        assert narrow("POST", f"/jobs/{job}/cancel").status_code == 404
        assert job not in [one["id"] for one in narrow("GET", "/jobs").json["data"]]


def test_keys_open_no_pages(shop):
    key = create_key(shop.site, "administrator", "x")
    client = shop.app.test_client(use_cookies=False)
    for path in ("/", "/account", "/account/keys", "/system/user", "/journal", "/shop/customer"):
        assert client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code in (303, 401), path
    assert client.post("/account/keys/new", headers={"Authorization": f"Bearer {key}"}).status_code in (303, 400, 401)


def test_keys_that_open_nothing_are_answered_alike_until_their_address_waits(shop):
    client, here = shop.app.test_client(use_cookies=False), {"REMOTE_ADDR": "10.66.0.1"}
    good = create_key(shop.site, "keeper", "x")
    over = create_key(shop.site, "keeper", "x", days=0)

    def ask(key, **more):
        answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"},
                            environ_base={**here, **more})
        return answer.status_code, {k: v for k, v in (answer.json or {}).items() if k != "instance"}

    unknown = ask("qk_" + "x" * 43)
    assert unknown[0] == 401 and unknown[1]["code"] == "actor.unknown"
    assert ask(over) == ask("qk_") == ask("nonsense") == ask("ə" * 200) == unknown
    for n in range(60):
        last = ask(f"qk_{n:043}")
    assert last[0] == 429 and ask(over) == last == ask("qk_" + "y" * 43)
    assert ask(good)[0] == 200, "a program with a good key beside it goes on"
    assert ask("qk_" + "x" * 43, REMOTE_ADDR="10.66.0.2") == unknown
