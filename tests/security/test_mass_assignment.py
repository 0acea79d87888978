"""Nobody sets what the engine sets or what is hidden from them, whichever way they send it (security.md, 5).

Every column and every field that the file does not offer as an input, by every way of writing; the tables judge.
(The same over the API for every role and entity, by its answers: `tests/api/test_hostile.py`.)
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

from engine.services.records import creating, editing_many
from tests.conftest import FULL
from tests.security.figures import none_wrong, planted
from tests.security.writing import TEXT, Ways, forbidden, forbidden_in_rows, stored, taken, value_for

TEST = "test_mass_assignment"


def faults(fort: Any, address: str, names: Any = None, only: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """(probes, values that were taken)."""
    ways = Ways(fort, address)
    sent, wrong = 0, []
    every = names or forbidden(fort, address)
    # Quickly: a half of the names by each way on one database, fewer on the other.
    every = every if FULL or names else every[:: 2 if fort.dialect == "sqlite" else 6]
    plan = [(way, send, every) for way, send in ways.every()]
    plan += [] if names else [(way, send, forbidden_in_rows(fort, address)) for way, send in ways.in_rows()]
    before = stored(fort, address)
    for way, send, keys in plan:
        if only and way not in only:
            continue
        for name in keys:
            if (way, name) == ("board move", "state"):
                continue  # that is the verb `post`, which the keeper holds
            value = value_for(fort, address, name)
            send(name, value)
            after = stored(fort, address)
            sent += 1
            wrong += [f"{way}: {name} -> {where}" for where in taken(before, after, name, value)]
            before = after
    return sent, wrong


@pytest.mark.parametrize("address", ["fort.thing", "fort.deed"])
def test_nobody_sets_what_is_not_theirs(either, address):
    if not FULL and (address, either.dialect) == ("fort.deed", "postgresql"):
        pytest.skip("the other entity is tried on this database, this one on the other")
    sent, wrong = faults(either, address)
    none_wrong(TEST, f"{address}, {either.dialect}", sent, wrong, 200 if FULL else 50)


@pytest.mark.parametrize("address", ["fort.thing", "fort.deed"])
def test_each_way_does_write_what_may_be_written(fort, address):
    """Else the ways would prove nothing: every one of them takes the field that is offered."""
    ways = Ways(fort, address)
    silent = []
    for way, send in ways.every():
        if way in ("board move", "inline cell") and address == "fort.deed":
            continue  # deeds move by verbs, and their list has no open cells
        if way == "import update" and address == "fort.deed":
            continue  # a deed is known by its number alone, and a numbered one is closed
        name, value = ("choice_one", "wood") if way == "board move" else (ways.allowed, TEXT)
        before = stored(fort, address)
        send(name, value)
        if not taken(before, stored(fort, address), name, value):
            silent.append(way)
    assert silent == []


@pytest.fixture
def fresh_rights(fort):
    """Rights are worked out anew, before and after a defect is planted into them."""
    fort.catalog._derived.clear()
    yield
    fort.catalog._derived.clear()


WAYS = (
    "form new",
    "form edit",
    "inline cell",
    "bulk edit",
    "API create",
    "API create many",
    "API edit",
    "import new",
    "import update",
)


@pytest.mark.parametrize("way", WAYS)
def test_a_hidden_field_that_opens_is_seen_on_every_way(fort, fresh_rights, monkeypatch, way):
    grants = sys.modules["engine.services.access.grants"]  # the package has a function of this name
    monkeypatch.setattr(grants, "sensitivity_of", lambda f: 0)
    _, wrong = faults(fort, "fort.thing", ("secret", "secret_sum"), (way,))
    planted(TEST, f"hidden fields are written by {way}", bool(wrong))


@pytest.mark.parametrize("name", ["organisation", "created_by", "created_at"])
def test_a_system_field_that_is_taken_is_seen(fort, monkeypatch, name):
    slipped: dict[str, Any] = {}
    parse, stamp = creating.parse, creating._stamp

    def careless(catalog: Any, entity: Any, raw: Any, allowed: Any) -> Any:
        slipped.update({name: raw[name]} if name in raw else {})
        return parse(catalog, entity, {k: v for k, v in raw.items() if k != name}, allowed)

    def stamped(uow: Any, entity: Any, draft: Any) -> Any:
        values = stamp(uow, entity, draft)
        if name in slipped:
            values[name] = entity.fields[name].kind.schema(entity.fields[name]).deserialize(slipped.pop(name))
        return values

    monkeypatch.setattr(creating, "parse", careless)
    monkeypatch.setattr(editing_many, "parse", careless)
    monkeypatch.setattr(creating, "_stamp", stamped)
    _, wrong = faults(fort, "fort.thing", (name,), ("API create",))
    planted(TEST, f"{name} is taken as it was sent", bool(wrong))
