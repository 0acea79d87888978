"""The description says what this actor may see, send and do - no more, no less."""

import json

import pytest
from jsonschema import Draft202012Validator

from engine.api.openapi import openapi_bytes
from engine.api.schemas import component_name
from engine.services.access import readable, writable
from engine.services.actor import Actor
from tests.api.world import catalog as shop


@pytest.fixture(scope="module")
def catalog():
    return shop()


def described(catalog, *roles, language="ru"):
    return json.loads(openapi_bytes(catalog, Actor("key", roles=frozenset(roles)), language))


def test_fields_and_verbs_are_those_of_the_actor(catalog):
    for roles in (("keeper",), ("seller",), ("seller", "keeper"), ("administrator",)):
        spec = described(catalog, *roles)
        actor = Actor("key", roles=frozenset(roles))
        for entity in catalog.entities.values():
            name, seen = component_name(entity), readable(catalog, actor, entity)
            schema = spec["components"]["schemas"].get(name)
            assert (schema is None) == (not seen)
            if schema is None:
                assert not any(p.startswith(f"/api/v1{entity.url}") for p in spec["paths"])
                continue
            shown = {k for k in schema["properties"] if not k.startswith("@")}
            secret = {f.key for f in entity.fields.values() if f.kind.secret}
            assert shown == (seen | {"id", "version"}) - secret
            for verb, part in (("create", "Create"), ("edit", "Edit")):
                allowed = writable(catalog, actor, entity, verb)
                described_inputs = spec["components"]["schemas"].get(f"{name}{part}")
                if described_inputs:
                    assert set(described_inputs["properties"]) - {"version"} == allowed
                    assert described_inputs["additionalProperties"] is False


def test_hidden_names_stand_nowhere(catalog):
    text = json.dumps(described(catalog, "seller"))
    for hidden in ("margin", "secret_note", "Сейф", "shop/safe", "PATCH"):
        assert hidden not in text
    assert "margin" in json.dumps(described(catalog, "keeper"))


def test_nobody_sees_nothing(catalog):
    spec = described(catalog)
    assert [path for path in spec["paths"] if not path.startswith("/api/v1/jobs")] == ["/api/v1/me"]


def test_every_component_is_a_json_schema_and_every_reference_leads_somewhere(catalog):
    spec = described(catalog, "keeper", "administrator")
    assert spec["openapi"] == "3.1.0"
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    waiting, found = [spec], 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "$ref" in item:
                found += 1
                *_, kind, name = item["$ref"].split("/")
                assert name in spec["components"][kind]
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    assert found > 100


def test_inputs_never_name_what_the_engine_sets(catalog):
    spec = described(catalog, "keeper", "seller", "administrator")
    engine_sets = {"id", "organisation", "created_at", "created_by", "updated_at", "updated_by", "archived_at",
                   "number",
                   "state", "posted_at", "reverses"}
    checked = 0
    for name, schema in spec["components"]["schemas"].items():
        if name.endswith(("Create", "Edit")):
            checked += 1
            assert not engine_sets & set(schema["properties"]), name
    assert checked >= 8
    lines = spec["components"]["schemas"]["ShopBillCreate"]["properties"]["lines"]["items"]
    assert set(lines["properties"]) == {"id", "service", "quantity", "price"}
    assert lines["additionalProperties"] is False


def test_it_is_built_once_for_each_set_of_roles_and_language(catalog):
    one = openapi_bytes(catalog, Actor("key", login="a", roles=frozenset({"keeper"})), "kk")
    other = openapi_bytes(catalog, Actor("key", login="b", roles=frozenset({"keeper"})), "kk")
    assert one is other
    assert openapi_bytes(catalog, Actor("key", roles=frozenset({"keeper"})), "ru") is not one
    assert "Сатып алушы" in one.decode()
