"""Several people at one record: nobody's save is silently lost, and a document is posted once."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from engine.services import records
from engine.storage.tables import tables_of
from tests.conftest import FULL
from tests.races.conftest import figure, judge_numbers

ROUNDS = 1_000 if FULL else 30
TWICE = 300 if FULL else 25


def lost(yard, rounds=ROUNDS, **job):
    """Saves, refusals, and how many acknowledged saves are missing in the end."""
    made = yard.site.write(
        yard.who, lambda uow: records.create_many(uow, "race.box", [{"name": str(n)} for n in range(3)])
    )
    boxes = [str(r.id) for r in made]
    ledger = yard.run("change", 4, count=rounds, boxes=boxes, **job)
    added = Counter(line["added"] for line in ledger if "added" in line)
    refused = sum(1 for line in ledger if "refused" in line)
    table = tables_of(yard.site.catalog).of("race.box")
    with yard.site.database.reading() as connection:
        stored = {
            str(r.id): r
            for r in connection.execute(sa.select(table).where(table.c.organisation_id == yard.organisation))
        }
    missing = sum(added[b] - stored[b].held for b in boxes)
    versions = sum(abs(stored[b].version - 1 - added[b]) for b in boxes)
    entries = yard.entries()
    unjournalled = sum(abs(entries[stored[b].id] - 1 - added[b]) for b in boxes)
    assert sum(added.values()) + refused == 4 * rounds
    return sum(added.values()), refused, missing, versions, unjournalled


def test_a_stale_save_is_refused_and_no_other_is_lost(yard):
    saved, refused, missing, versions, unjournalled = lost(yard)
    assert refused > 0, "they did meet"
    assert (missing, versions, unjournalled) == (0, 0, 0)
    figure(yard, "saves of the same 3 records by 4 processes", saved + refused, ">", 0)
    figure(yard, "of them refused as stale", refused, ">", 0)
    figure(yard, "acknowledged saves silently lost", missing, "==", 0)
    figure(yard, "acknowledged saves without a version or an entry of their own", versions + unjournalled, "==", 0)


@pytest.mark.both_in_full
def test_the_judge_catches_a_missing_guard(yard):
    """Planted: saves that do not look at the version. What two people saved at once is one save fewer."""
    _, refused, missing, _, _ = lost(yard, rounds=30, plant="version")
    assert refused == 0 and missing > 0


def test_one_document_is_posted_once(yard):
    drafts = yard.site.write(
        yard.who,
        lambda uow: records.create_many(
            uow, "race.ticket", [{"tag": str(n), "seats": [{"place": n, "price": "1"}]} for n in range(TWICE)]
        ),
    )
    ids = [str(r.id) for r in drafts]
    ledger = yard.run("post", 2, tickets=ids)
    posted = Counter(line["posted"] for line in ledger if "posted" in line)
    late = Counter(line["late"] for line in ledger if "late" in line)
    assert set(posted) == set(ids) and set(posted.values()) == {1} and late == Counter(ids)
    wrong = judge_numbers(
        [line["number"] for line in ledger if "number" in line], [t.number for t in yard.tickets()], yard.counter()
    )
    assert wrong == dict.fromkeys(wrong, 0)
    assert all(n == 2 for n in yard.entries().values()), "created and posted, nothing else"
    figure(yard, "documents posted by two processes at once", len(ids), ">", 0)
    figure(yard, "documents posted twice", sum(1 for n in posted.values() if n != 1), "==", 0)
