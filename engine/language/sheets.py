"""Texts of spreadsheets: what a cell says, and days and amounts in the many ways in which people write them there.

Forms read one strict spelling (`formats.read_date`); sheets come from other programs and other hands.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from engine.language.folding import folded
from engine.language.formats import read_date, write_date, write_time
from engine.language.messages import LANGUAGES

DASHES = frozenset({"-", "–", "—", "−", "--", "---"})
"""What people put into a cell that stays empty."""
FIRST_DAY = date(1899, 12, 30)
"""Day 0 of the serial numbers that workbooks keep days in."""
SERIALS = range(3_653, 109_574)
"""Serial numbers that are days between 1910 and 2199; any other number is no day."""
CENTURY_TURNS = 50
"""`3.2.26` is 2026 and `3.2.71` is 1971."""
_SHORT = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{2}|\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
_CLOCK = re.compile(r"[T ]0{1,2}:00(:00(\.0+)?)?$")
_WORD = re.compile(r"[^\W\d_]+")
_RETURN = re.compile(r"_x000[dD]_")
"""How workbooks write a carriage return that some program put into a text."""
_UNSEEN = {**dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad")), 0xA0: " ", 0x202F: " "}
"""Marks that nobody sees and nobody means; joiners stay, other scripts and signs are made of them."""
_YEAR_MARK = re.compile(r"\s*(г|год|года|ж|жыл|жылы)\.?$", re.IGNORECASE)
_BRACKETS = re.compile(r"\(\s*(.+?)\s*\)")
_SMALL_WORDS = frozenset(("г", "год", "года", "ж", "жыл", "жылғы", "жылы", "of", "the", "th", "st", "nd", "rd"))


def cell_text(cell: Any) -> str:
    """What a cell says: its text, or the number, day or answer that a workbook holds, as people would type it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _RETURN.sub("", cell).translate(_UNSEEN).strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, (int, float, Decimal)):
        return number_text(cell)
    if isinstance(cell, datetime):
        day, clock = cell.date(), cell.time()
        if clock == time():
            return write_date(day)
        return f"{write_date(day)} {clock.isoformat(timespec='seconds' if clock.second else 'minutes')}"
    if isinstance(cell, date):
        return write_date(cell)
    if isinstance(cell, time):
        return write_time(cell)
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    return str(cell).strip()


def number_text(number: float | Decimal) -> str:
    """A number as digits: whole ones without a point, the noise of binary fractions (0.30000000000000004) left out."""
    if isinstance(number, float):
        if number != number or abs(number) == float("inf"):
            return str(number)
        number = Decimal(f"{number:.15g}")
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_cell_day(cell: Any) -> date | None:
    """The day that a cell means, or None: `3.2.26`, `2026/02/03`, `3 февраля 2026 г.`, `2026 жылғы 3 ақпан`,
    `03-Feb-26`, a day at midnight, the serial number of a workbook."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else None
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return FIRST_DAY + timedelta(days=int(cell)) if int(cell) == cell and int(cell) in SERIALS else None
    text = cell_text(cell)
    if len(text) > 40:
        return None
    if len(text) == 5 and text.isascii() and text.isdecimal():
        return read_cell_day(int(text))  # the serial number, in a table of texts
    text = _YEAR_MARK.sub("", _CLOCK.sub("", text))
    return read_date(text) or _numbered(text) or _worded(text)


def _numbered(text: str) -> date | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    found = _SHORT.fullmatch(text)
    return _day(_year(found[3]), int(found[2]), int(found[1])) if found else None


def _worded(text: str) -> date | None:
    words = [w for w in _WORD.findall(folded(text)) if w not in _SMALL_WORDS]
    numbers = re.findall(r"\d+", text)
    month = _months().get(words[0][:3]) if len(words) == 1 and len(words[0]) >= 3 else None
    if month is None or len(numbers) != 2 or not _is_month(words[0], month):
        return None
    first, second = numbers
    if len(first) == 4:
        return _day(int(first), month, int(second))
    return _day(_year(second), month, int(first)) if len(second) in (2, 4) else None


@cache
def _months() -> dict[str, int]:
    """The first three letters of every month in every language; none of them means two months."""
    return {name[:3]: n for name, n in _month_words().items()}


@cache
def _month_words() -> dict[str, int]:
    from babel import Locale

    found: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale.parse(language).months
        for usage in ("format", "stand-alone"):
            for n in range(1, 13):
                found[folded(months[usage]["wide"][n])] = n
    return found


def _is_month(word: str, month: int) -> bool:
    """`фев`, `февраля`, `ақп`, `ақпанда`: the beginning of a month's name, or the name with an ending."""
    names = [name for name, n in _month_words().items() if n == month]
    return any(name.startswith(word) or word.startswith(name) for name in names)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < CENTURY_TURNS else 1900)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def amount_text(text: str) -> str:
    """A text of bookkeepers as people type numbers: `(1 500,50)` and `1 500,50-` are negative."""
    found = _BRACKETS.fullmatch(text)
    if found:
        return f"-{found[1]}"
    return f"-{text[:-1]}" if text.endswith("-") and text[:-1].strip()[-1:].isdigit() else text
