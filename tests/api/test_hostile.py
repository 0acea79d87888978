"""Hostile names never reach the database, nobody sets what only the engine sets: the proof `hostile-input`.

Each test also plants a defect and must catch it: a count of zero says something only where it could be another one.
"""

from __future__ import annotations

import re
import uuid

import pytest

from engine.services.access import can, writable
from engine.services.actor import Actor
from engine.storage.tables import tables_of
from tests.api.conftest import Caller
from tests.api.hostile import names, requests
from tests.api.keeping import FULL, keep_proof
from tests.loading.test_strict import BOMBS, REFUSED, many_events, strict
from tests.loading.test_strict import read as read_yaml

SEED = 20261122
FIGURES: dict[str, tuple] = {}
HARMLESS = re.compile(r"[?&](search=|where=|limit=[1-9][0-9]{0,2}$)")
"""Places of free text, where a text may be a good one, and a number of lines that chance has drawn."""


def failure(answer, address: str) -> str:
    """What is wrong with the answer to a hostile request; '' when it was refused as it should be."""
    if answer.status_code in (400, 404, 405) and answer.mimetype == "application/problem+json":
        return ""
    if answer.status_code == 308 or (answer.status_code == 200 and HARMLESS.search(address)):
        return "77.77" if "77.77" in answer.text else ""
    return f"{answer.status_code} {address[:200]}: {answer.text[:300]}"


def probe(caller, count: int, seed: int, enough: int = 100) -> tuple[int, list[str]]:
    """Requests sent and failures found (at most `enough`): a name goes to one place, the first to all."""
    sent, wrong = 0, []
    for number, name in enumerate(names(count, seed)):
        places = requests(name)
        for address in places if number < 40 else places[number % len(places):][:1]:
            sent += 1
            if found := failure(caller("GET", address), address):
                wrong.append(found)
                if len(wrong) >= enough:
                    return sent, wrong
    return sent, wrong


@pytest.fixture
def guarded(shop, keeper, bill):
    """A bill with a margin that the seller must not see."""
    return keeper.made("/shop/bill", {**bill, "margin": "77.77"})


def test_hostile_names_are_refused_everywhere(shop, seller, guarded):
    sqlite = shop.site.database.dialect == "sqlite"
    count = (100_000 if FULL else 3_000) if sqlite else (20_000 if FULL else 500)
    sent, wrong = probe(seller, count, SEED)
    where = shop.site.database.dialect
    FIGURES[f"names_{where}"] = (sent, ">=", count)
    FIGURES[f"names_failures_{where}"] = (len(wrong), "==", 0)
    assert not wrong, wrong[:5]
    assert seller("GET", f"/shop/bill/{guarded['id']}").status_code == 200


def _names_reach_sql(monkeypatch):
    import sqlalchemy as sa

    from engine.services.registries.columns import Columns
    from engine.services.registries.cursor import Key

    monkeypatch.setattr(Columns, "keys", lambda self, sort: [Key(sa.text(sort[0]), False, False)] if sort else [])


def _ids_are_not_read(monkeypatch):
    from engine.api import routes

    monkeypatch.setattr(routes, "id_of", uuid.UUID)


def _hidden_names_are_known(monkeypatch):
    from engine.services.registries.columns import Columns

    monkeypatch.setattr(Columns, "field", lambda self, key, path="fields": self.entity.fields.get(key)
                        or next(iter(self.entity.fields.values())))


@pytest.mark.parametrize("plant", [_names_reach_sql, _ids_are_not_read, _hidden_names_are_known])
def test_a_planted_defect_of_names_is_caught(shop, seller, monkeypatch, plant):
    plant(monkeypatch)
    _, wrong = probe(seller, 600, SEED, enough=1)
    caught("names", bool(wrong))
    assert wrong


CAUGHT: list[tuple[str, bool]] = []


def caught(what: str, yes: bool) -> None:
    CAUGHT.append((what, yes))


# -- mass assignment --------------------------------------------------------------------------------------------------

ENGINE_SETS = {
    "id": str(uuid.uuid4()), "organisation": str(uuid.uuid4()), "organisation_id": str(uuid.uuid4()), "version": 99,
    "state": "posted", "number": "X-1", "posted_at": "2020-01-01T00:00:00Z", "created_at": "2020-01-01T00:00:00Z",
    "created_by": str(uuid.uuid4()), "archived_at": "2020-01-01T00:00:00Z", "reverses": str(uuid.uuid4()),
}
ALWAYS_FORBIDDEN = ("__class__", "_id", "@display", "@allowed", "password_hash", "roles_", "search_text", "owner_id")


def forbidden(catalog, entity, allowed) -> list[str]:
    """Every field and every physical column that may not be sent, and a few that do not exist."""
    columns = [column.name for column in tables_of(catalog).of(entity.address).c]
    return [n for n in dict.fromkeys([*entity.fields, *columns, *ALWAYS_FORBIDDEN]) if n not in allowed]


def forbidden_in_rows(catalog, field) -> list[str]:
    columns = [column.name for column in tables_of(catalog).rows(field).c]
    good = {inner.key for inner in field.fields.values() if inner.is_input} | {"id"}
    return [n for n in dict.fromkeys([*field.fields, *columns, *ALWAYS_FORBIDDEN]) if n not in good]


def refused_at(answer, path: str) -> bool:
    """Was the request refused because of this very name?"""
    return answer.status_code in (400, 403, 422) and path in [e["path"] for e in answer.json["errors"]]


def assign(catalog, caller, actor, entity, existing=None) -> tuple[int, list[str]]:
    """Try to set what may not be set, on every write path of the entity."""
    sent, wrong = 0, []

    def attempt(method, address, body, path):
        nonlocal sent
        sent += 1
        answer = caller(method, address, body)
        if not refused_at(answer, path):
            wrong.append(f"{method} {address} {path}: {answer.status_code} {answer.text[:300]}")

    at = f"/{entity.module}/{entity.slug}"
    paths = []
    if can(catalog, actor, entity, "create") and entity.kind != "settings":
        allowed = writable(catalog, actor, entity, "create")
        paths.append(("POST", at, {}, allowed, ""))
        paths.append(("POST", at, None, allowed, "records[0]."))
    if can(catalog, actor, entity, "edit") and existing:
        address = at if entity.kind == "settings" else f"{at}/{existing['id']}"
        paths.append(("PATCH", address, {"version": existing["version"]}, writable(catalog, actor, entity, "edit"), ""))
    for method, address, body, allowed, prefix in paths:
        for name in forbidden(catalog, entity, allowed):
            if name == "version" and method == "PATCH":
                continue  # the version that was read is sent on purpose: it is compared, never stored
            value = ENGINE_SETS.get(name, "1")
            said = {"records": [{name: value}]} if body is None else {**body, name: value}
            attempt(method, address, said, prefix + name)
        for field in entity.row_fields:
            if field.key not in allowed or not any(i.is_input for i in field.fields.values()) or _values_only(field):
                continue
            for name in forbidden_in_rows(catalog, field):
                row = {field.key: [{name: ENGINE_SETS.get(name, "1")}]}
                said = {"records": [row]} if body is None else {**body, **row}
                attempt(method, address, said, f"{prefix}{field.key}[0].{name}")
    return sent, wrong


def _values_only(field) -> bool:
    """Lists of links, codes and files hold no objects that could be filled in."""
    return "properties" not in field.kind.json_schema(field).get("items", {})


def existing_of(caller, entity):
    answer = caller("GET", f"/{entity.module}/{entity.slug}" + ("" if entity.kind == "settings" else "?limit=1"))
    found = answer.json if entity.kind == "settings" else answer.json.get("data", [None])[:1]
    return (found or None) if entity.kind == "settings" else (found[0] if found else None)


def assign_everywhere(shop, roles) -> tuple[int, list[str]]:
    sent, wrong, catalog = 0, [], shop.site.catalog
    for role in roles:
        caller, actor = Caller(shop, role), Actor("key", roles=frozenset({role}))
        for entity in catalog.entities.values():
            if can(catalog, actor, entity, "read"):
                more, bad = assign(catalog, caller, actor, entity, existing_of(caller, entity))
                sent, wrong = sent + more, wrong + bad
    return sent, wrong


def test_nobody_sets_what_the_engine_sets(shop, keeper, guarded):
    before = keeper("GET", f"/shop/bill/{guarded['id']}").json
    sent, wrong = assign_everywhere(shop, ("keeper", "seller", "administrator"))
    where = shop.site.database.dialect
    FIGURES[f"mass_assignment_{where}"] = (sent, ">=", 500)
    FIGURES[f"mass_assignment_failures_{where}"] = (len(wrong), "==", 0)
    assert not wrong, wrong[:5]
    assert sent >= 500
    assert keeper("GET", f"/shop/bill/{guarded['id']}").json == before


def test_verbs_take_a_version_and_nothing_else(shop, keeper, bill):
    made = keeper.made("/shop/bill", bill)
    for verb in ("archive", "post", "annul", "reverse", "restore", "copy"):
        for name, value in ENGINE_SETS.items():
            body = {name: value} if verb == "copy" or name == "version" else {"version": 1, name: value}
            answer = keeper("POST", f"/shop/bill/{made['id']}/{verb}", body)
            assert answer.status_code in (400, 409), (verb, name, answer.text)
    assert keeper("GET", f"/shop/bill/{made['id']}").json["version"] == 1


@pytest.mark.parametrize("lets", ["state", "margin", "lines.amount", "organisation"])
def test_a_planted_defect_of_assignment_is_caught(shop, guarded, monkeypatch, lets):
    from engine.services.records import creating, editing_many

    def careless(catalog, entity, raw, allowed):
        """Takes what it should refuse."""
        key, _, inner = lets.partition(".")
        raw = dict(raw) if isinstance(raw, dict) else raw
        if isinstance(raw, dict) and key in raw:
            rows = raw[key]
            if not inner:
                raw.pop(key)
            elif isinstance(rows, list):
                raw[key] = [{k: v for k, v in row.items() if k != inner} for row in rows]
        return real(catalog, entity, raw, allowed)

    real = creating.parse
    monkeypatch.setattr(creating, "parse", careless)
    monkeypatch.setattr(editing_many, "parse", careless)
    _, wrong = assign_everywhere(shop, ("seller",))
    caught("assignment", bool(wrong))
    assert wrong
    assert all(lets.split(".")[-1] in w for w in wrong)


# -- bombs and the proof ----------------------------------------------------------------------------------------------


def test_yaml_bombs_are_refused_and_missed_without_the_limits(monkeypatch):
    """The set of tests/loading/test_strict.py once more, counted for the proof."""
    cases = {**REFUSED, **BOMBS}
    refused = sum(code in read_yaml(text)[1] for text, code in cases.values())
    FIGURES["yaml_bombs"] = (len(cases), ">=", 15)
    FIGURES["yaml_bombs_failures"] = (len(cases) - refused, "==", 0)
    assert refused == len(cases)
    for limit in ("MAX_DEPTH", "MAX_EVENTS", "MAX_BYTES"):
        monkeypatch.setattr(strict, limit, 10**9)
    for text in ("[" * 200 + "]" * 200, many_events(210_000)):
        missed = read_yaml(text)[1] == []
        caught("yaml", missed)
        assert missed


def test_the_proof_is_written():
    """After everything above ran on both databases: figures are those of this run."""
    if "mass_assignment_postgresql" not in FIGURES or "names_sqlite" not in FIGURES or len(CAUGHT) < 16:
        pytest.skip("a part of the file was left out, or PostgreSQL is missing")
    figures = {**FIGURES, "planted_caught": (sum(yes for _, yes in CAUGHT), "==", len(CAUGHT))}
    keep_proof("hostile-input", figures, SEED,
               "Hostile names in every place of the API; every field and column that may not be sent, on every write "
               "path; YAML bombs; planted defects of all three.")
