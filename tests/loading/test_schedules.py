"""Schedules from files: what they say, and what is refused."""

from __future__ import annotations

import pytest

from tests.loading.test_samples import SAMPLES

PLACE = "metadata/shop/sample.yaml"
GOOD = (SAMPLES / "schedule.good.yaml").read_text(encoding="utf-8")


def test_a_schedule_says_what_its_file_says(tiny):
    schedule = tiny({PLACE: GOOD}).catalog.schedules["shop.sample"]
    assert (schedule.job, schedule.at, schedule.each) == ("sweep.jobs", "10 3 * * mon-fri", "organisation")
    assert schedule.arguments == {"done": 14} and schedule.most_attempts == 2 and schedule.until is None
    assert schedule.title.in_("kk") == "Түнгі тазалық"


@pytest.mark.parametrize(("old", "new", "code"), [
    ("10 3 * * mon-fri", "10 3 * *", "schedule.at"),
    ("10 3 * * mon-fri", "at night", "schedule.at"),
    ("10 3 * * mon-fri", "61 3 * * *", "schedule.at"),
    ("10 3 * * mon-fri", "0 3 31 2 *", "schedule.at"),
    ("10 3 * * mon-fri", "0 10 3 * * *", "schedule.at"),
    ("sweep.jobs", "sweep.job", "value.choice"),
    ("sweep.jobs", "transfer.export", "value.choice"),
    ("done: 14", "done: 0", "value.low"),
    ("done: 14", "dun: 14", "key.unknown"),
    ("most_attempts: 2", "most_attempts: 99", "value.high"),
    ("2026-09-01", "2026-19-01", "value.date"),
    ("shop.sample", "shop.other", "file.address"),
])
def test_a_mistake_is_told_at_its_place(tiny, old, new, code):
    found = [p for p in tiny({PLACE: GOOD.replace(old, new, 1)}).problems if p.code == code]
    line = next(n for n, text in enumerate(GOOD.splitlines(), 1) if old in text)
    assert found and found[0].line == line and found[0].file == PLACE


def test_a_misspelt_name_of_work_is_guessed(tiny):
    (problem,) = tiny({PLACE: GOOD.replace("sweep.jobs", "sweep.job")}).problems
    assert "sweep.jobs" in problem.hint_text("en")
