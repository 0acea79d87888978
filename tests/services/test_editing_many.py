"""Editing many records at once is editing each of them, all or none, by a few statements."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import partial

import pytest

from engine.errors import Invalid, NotAllowed, NotFound, Refusal, Stale
from engine.services import records
from tests.conftest import FULL, Statements
from tests.services.conftest import refused, said

SEEDS = range(12 if FULL else 2)
EVERY_TIME = ("id", "version", "updated_at", "created_at", "name", "shown")


def edit_many(office, address, edits, who=None):
    return office.write(who or office.owner, lambda uow: records.edit_many(uow, address, edits))


@pytest.fixture
def cards(office):
    return [office.create("lab.card", {"name": f"к{n}", "alpha": "а", "low": n}) for n in range(6)]


# -- the same as one by one --------------------------------------------------------------------------------------------


def random_change(rng, office, things) -> dict:
    """Values for a card, some of them wrong, hidden, locked or unknown."""
    pool = {
        "alpha": ["б", "", "x" * 50],
        "kind": ["a", "b", "c", "d"],
        "beta": ["бета", None],
        "gamma": ["г", None],
        "low": [1, 50, 150, "нет", None],
        "high": [2, 60, None],
        "stamp": ["ш1", "ш2"],
        "tags": [["x"], ["x", "z"], []],
        "items": [[str(things.plank.id)], [str(things.plank.id), str(things.nail.id)], [str(office.id)]],
        "colour": ["red"],
    }
    weights = [8, 8, 4, 4, 6, 6, 4, 6, 6, 1]
    keys = rng.choices(list(pool), weights, k=rng.randint(0, 4))
    return {key: rng.choice(pool[key]) for key in sorted(set(keys))}


def outcome(work):
    try:
        return work()
    except Refusal as refusal:
        return type(refusal), said(refusal)


def edited_alone(office, record, raw) -> dict:
    return plain(office.edit(record, raw))


def plain(record) -> dict:
    def bare(value):
        return [{k: v for k, v in r.items() if k != "id"} if isinstance(r, dict) else r for r in value] \
            if isinstance(value, list) else value

    return {k: bare(v) for k, v in record.hidden.items() if k not in EVERY_TIME and not k.startswith("@")}


@pytest.mark.parametrize("seed", SEEDS)
def test_many_edits_end_as_the_same_edits_one_by_one(office, things, seed):
    rng = random.Random(seed)
    for _ in range(4):
        count = rng.randint(2, 9)
        raws = [random_change(rng, office, things) for _ in range(count)]
        ones, many = ([office.create("lab.card", {"name": f"к{n}", "alpha": "а", "low": n, "kind": "abc"[n % 3],
                                                  "beta": "б"}) for n in range(count)] for _ in "ab")
        singly = [outcome(partial(edited_alone, office, one, raw)) for one, raw in zip(ones, raws, strict=True)]
        wrong = {n: told for n, told in enumerate(singly) if isinstance(told, tuple)}
        edits = [(r.id, r.version, raw) for r, raw in zip(many, raws, strict=True)]
        if wrong:
            refusal = refused(lambda edits=edits: edit_many(office, "lab.card", edits))
            assert {n: (type(r), said(r)) for n, r in refusal.details["refusals"].items()} == wrong
            assert {p.path.split("]")[0] for p in refusal.problems} == {f"[{n}" for n in wrong}
            assert all(office.get(r).version == 1 for r in many), "something was written all the same"
        good = [n for n in range(count) if n not in wrong]
        edit_many(office, "lab.card", [edits[n] for n in good])
        for n in good:
            assert plain(office.get(many[n])) == plain(office.get(ones[n])), raws[n]
            told = [[(e.operation, e.version, e.changes) for e in office.journal(r)][1:] for r in (ones[n], many[n])]
            assert told[0] == told[1], raws[n]


def test_documents_with_rows_in_rows_are_edited_together(office, things):
    def raw(n):
        return {"supplier": str(things.wood.id), "lines": [{"item": str(things.plank.id), "quantity": str(n)}]}

    made = [office.create("lab.order", raw(n)) for n in range(1, 5)]
    edits = []
    for n, order in enumerate(made):
        row = order.values["lines"][0]
        lines = [{"id": str(row["id"]), "quantity": "10", "parts": [{"label": f"б{n}"}]}, {"item": str(things.nail.id)}]
        edits.append((order.id, order.version, {"lines": lines[: 1 + n % 2], "discount": "10"}))
    edit_many(office, "lab.order", edits)
    for n, order in enumerate(made):
        found = office.get(order).values
        assert [line["quantity"] for line in found["lines"]] == [Decimal(10), Decimal(1)][: 1 + n % 2]
        assert [part["label"] for part in found["lines"][0]["parts"]] == [f"б{n}"]
        assert found["total"] == Decimal("1005.00") + (Decimal(3) if n % 2 else 0)
        assert found["covered_all"] == Decimal("502.50")


def test_the_first_rows_of_a_record_bring_the_rows_inside_them(office, things):
    pick = office.create("lab.order", {"lines": [{"item": str(things.plank.id)}]})
    line = {"item": str(things.nail.id), "quantity": "2", "parts": [{"label": "а"}, {"label": "ә"}]}
    found = office.edit(pick, {"lines": [line]}).values
    assert [p["label"] for p in office.get(pick).values["lines"][0]["parts"]] == ["а", "ә"]
    assert found["covered_all"] == Decimal("6.00")


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_nothing_is_written_when_one_record_was_saved_by_somebody_meanwhile(office, cards):
    office.edit(cards[2], {"low": 40})
    refusal = refused(lambda: edit_many(office, "lab.card", [(c.id, c.version, {"low": 7}) for c in cards]))
    assert isinstance(refusal, Stale) and said(refusal) == {("[2]", "record.stale")}
    assert [office.get(c).values["low"] for c in cards] == [0, 1, 40, 3, 4, 5]


def test_a_change_without_a_version_takes_the_record_as_it_is(office, cards):
    office.edit(cards[0], {"low": 40})
    edited = edit_many(office, "lab.card", [(c.id, None, {"low": 7}) for c in cards[:2]])
    assert [(d.version, d.changed) for d in edited] == [(3, True), (2, True)]


def test_a_record_that_is_so_already_keeps_its_version(office, cards):
    edited = edit_many(office, "lab.card", [(c.id, None, {"low": 1}) for c in cards[:2]])
    assert [(d.version, d.changed) for d in edited] == [(2, True), (1, False)]
    assert [e.operation for e in office.journal(cards[1])] == ["create"]


def test_records_of_another_organisation_are_not_there(office, other, cards):
    foreign = other.create("lab.card", {"name": "бөтен", "alpha": "а"})
    for strange in (foreign.id, "nonsense", None):
        edits = [(strange, 1, {"low": 1}), (cards[0].id, 1, {"low": 9})]
        refusal = refused(lambda edits=edits: edit_many(office, "lab.card", edits))
        assert said(refusal) == {("[0]", "record.not-found")} and isinstance(refusal, NotFound)
    assert other.get(foreign).values["low"] is None and office.get(cards[0]).values["low"] == 0


def test_rows_that_rights_do_not_cover_are_refused_and_hidden_ones_are_not_there(office):
    made = [office.create("lab.patient", {"name": f"п{n}", "ward": "12"[n % 2], "team": "т"}) for n in range(4)]
    both, medic = office.person("medic", "tutor"), office.person("medic")
    refusal = refused(
        lambda: edit_many(office, "lab.patient", [(p.id, 1, {"health": 5}) for p in made], both)
    )
    assert isinstance(refusal, NotAllowed) and said(refusal) == {("[1]", "access.verb"), ("[3]", "access.verb")}
    refusal = refused(lambda: edit_many(office, "lab.patient", [(p.id, 1, {"health": 5}) for p in made], medic))
    assert isinstance(refusal, NotFound) and {p for p, _ in said(refusal)} == {"[1]", "[3]"}
    refusal = refused(lambda: edit_many(office, "lab.patient", [(p.id, 1, {"ward": "2"}) for p in made[::2]], medic))
    assert said(refusal) == {("[0]", "access.outside"), ("[1]", "access.outside")}


def test_a_role_that_only_reads_changes_nothing(office, cards):
    refusal = refused(lambda: edit_many(office, "lab.card", [(c.id, 1, {"low": 9}) for c in cards[:2]],
                                        office.person("reader")))
    assert isinstance(refusal, NotAllowed)


def test_different_reasons_come_together(office, cards):
    office.do("archive", cards[0])
    office.edit(cards[1], {"low": 3})
    edits = [(cards[0].id, 2, {"low": 1}), (cards[1].id, 1, {"low": 1}), (cards[2].id, 1, {"low": "көп", "beta": "б"}),
             (cards[3].id, 1, {"low": 500}), (cards[2].id, 1, {"low": 2})]
    refusal = refused(lambda: edit_many(office, "lab.card", edits))
    assert isinstance(refusal, Invalid)
    assert said(refusal) == {
        ("[0]", "record.archived"), ("[1]", "record.stale"), ("[2].low", "field.type"), ("[3].low", "rules.ordered"),
        ("[4]", "record.twice"),
    }


def test_more_than_one_transaction_should_hold_is_refused(office, cards, monkeypatch):
    from engine.services.records import editing_many

    monkeypatch.setattr(editing_many, "MOST", 2)
    assert said(refused(lambda: edit_many(office, "lab.card", [(c.id, 1, {}) for c in cards]))) == {
        ("", "records.too-many")
    }


# -- the price ---------------------------------------------------------------------------------------------------------


def test_statements_do_not_grow_with_the_records(site, office, things):
    spent = []
    for count in (2, 2, 40):
        cards = [office.create("lab.card", {"name": f"к{n}", "alpha": "а"}) for n in range(count)]
        edits = [(c.id, 1, {"low": n, "tags": ["x"], "items": [str(things.plank.id)]}) for n, c in enumerate(cards)]
        with Statements(site.database.engine) as sql:
            edit_many(office, "lab.card", edits)
        spent.append(len(sql))
    assert spent[1] == spent[2] <= 10, spent


def test_weighing_writes_nothing_and_tells_what_would_be(office, cards):
    office.do("archive", cards[1])
    edits = [(c.id, None, {"low": 2}) for c in cards[:4]]
    weighed = office.read(office.owner, lambda view: records.weigh_edits(view, "lab.card", edits))
    assert [w.changes for w in weighed] == [True, False, False, True]
    assert said(weighed[1].refusal) == {("", "record.archived")} and weighed[2].refusal is None
    assert weighed[0].after["low"] == 2 and office.get(cards[0]).values["low"] == 0
