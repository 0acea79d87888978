"""Exact decimal arithmetic of the rule language. No float ever takes part; None is "empty" and gives empty."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import Any

from engine.expression.typed import DIVISION_PLACES

# The checker keeps every result under 200 digits, so nothing is ever rounded by this context itself.
CONTEXT = Context(prec=800, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])

add = CONTEXT.add
subtract = CONTEXT.subtract
multiply = CONTEXT.multiply
_TWICE = 2 * 10**DIVISION_PLACES


def divide(left: int | Decimal, right: int | Decimal) -> Decimal | None:
    """The quotient at 10 places, half away from zero; None by zero."""
    if not right:
        return None
    size = CONTEXT.abs(CONTEXT.create_decimal(right))
    raised = CONTEXT.add(CONTEXT.multiply(CONTEXT.abs(CONTEXT.create_decimal(left)), _TWICE), size)
    quotient = CONTEXT.divide_int(raised, CONTEXT.multiply(size, 2)).scaleb(-DIVISION_PLACES, CONTEXT)
    return CONTEXT.minus(quotient) if (left < 0) != (right < 0) else quotient


def remainder(left: int | Decimal, right: int | Decimal) -> Decimal | None:
    """What is left after a whole number of times; it has the sign of `left`. None by zero."""
    if not right:
        return None
    return CONTEXT.remainder(CONTEXT.create_decimal(left), CONTEXT.create_decimal(right))


@lru_cache(maxsize=64)
def unit(places: int) -> Decimal:
    """One in the last of so many places: 0.01 for two."""
    return Decimal(1).scaleb(-places)


def round_half_up(value: int | Decimal, places: int) -> int | Decimal:
    """Half away from zero; `places` may be negative. With no places left the result is an int."""
    rounded = CONTEXT.quantize(CONTEXT.create_decimal(value), unit(places))
    return int(rounded) if places <= 0 else rounded


def floor(value: int | Decimal) -> int:
    return math.floor(value)


def ceil(value: int | Decimal) -> int:
    return math.ceil(value)


def settle(value: Any, places: int) -> Any:
    """A number in the form its static type promises: int without places, else a Decimal of exactly so many."""
    if value is None:
        return None
    if not places:
        return value if type(value) is int else round_half_up(value, 0)
    # Adding 0 turns the Decimal "-0.00" into "0.00".
    return CONTEXT.add(round_half_up(value, places), 0)


def as_text(value: int | Decimal, places: int) -> str:
    """A number as its static type shows it: `5.50`, `-3`."""
    settled = settle(value, places)
    return str(settled) if isinstance(settled, int) else format(settled, "f")
