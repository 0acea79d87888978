"""What is shipped, over the API: each role's description, and nothing set that only the engine sets."""

from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

from engine.app import create_app
from engine.config import Settings
from engine.loading.files import read_folder
from engine.services import records
from engine.services.access import can
from engine.services.actor import Actor, system
from engine.services.identity import create_key
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from tests.api.conftest import Caller
from tests.api.keeping import FULL
from tests.api.test_hostile import assign, existing_of
from tests.api.world import ROOT

QUICK = ("administrator", "parent")
"""The widest role and the narrowest one; the full counts ask as every role."""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """All shipped modules on SQLite, with a key for each role."""
    settings = Settings.of(tmp_path_factory.mktemp("shipped")).prepare()
    database = Database(settings.database_url)
    publish(database, read_folder(ROOT))
    database.close()
    site = Site.open(settings)
    unit = site.write(system(), lambda uow: records.create(uow, "system.unit", {
        "code": "S1", "name": {"kk": "Мектеп", "ru": "Школа"}, "kind": "school", "legal": True}))
    keys = {}
    for role in site.catalog.roles:
        site.write(system(unit.id), lambda uow, role=role: records.create(
            uow, "system.user", {"login": role, "active": True, "roles": [{"role": role}]}))
        keys[role] = create_key(site, role, "tests")
    yield SimpleNamespace(site=site, app=create_app(site), keys=keys)
    site.database.close()


def test_each_role_gets_its_description_and_its_lists(shipped):
    catalog, asked = shipped.site.catalog, 0
    for role in shipped.keys:
        caller, actor = Caller(shipped, role), Actor("key", roles=frozenset({role}))
        spec = caller("GET", "/openapi.json").json
        if FULL or role in QUICK:
            for schema in spec["components"]["schemas"].values():
                Draft202012Validator.check_schema(schema)
        for entity in catalog.entities.values():
            answer = caller("GET", entity.url)
            asked += 1
            if can(catalog, actor, entity, "read"):
                assert answer.status_code in ((200, 404) if entity.kind == "settings" else (200,)), answer.text
            else:
                assert answer.status_code == 404, (role, entity.address, answer.text)
    assert asked >= 100


def test_nobody_sets_what_the_engine_sets_in_shipped_entities(shipped):
    catalog, sent, wrong = shipped.site.catalog, 0, []
    for role in shipped.keys if FULL else QUICK:
        caller, actor = Caller(shipped, role), Actor("key", roles=frozenset({role}))
        for entity in catalog.entities.values():
            if can(catalog, actor, entity, "read"):
                more, bad = assign(catalog, caller, actor, entity, existing_of(caller, entity))
                sent, wrong = sent + more, wrong + bad
    assert not wrong, wrong[:5]
    assert sent >= 500, sent
