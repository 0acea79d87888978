"""Exact numbers on SQLite: the functions that rules need and SQLite lacks.

A decimal is kept as a whole number of its smallest unit. Where a result may pass 64 bits, these functions go on
exactly:
they give and take an integer while it fits, and its decimal digits as text beyond that. (SQLite by itself would turn an
overflowing sum or product into a REAL and lose digits silently.) Every function gives NULL when it gets NULL.

On PostgreSQL numbers are NUMERIC and need nothing of this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.expression import casefold
from engine.expression.functions_dates import add_days, add_months, age
from engine.expression.typed import DIVISION_PLACES
from engine.fields.column_types import ScaledDecimal

__all__ = ["INT64", "ScaledDecimal", "register_functions"]

INT64 = 2**63 - 1
_HALF = 10**9


def register_functions(dbapi_connection: sqlite3.Connection) -> None:
    """Add the functions to a fresh SQLite connection; call it from the pool's "connect" event."""
    for name, (count, function) in _FUNCTIONS.items():
        dbapi_connection.create_function(name, count, function, deterministic=True)
    dbapi_connection.create_aggregate("q_sum", 1, _Sum)  # type: ignore[arg-type]
    dbapi_connection.create_aggregate("q_min", 1, _Min)  # type: ignore[arg-type]
    dbapi_connection.create_aggregate("q_max", 1, _Max)  # type: ignore[arg-type]


def _fit(value: int) -> int | str:
    return value if -INT64 <= value <= INT64 else str(value)


def _numbers(function: Callable[..., int | None]) -> Callable[..., int | str | None]:
    """Over whole numbers that come as int or text."""

    def call(*values: int | str | None) -> int | str | None:
        if None in values:
            return None
        result = function(*map(int, values))  # type: ignore[arg-type]
        return None if result is None else _fit(result)

    return call


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return None if None in values else function(*values)

    return call


def _half_up(number: int, unit: int) -> int:
    """`number / unit` to the nearest whole, half away from zero; `unit` is positive."""
    size = (2 * abs(number) + unit) // (2 * unit)
    return size if number >= 0 else -size


def _divide(left: int, right: int, left_places: int, right_places: int) -> int | None:
    if not right:
        return None
    over, under = left, right
    shift = DIVISION_PLACES + right_places - left_places
    if shift >= 0:
        over *= 10**shift
    else:
        under *= 10**-shift
    return _half_up(over if under > 0 else -over, abs(under))


def _remainder(left: int, right: int) -> int | None:
    if not right:
        return None
    size = abs(left) % abs(right)
    return size if left >= 0 else -size


def _round(number: int, places: int, kept: int) -> int:
    """From `places` to `kept` places; the result counts units of max(kept, 0) places."""
    if kept >= places:
        return number * 10 ** (kept - places)
    rounded = _half_up(number, 10 ** (places - kept))
    return rounded if kept >= 0 else rounded * 10**-kept


def _text(number: int, places: int) -> str:
    digits = str(abs(number)).rjust(places + 1, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def _extreme(choose: Callable[..., Any], read: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return choose((value for value in values if value is not None), key=read, default=None)

    return call


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local_date(moment: str, zone: str) -> str:
    return datetime.fromisoformat(moment).astimezone(_zone(zone)).date().isoformat()


def _day(function: Callable[[date, int], date | None]) -> Callable[[str, int | str], str | None]:
    def call(start: str, count: int | str) -> str | None:
        found = function(date.fromisoformat(start), int(count))
        return None if found is None else found.isoformat()

    return call


_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "q_add": (2, _numbers(lambda a, b: a + b)),
    "q_subtract": (2, _numbers(lambda a, b: a - b)),
    "q_multiply": (2, _numbers(lambda a, b: a * b)),
    "q_divide": (4, _numbers(_divide)),
    "q_remainder": (2, _numbers(_remainder)),
    "q_shift": (2, _numbers(lambda a, places: a * 10**places)),
    "q_negative": (1, _numbers(lambda a: -a)),
    "q_abs": (1, _numbers(abs)),
    "q_compare": (2, _numbers(lambda a, b: (a > b) - (a < b))),
    "q_round": (3, _numbers(_round)),
    "q_floor": (2, _numbers(lambda a, places: a // 10**places)),
    "q_ceil": (2, _numbers(lambda a, places: -(-a // 10**places))),
    "q_join": (2, _numbers(lambda high, low: high * _HALF + low)),
    "q_text": (2, _strict(lambda a, places: _text(int(a), places))),
    "q_least": (-1, _extreme(min, int)),
    "q_greatest": (-1, _extreme(max, int)),
    "q_least_text": (-1, _extreme(min, str)),
    "q_greatest_text": (-1, _extreme(max, str)),
    "q_lower": (1, _strict(casefold.lower)),
    "q_upper": (1, _strict(casefold.upper)),
    "q_add_days": (2, _strict(_day(add_days))),
    "q_add_months": (2, _strict(_day(add_months))),
    "q_age": (2, _strict(lambda born, at: age(date.fromisoformat(born), date.fromisoformat(at)))),
    "q_local_date": (2, _strict(_local_date)),
}


class _Sum:
    """Exact sum; empty ones do not count, none at all gives 0."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, value: int | str | None) -> None:
        if value is not None:
            self.total += int(value)

    def finalize(self) -> int | str:
        return _fit(self.total)


class _Min:
    """The least of the numbers that are not NULL; NULL when there is none."""

    sign = 1

    def __init__(self) -> None:
        self.found: int | None = None

    def step(self, value: int | str | None) -> None:
        if value is not None:
            number = self.sign * int(value)
            self.found = number if self.found is None else min(self.found, number)

    def finalize(self) -> int | str | None:
        return None if self.found is None else _fit(self.sign * self.found)


class _Max(_Min):
    """The greatest: the least with the sign turned, twice."""

    sign = -1
