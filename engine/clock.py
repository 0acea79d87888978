"""The one clock. Tests replace it; nobody else calls `datetime.now`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class Clock:
    """Moments are UTC; `today` is the date where the organisation is."""

    def __init__(self, zone: str = "Asia/Almaty"):
        self.zone = ZoneInfo(zone)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return self.now().astimezone(self.zone).date()


class FixedClock(Clock):
    """A clock that stands still until it is told otherwise: for tests, examples and the demo school."""

    def __init__(self, moment: datetime, zone: str = "Asia/Almaty"):
        super().__init__(zone)
        self.moment = moment

    def now(self) -> datetime:
        return self.moment
