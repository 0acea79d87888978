"""Numbers, money, dates and times as people in Kazakhstan write them.

Separators and the place of the currency sign come from Babel's patterns (CLDR); they are read once a language and
compiled into plain Python functions, because a list formats thousands of cells and Babel's own formatting takes
tens of microseconds a number. Dates are dd.mm.yyyy in every language: that is how they are written here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.language.messages import LANGUAGES, N_, translate
from engine.model.text import Text

ZONE = ZoneInfo("Asia/Almaty")
"""Where moments are shown: all Kazakhstan has had one time zone since 2024."""
SIGNS = {"KZT": "₸", "RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}
YES, NO = N_("yes"), N_("no")
_SPACES = dict.fromkeys(map(ord, " \u00a0\u202f\u2009\t'’"))
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
# Groups that a single sign cannot be mistaken for: two of them, or the other sign after them.
_COMMAS = re.compile(r"[+-]?\d{1,3}((,\d{3}){2,}(\.\d*)?|,\d{3}\.\d*)")
_POINTS = re.compile(r"[+-]?\d{1,3}((\.\d{3}){2,}(,\d*)?|\.\d{3},\d*)")
_ENGLISH = re.compile(r"[+-]?\d{1,3},\d{3}")
_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::(\d{2}))?")


@cache
def _symbols(language: str) -> tuple[str, str, str, str]:
    """Group separator, decimal separator, and what stands before and after an amount with `¤` for the sign."""
    from babel import Locale
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = Locale.parse(language)
    pattern = locale.currency_formats["standard"]
    group = get_group_symbol(locale)
    # A narrow or ordinary space inside a number must never let the line break.
    return (
        "\u00a0" if group.isspace() else group, get_decimal_symbol(locale),
        pattern.prefix[0], pattern.suffix[0],
    )


@cache
def number_formatter(language: str, places: int = 0, trimmed: bool = False) -> Callable[[Any], str]:
    """A function that writes a number with groups of thousands and `places` decimals.

    `trimmed`: zeros at the end of the decimals are left out.
    """
    group, point, _, _ = _symbols(language)
    spec = f",.{places}f" if places else ",d"

    def whole(number: int) -> str:
        return format(int(number), spec).replace(",", group)

    def exact(number: Decimal) -> str:
        # `X` keeps the two separators apart while they change places.
        return format(number, spec).replace(".", "X").replace(",", group).replace("X", point)

    def short(number: Decimal) -> str:
        text = format(number, spec)
        return text.rstrip("0").rstrip(".").replace(".", "X").replace(",", group).replace("X", point)

    if not places:
        return whole
    return short if trimmed else exact


@cache
def money_formatter(language: str, places: int = 2, currency: str = "KZT") -> Callable[[Decimal], str]:
    """A function that writes an amount with the sign of its currency where the language puts it."""
    write = number_formatter(language, places)
    _, _, before, after = _symbols(language)
    sign = SIGNS.get(currency, currency)
    # A code of letters does not stick to the figure as a sign does.
    before, after = (part.replace("¤", sign).replace(" ", "\u00a0") for part in (before, after))
    if before and before[-1].isalpha():
        before += "\u00a0"
    if not before:
        return lambda number: write(number) + after

    def amount(number: Decimal) -> str:
        return f"-{before}{write(-number)}{after}" if number < 0 else f"{before}{write(number)}{after}"

    return amount


def percent_formatter(language: str, places: int = 2) -> Callable[[Decimal], str]:
    """15 -> `15 %` (kk joins the sign, as CLDR says)."""
    from babel import Locale

    after = Locale.parse(language).percent_formats[None].suffix[0].replace(" ", "\u00a0")
    write = number_formatter(language, places, True)
    return lambda number: write(number) + after


def write_date(day: date) -> str:
    """`03.02.2026`"""
    return "%02d.%02d.%04d" % (day.day, day.month, day.year)  # noqa: UP031 - twice as fast as an f-string here


def write_time(moment: time) -> str:
    """`14:30`"""
    return "%02d:%02d" % (moment.hour, moment.minute)  # noqa: UP031


def write_moment(moment: datetime, zone: ZoneInfo = ZONE) -> str:
    """`03.02.2026 14:30` where the organisation is."""
    local = moment.astimezone(zone)
    return "%02d.%02d.%04d %02d:%02d" % (local.day, local.month, local.year, local.hour, local.minute)  # noqa: UP031


@cache
def duration_formatter(language: str) -> Callable[[int], str]:
    """Minutes -> `1 h 30 min`."""
    hours, minutes = translate(N_("h"), language), translate(N_("min"), language)

    def write(total: int) -> str:
        h, m = divmod(total, 60)
        said = [f"{h}\u00a0{hours}"] if h else []
        if m or not h:
            said.append(f"{m}\u00a0{minutes}")
        return " ".join(said)

    return write


@cache
def month_names(language: str) -> tuple[str, ...]:
    """January to December as they stand alone, beginning with a capital letter."""
    from babel import Locale

    months = Locale.parse(language).months["stand-alone"]["wide"]
    return tuple(months[n][:1].upper() + months[n][1:] for n in range(1, 13))


@cache
def _day_pattern(language: str) -> Callable[[date], str]:
    from babel import Locale
    from babel.dates import format_date

    locale = Locale.parse(language)
    return lambda day: format_date(day, "EEEE, d MMMM", locale=locale)


def write_day(day: date, language: str) -> str:
    """`Дүйсенбі, 2 наурыз`: a day as people say it; a year is left out."""
    said = _day_pattern(language)(day)
    return said[:1].upper() + said[1:]


def read_number(text: str, language: str = "") -> Decimal | None:
    """The number in `1 234,50`, `1234.50` or `1,234.50`; None when the text is no number.

    A single comma is the decimal point, except before three digits in English: there `1,234` is a thousand and more.
    """
    bare = text.translate(_SPACES).replace("\u2212", "-")
    if _COMMAS.fullmatch(bare) or (language == "en" and _ENGLISH.fullmatch(bare)):
        bare = bare.replace(",", "")
    elif _POINTS.fullmatch(bare):
        bare = bare.replace(".", "")
    if len(bare) > 60 or not bare.isascii() or not _NUMBER.fullmatch(bare):
        return None
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation:
        return None


def read_date(text: str) -> date | None:
    """The date in `03.02.2026`, `3/2/2026` (day first) or `2026-02-03`; None when there is no such day."""
    text = text.strip()
    found = _DATE.fullmatch(text)
    try:
        if found:
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """The time in `14:30`, `9:05` or `14:30:00`; None when the clock knows no such time."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def read_moment(text: str, zone: ZoneInfo = ZONE) -> datetime | None:
    """The moment in UTC, from ISO or `03.02.2026 14:30`; without an offset it is meant where the organisation is."""
    text = text.strip()
    day, _, clock = text.replace("T", " ", 1).partition(" ")
    if _DATE.fullmatch(day):
        read, hour = read_date(day), read_time(clock or "0:00")
        moment = datetime.combine(read, hour) if read and hour else None
    else:
        try:
            moment = datetime.fromisoformat(text) if len(text) >= 16 else None
        except ValueError:
            moment = None
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def in_languages(write: Callable[[str], str]) -> Text:
    """A Text made by asking `write` for each language: for placeholders of messages."""
    return Text(**{language: write(language) for language in LANGUAGES})


_YES = frozenset(("yes", "true", "1", "on", "иә", "да"))
_NO = frozenset(("no", "false", "0", "off", "жоқ", "нет"))


def yes_no_of(text: str) -> bool | None:
    """True, False, or None for a text that says neither."""
    word = text.strip().casefold()
    return True if word in _YES else False if word in _NO else None
