"""Keyset pages: walking them, there and back, gives exactly the full order, whatever is sorted by."""

from __future__ import annotations

import base64
import json
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine.errors import BadRequest
from engine.language import sort_key
from engine.services import records
from tests.conftest import FULL
from tests.services.conftest import Office, refused

SEED = 20260302
FIELDS = (
    "label",
    "whole",
    "exact",
    "money",
    "day",
    "moment",
    "flag",
    "group",
    "supplier",
    "doubled",
    "created_at",
    "version",
)
LABELS = ["Әлия", "әлия", "Бек", "бек", "Ёлка", "ель", "Ұлт", "улус", "Ыбырай", "Іле", "ileri", "Zebra", "10", "2", "-"]


@pytest.fixture(scope="module")
def gauges(site):
    """An organisation with records full of ties and empty values, made from `SEED`."""
    chance, office = random.Random(SEED), Office(site)
    suppliers = [office.create("lab.supplier", {"name": name}) for name in ("Қара", "ақ", "Ақ")]

    def some(value):
        return None if chance.random() < 0.25 else value

    raws = [
        {
            "label": some(chance.choice(LABELS)),
            "whole": some(chance.randint(-2, 2)),
            "exact": some(str(Decimal(chance.randint(-3, 3)) / 8)),
            "money": some(str(chance.randint(0, 3))),
            "day": some(str(date(2026, 1, 1) + timedelta(chance.randint(0, 3)))),
            "moment": some(f"2026-01-0{chance.randint(1, 3)}T0{chance.randint(0, 2)}:00:00Z"),
            "flag": some(chance.random() < 0.5),
            "group": some(chance.choice("pq")),
            "supplier": some(str(chance.choice(suppliers).id)),
        }
        for _ in range(150 if FULL else 60)
    ]
    office.write(office.owner, lambda uow: records.create_many(uow, "lab.gauge", raws))
    for n, row in enumerate(office.list("lab.gauge", limit=7).records):
        office.write(office.owner, lambda uow, row=row, n=n: records.edit(uow, "lab.gauge", row["id"], {"whole": n}, 1))
    return office


def walk(office, size, **query):
    """Ids page by page forwards, then backwards from the last page."""
    forwards, after, pages = [], None, []
    while True:
        page = office.list("lab.gauge", limit=size, after=after, **query)
        forwards += [r["id"] for r in page.records]
        pages.append(page)
        if page.next is None:
            break
        after = page.next
    backwards, page = [r["id"] for r in pages[-1].records], pages[-1]
    while page.previous is not None:
        page = office.list("lab.gauge", limit=size, before=page.previous, **query)
        backwards = [r["id"] for r in page.records] + backwards
    return forwards, backwards


def sorts(chance, rounds):
    for _ in range(rounds):
        chosen = chance.sample(FIELDS, chance.randint(1, 3))
        yield tuple(("-" if chance.random() < 0.5 else "") + name for name in chosen)


def test_walking_pages_gives_the_full_order_both_ways(gauges):
    chance = random.Random(SEED)
    covered = {}
    for sort in sorts(chance, 120 if FULL else 25):
        whole = [r["id"] for r in gauges.list("lab.gauge", limit=200, sort=sort).records]
        assert len(whole) == len(set(whole)) == (150 if FULL else 60)
        size = chance.choice((1, 3, 7, 13, 50)) if FULL else chance.choice((7, 13, 50))
        forwards, backwards = walk(gauges, size, sort=sort)
        assert forwards == whole, f"{sort} by {size}"
        assert backwards == whole, f"{sort} by {size}, backwards"
        for name in sort:
            covered[name] = covered.get(name, 0) + 1
    print("sorted by", dict(sorted(covered.items())))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["label", "whole", "exact", "money", "day", "moment", "doubled"])
def test_the_order_is_the_one_of_people_and_empties_come_last_either_way(gauges, name, descending):
    found = [r[name] for r in gauges.list("lab.gauge", limit=200, sort=(("-" if descending else "") + name,)).records]
    filled = [v for v in found if v is not None]
    assert found == filled + [None] * (len(found) - len(filled)), "empties last"
    keys = [sort_key(v) for v in filled] if name == "label" else filled
    assert keys and keys == sorted(keys, reverse=descending)


def test_the_kazakh_alphabet_is_honoured(gauges):
    found = [r["label"] for r in gauges.list("lab.gauge", limit=200, sort=("label",)).records if r["label"]]
    first = list(dict.fromkeys(text.casefold() for text in found))
    assert [t for t in first if t in ("әлия", "бек", "ұлт", "улус", "ыбырай", "іле")] == [
        "әлия",
        "бек",
        "улус",
        "ұлт",
        "ыбырай",
        "іле",
    ]


def test_pages_hold_with_filters_conditions_and_search(gauges):
    for query in ({"filters": [("group", "is", ["p"])]}, {"where": "whole >= 0 or empty(day)"}, {"search": "ек"}):
        whole = [r["id"] for r in gauges.list("lab.gauge", limit=200, sort=("-money", "label"), **query).records]
        assert whole and walk(gauges, 4, sort=("-money", "label"), **query) == (whole, whole)


def test_masked_order_is_the_same_on_every_page(gauges):
    reader = gauges.person("reader")
    whole = [r["id"] for r in gauges.list("lab.gauge", reader, limit=200, sort=("whole",)).records]
    seen, after = [], None
    while True:
        page = gauges.list("lab.gauge", reader, limit=3, sort=("whole",), after=after)
        seen += [r["id"] for r in page.records]
        if page.next is None:
            break
        after = page.next
    assert seen == whole and whole


def test_a_record_made_meanwhile_moves_no_other(gauges):
    first = gauges.list("lab.gauge", limit=5, sort=("-created_at",))
    whole = [r["id"] for r in gauges.list("lab.gauge", limit=200, sort=("-created_at",)).records]
    made = gauges.create("lab.gauge", {"label": "кейін"})
    second = gauges.list("lab.gauge", limit=5, sort=("-created_at",), after=first.next)
    assert [r["id"] for r in second.records] == whole[5:10]
    gauges.do("archive", made)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "",
        "AAAA",
        "{}",
        "null",
        base64.urlsafe_b64encode(b"[]").decode(),
        "a" * 5000,
        base64.urlsafe_b64encode(b'[{"u":"x"}]').decode(),
        base64.urlsafe_b64encode(b"[1,2,3]").decode(),
        base64.urlsafe_b64encode(json.dumps(["' or 1=1", {"u": "0" * 36}]).encode()).decode(),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        base64.urlsafe_b64encode(b'[99999999999999999999, "a"]').decode(),
        base64.urlsafe_b64encode(
            json.dumps([{"n": "NaN"}, {"u": "00000000-0000-0000-0000-000000000000"}]).encode()
        ).decode(),
        base64.urlsafe_b64encode(json.dumps([True, "x"]).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps(["x", "x"]).encode()).decode(),
        base64.urlsafe_b64encode(
            json.dumps([{"m": "2026-01-01T00:00:00"}, {"u": "00000000-0000-0000-0000-000000000000"}]).encode()
        ).decode(),
        base64.urlsafe_b64encode(
            json.dumps(["\ud800", {"u": "00000000-0000-0000-0000-000000000000"}]).encode()
        ).decode(),
        base64.urlsafe_b64encode(
            json.dumps(["a\x00b", {"u": "00000000-0000-0000-0000-000000000000"}]).encode()
        ).decode(),
    ],
)
@pytest.mark.parametrize("sort", [("label",), ("money",), ("day",), ("flag",), ("moment",)])
def test_a_forged_token_is_a_bad_request(gauges, token, sort):
    for direction in ("after", "before"):
        if token == "" and direction == "after":
            assert gauges.list("lab.gauge", limit=3, after="", sort=sort).records
            continue
        try:
            gauges.list("lab.gauge", limit=3, sort=sort, **{direction: token})
        except BadRequest as refusal:
            assert [p.code for p in refusal.problems] == ["page.token"]
        else:
            assert token == "", f"{token!r} was taken for a page"


def test_a_token_of_another_order_is_refused(gauges):
    page = gauges.list("lab.gauge", limit=3, sort=("label", "day"))
    assert isinstance(refused(lambda: gauges.list("lab.gauge", limit=3, sort=("money",), after=page.next)), BadRequest)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_bounds(gauges, limit):
    assert isinstance(refused(lambda: gauges.list("lab.gauge", limit=limit)), BadRequest)
