"""Lists as calendars: which records stand on which day, over how many, and how one turns to other days."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from engine.services import records
from engine.services.actor import system
from engine.web.kinds.calendar.days import Entry, lanes, span

URL = "/club/task?as=calendar&by=day"


@pytest.fixture(scope="module")
def tasks(club):
    """Tasks of one April: single days, one over two weeks, a crowded day, one from March into April."""
    raws = [{"name": f"Сәуір {n}", "day": f"2027-04-{n:02}", "weight": n} for n in (1, 2, 15)]
    raws += [{"name": "Ұзақ", "day": "2027-04-08", "until": "2027-04-13", "weight": 30}]
    raws += [{"name": f"Көп {n}", "day": "2027-04-20"} for n in range(7)]
    raws += [{"name": "Наурыздан", "day": "2027-03-20", "until": "2027-04-02"}, {"name": "Күнсіз"}]
    raws += [{"name": "Сағатпен", "at": "2027-04-05 23:30"}]
    return club.site.write(system(club.organisation), lambda uow: records.create_many(uow, "club.task", raws))


def days(page):
    """Whole name of each day on screen -> names of its entries, with `+n` for those that are left out."""
    found = {}
    day = r'<div class="q-day-head"><a href="[^"]*" aria-label="([^"]+)"(.*?)(?=<li class="q-day[ "]|\Z)'
    for name, text in re.findall(day, page.text.partition("q-weeks")[2].partition("</section>")[0], re.S):
        found[name.rpartition(", ")[2]] = re.findall(r'<span>([^<]+)</span></a>', text) + [
            f"+{n}" for n in re.findall(r"и ещё (\d+)", text)]
    return found


def test_a_month_shows_whole_weeks_and_each_record_on_its_day(chief, tasks):
    page = chief.get(f"{URL}&on=2027-04-10")
    found = days(page)
    assert len(found) == 35 and "29.03.2027" in found and "02.05.2027" in found and ">Апрель 2027<" in page.text
    assert found["01.04.2027"] == ["Сәуір 1"] and found["02.04.2027"] == ["Сәуір 2"] and found["03.04.2027"] == []
    assert found["20.04.2027"] == ["Көп 0", "Көп 1", "Көп 2", "+4"]
    assert "Күнсіз" not in page.text and "q-flag-red" in page.text


def test_entries_over_several_days_stand_in_all_of_them(chief, tasks):
    page = chief.get("/club/task?view=plan&on=2027-04-10")
    found = days(page)
    assert [d for d, names in found.items() if "Ұзақ" in names] == [f"{n:02}.04.2027" for n in range(8, 14)]
    assert [d for d, names in found.items() if "Наурыздан" in names] == ["29.03.2027", "30.03.2027", "31.03.2027",
                                                                         "01.04.2027", "02.04.2027"]
    assert page.text.count("goes-on") == 9 and page.text.count("has-come") == 10


def test_spans_and_days_are_turned_by_links(chief, tasks):
    page = html.unescape(chief.get(f"{URL}&on=2027-04-10&weight.ge=1").text)
    for rel, day in (("prev", "2027-03-01"), ("next", "2027-05-01")):
        link = re.search(rf'href="([^"]+)" rel="{rel}"', page)[1]
        assert f"on={day}" in link and "weight.ge=1" in link and "as=calendar" in link
    week = chief.get(f"{URL}&on=2027-04-10&span=week")
    assert list(days(week)) == [f"{n:02}.04.2027" for n in range(5, 12)]
    assert days(chief.get(f"{URL}&on=2027-04-20&span=day"))["20.04.2027"] == [f"Көп {n}" for n in range(7)]
    assert len(days(chief.get(f"{URL}&on=2027-04-01&span=agenda"))) == 30


def test_a_moment_stands_on_the_day_it_has_here(chief, tasks):
    page = chief.get("/club/task?as=calendar&by=at&on=2027-04-05&span=week")
    assert days(page)["05.04.2027"] == ["Сағатпен"] and "<time>23:30</time>" in page.text


def test_a_record_of_a_day_is_begun_there_by_who_may(chief, helper, tasks):
    page = html.unescape(chief.get(f"{URL}&on=2027-04-10").text)
    assert 'href="/club/task/new?day=2027-04-07"' in page
    assert 'value="2027-04-07"' in chief.get("/club/task/new?day=2027-04-07").text
    assert "/new?day" not in helper.get(f"{URL}&on=2027-04-10").text


@pytest.mark.parametrize("query", ["on=nonsense", "on=9999-12-31", "on=0001-01-01", "span=year", "on=2027-04-31",
                                   "on=%00"])
def test_nonsense_shows_this_month(chief, tasks, query):
    answer = chief.get(f"{URL}&{query}")
    assert answer.status_code == 200 and 'data-span="month"' in answer.text and "is-today" in answer.text


def test_an_empty_month_is_still_a_month(chief, tasks):
    page = chief.get(f"{URL}&on=2031-02-01")
    assert len(days(page)) == 35 and "На эти дни ничего нет" in page.text


def test_more_than_fits_is_said(chief, tasks, monkeypatch):
    from engine.web.kinds.calendar import drawing

    monkeypatch.setattr(drawing, "MOST", 3)
    assert "Здесь больше, чем помещается" in chief.get(f"{URL}&on=2027-04-10").text


def test_a_calendar_needs_a_field_of_days(chief, helper, tasks):
    for by in ("name", "weight", "created_at", "secret", "nothing", ""):
        assert chief.get(f"/club/task?as=calendar&by={by}").status_code == 400, by


# -- days by themselves ------------------------------------------------------------------------------------------------


def entry(first, last, name):
    return Entry(date(2027, 4, first), date(2027, 4, last), "", SimpleNamespace(name=name))


def test_long_entries_keep_their_line_through_the_week():
    week = [date(2027, 4, n) for n in range(5, 12)]
    found = lanes(week, [entry(6, 6, "x"), entry(5, 7, "a"), entry(7, 9, "b"), entry(9, 11, "c"), entry(9, 9, "y")])
    named = {d.day: [e.card.name if e else None for e in lines] for d, lines in found.items()}
    assert named == {5: ["a"], 6: ["a", "x"], 7: ["a", "b"], 8: [None, "b"], 9: ["c", "b", "y"], 10: ["c"], 11: ["c"]}


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_begins_on_a_monday_and_turning_there_and_back_comes_back(month):
    shown = span("month", f"2028-{month:02}-29" if month != 2 else "2028-02-29", date(2028, 1, 1))
    assert shown.first.weekday() == 0 and shown.last.weekday() == 6
    assert shown.first <= date(2028, month, 1) and shown.last - shown.first < timedelta(days=42)
    assert span("month", shown.after.isoformat(), date(2028, 1, 1)).before == date(2028, month, 1)
