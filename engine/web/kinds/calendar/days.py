"""Which days a calendar shows, and how entries over several days lie side by side in the days of a week."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from engine.language.formats import month_names, write_date

SPANS = ("month", "week", "day", "agenda")
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
"""Days that a calendar goes to; no record of a school lies beyond."""
AGENDA = 30
"""Days of an agenda."""
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A stretch of days on screen: the first and the last one, and the days to turn to."""

    kind: str
    on: date
    first: date
    last: date
    before: date
    after: date

    @property
    def days(self) -> list[date]:
        return [self.first + ONE * n for n in range((self.last - self.first).days + 1)]


def span(kind: str | None, on: str | None, today: date) -> Span:
    """What is shown: nonsense in the URL means this month."""
    wanted = kind if kind in SPANS else SPANS[0]
    day = _day(on) or today
    if wanted == "month":
        start = day.replace(day=1)
        end = day.replace(day=monthrange(day.year, day.month)[1])
        first, last = start - ONE * start.weekday(), end + ONE * (6 - end.weekday())
        return Span(wanted, day, first, last, (start - ONE).replace(day=1), end + ONE)
    if wanted == "week":
        first = day - ONE * day.weekday()
        return Span(wanted, day, first, first + ONE * 6, day - ONE * 7, day + ONE * 7)
    if wanted == "day":
        return Span(wanted, day, day, day, day - ONE, day + ONE)
    return Span(wanted, day, day, day + ONE * (AGENDA - 1), day - ONE * AGENDA, day + ONE * AGENDA)


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def heading(shown: Span, language: str) -> str:
    """`Қараша 2026`, `23.11.2026 – 29.11.2026`, `25.11.2026`."""
    if shown.kind == "month":
        return f"{month_names(language)[shown.on.month - 1]} {shown.on.year}"
    if shown.first == shown.last:
        return write_date(shown.first)
    return f"{write_date(shown.first)} – {write_date(shown.last)}"


@cache
def weekdays(language: str) -> tuple[tuple[str, str], ...]:
    """(short, whole) names of the days, Monday first."""
    from babel import Locale

    names = Locale.parse(language).days["stand-alone"]
    return tuple((names["abbreviated"][n], names["wide"][n][:1].upper() + names["wide"][n][1:]) for n in range(7))


@dataclass(frozen=True)
class Entry:
    """A record on the calendar. `time` is empty for a whole day."""

    first: date
    last: date
    time: str
    card: Any

    @property
    def long(self) -> bool:
        return self.last > self.first


def lanes(week: Sequence[date], entries: Sequence[Entry]) -> dict[date, list[Entry | None]]:
    """The entries of each day of a week. One over several days keeps its line in all of them; None is an empty line."""
    found: dict[date, list[Entry | None]] = {day: [] for day in week}
    for entry in sorted(entries, key=lambda e: (not e.long, e.first, -(e.last - e.first).days, e.time)):
        days = [day for day in week if entry.first <= day <= entry.last]
        if not days:
            continue
        line = next(n for n in range(len(entries) + 1) if all(len(found[d]) <= n or found[d][n] is None for d in days))
        for day in days:
            found[day] += [None] * (line + 1 - len(found[day]))
            found[day][line] = entry
    return found
