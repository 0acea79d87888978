"""Keys that are narrowed: to reading, to some of the roles."""

from __future__ import annotations

from types import SimpleNamespace

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
