"""CSV as office programs here open it with a double click: UTF-8 with its mark, semicolons, a decimal comma.

In English a comma and a decimal point. A text that a program might run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.fields.cells import DATE, DURATION, MOMENT, NUMBER, TIME
from engine.language.formats import write_date, write_moment, write_time

if TYPE_CHECKING:
    from engine.services.transfer.exporting.table import Table

RISKY = ("=", "+", "-", "@", "\t", "\r")
_LOOKED_AT = frozenset((*RISKY, " "))
_HARMLESS = re.compile(r"[+-]?[\d\s().,\-]+", re.ASCII)
"""Numbers and phone numbers: an apostrophe would spoil them, and no program takes them for more."""


class Csv:
    name, extension, media_type = "csv", "csv", "text/csv; charset=utf-8"
    title = "CSV"

    def write(self, table: Table, out: BinaryIO) -> int:
        """Write the table; the number of lines written."""
        text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
        english = table.language == "en"
        writer = csv.writer(text, delimiter="," if english else ";", lineterminator="\r\n")
        writer.writerow([guarded(c.title) for c in table.columns])
        spell = [speller(c.cell.kind, "." if english else ",") for c in table.columns]
        count = 0
        for line in table.lines():
            writer.writerow(["" if value is None else say(value) for say, value in zip(spell, line)])  # noqa: B905
            count += 1
        text.flush()
        text.detach()
        return count


def guarded(value: Any) -> str:
    """A text that no program will run: security.md 31."""
    text = value if type(value) is str else str(value)
    if text[:1] not in _LOOKED_AT:
        return text
    if text.lstrip(" ").startswith(RISKY) and not _HARMLESS.fullmatch(text):
        return "'" + text
    return text


def speller(kind: str, point: str) -> Callable[[Any], str]:
    """A function value -> text of a cell of this kind."""

    def number(value: Any) -> str:
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        return text.replace(".", point)

    def duration(minutes: int) -> str:
        return f"{minutes // 60}:{minutes % 60:02d}"

    return {NUMBER: number, DATE: write_date, MOMENT: _moment, TIME: write_time, DURATION: duration}.get(kind, guarded)


def _moment(value: datetime) -> str:
    return write_moment(value)
