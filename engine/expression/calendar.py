"""Working days by ordinal: the n-th working day is found without walking over the days between.

Outside the days it knows, a calendar answers None: in SQL it is a table, and the two readings must agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta


class Calendar:
    """The days `first`..`last`, of which some are no working days.

    The ordinal of a day is the number of working days from `first` up to and including it.
    """

    def __init__(self, first: date | None = None, last: date | None = None, non_working: Iterable[date] = ()) -> None:
        self._ordinals: dict[date, int] = {}
        self._working: list[date] = []
        free = frozenset(non_working)
        if first is None or last is None:
            return
        day = first
        for _ in range((last - first).days + 1):
            if day not in free:
                self._working.append(day)
            self._ordinals[day] = len(self._working)
            if day < last:
                day += timedelta(days=1)

    @classmethod
    def of_weeks(cls, first: date, last: date, holidays: Iterable[date] = (), worked: Iterable[date] = ()) -> Calendar:
        """Monday to Friday, without `holidays`, with the weekend days `worked` instead of others."""
        kept = frozenset(worked)
        days = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
        weekends = (day for day in days if day.weekday() > 4 and day not in kept)
        return cls(first, last, {*weekends, *holidays})

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[date, bool]]) -> Calendar:
        """From (day, is working) of consecutive days; raises ValueError when a day is missing."""
        known = dict(rows)
        if not known:
            return cls()
        first, last = min(known), max(known)
        if (last - first).days + 1 != len(known):
            raise ValueError(f"the calendar from {first} to {last} has gaps")
        return cls(first, last, (day for day, works in known.items() if not works))

    def rows(self) -> Iterator[tuple[date, int, bool]]:
        """(day, ordinal, is working) of every day: what the calendar table holds."""
        before = 0
        for day, ordinal in self._ordinals.items():
            yield day, ordinal, ordinal > before
            before = ordinal

    def workdays(self, start: date, end: date) -> int | None:
        """Working days after `start` up to and including `end`; negative when `end` is earlier."""
        first, last = self._ordinals.get(start), self._ordinals.get(end)
        return None if first is None or last is None else last - first

    def workday(self, start: date, count: int) -> date | None:
        """The working day `count` working days after `start` (before, if negative; 0: `start` or the next one)."""
        ordinal = self._ordinals.get(start)
        if ordinal is None:
            return None
        if count <= 0 and not self._is_working(start, ordinal):
            count += 1
        wanted = ordinal + count
        return self._working[wanted - 1] if 0 < wanted <= len(self._working) else None

    def _is_working(self, day: date, ordinal: int) -> bool:
        place = bisect_left(self._working, day)
        return place < len(self._working) and self._working[place] == day and place + 1 == ordinal
