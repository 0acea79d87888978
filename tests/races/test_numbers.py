"""Numbers of documents under concurrent writers and rollbacks: no duplicate, no gap."""

from __future__ import annotations

import pytest

from tests.conftest import FULL
from tests.races.conftest import figure, judge_numbers

DRAWN = 10_000 if FULL else 120


def outcome(yard, ledger):
    given = [number for line in ledger for number in line.get("numbers", ())]
    stored = [t.number for t in yard.tickets() if t.number]
    return given, judge_numbers(given, stored, yard.counter())


def test_four_processes_draw_numbers_and_take_some_back(yard):
    ledger = yard.run("draw", 4, count=DRAWN // 4)
    given, wrong = outcome(yard, ledger)
    undone = sum(line.get("undone", 0) for line in ledger)
    assert len(given) + undone == DRAWN and undone > DRAWN / 10, "rollbacks did happen"
    assert wrong == dict.fromkeys(wrong, 0)
    figure(yard, "numbers drawn by 4 processes", DRAWN, ">=", 10_000 if FULL else 0)
    figure(yard, "of them in transactions taken back", undone, ">", 0)
    for name, value in wrong.items():
        figure(yard, f"numbers: {name}", value, "==", 0)


@pytest.mark.both_in_full
def test_the_judge_catches_the_greatest_number_plus_one(yard):
    """Planted: numbers taken from what can be seen. Somebody gets the number of somebody else."""
    ledger = yard.run("draw", 4, count=30, plant="number")
    _, wrong = outcome(yard, ledger)
    assert wrong["duplicates"] > 0


def test_the_judge_counts_what_it_says():
    assert judge_numbers(["a-1", "a-2"], ["a-1", "a-2"], 2) == dict.fromkeys(judge_numbers([], [], 0), 0)
    wrong = judge_numbers(["a-1", "a-1", "a-4"], ["a-1", "a-1", "a-3"], 7)
    assert wrong == {
        "duplicates": 2,
        "gaps": 1,
        "told but not stored": 1,
        "stored but not told": 1,
        "counter away from the last number": 4,
    }
