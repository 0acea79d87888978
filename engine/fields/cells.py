"""How the values of a field stand in a workbook: typed cells, so that a sheet can count and sort what was exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Read = Callable[[Mapping[str, Any]], Any]

TEXT, NUMBER, DATE, MOMENT, TIME, DURATION = "text", "number", "date", "moment", "time", "duration"
DAY_FORMAT, MOMENT_FORMAT, TIME_FORMAT = "dd.mm.yyyy", "dd.mm.yyyy hh:mm", "hh:mm"
DURATION_FORMAT = "[h]:mm"


@dataclass(frozen=True)
class Cell:
    """One column of an exported table.

    `read`: record -> None for empty, else what `kind` says: a text, an int or Decimal, a date, a datetime in UTC, a
    time, minutes as an int (`duration`).
    """

    read: Read
    kind: str = TEXT
    format: str = ""
    """The number format of a workbook; empty for its usual one."""
    width: int = 18
    """Characters that most values need."""
