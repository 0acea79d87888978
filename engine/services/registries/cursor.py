"""Keyset pages: where the last page ended, as a token. As quick at the end of a list as at its beginning."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, Problem
from engine.fields.column_types import ByteText, Code, Id, ScaledDecimal, UtcDateTime
from engine.language import N_
from engine.language.folding import storable

BROKEN = Problem("page.token", N_("This page token cannot be read: start from the first page"), "after")


@dataclass(frozen=True)
class Key:
    """One column of the order."""

    column: sa.ColumnElement
    descending: bool
    nullable: bool


def encode(values: Sequence[Any]) -> str:
    """The sort values of a record as a token for URLs."""
    text = json.dumps([_pack(v) for v in values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(token: str, keys: Sequence[Key]) -> list[Any]:
    """The sort values in a token. Raises BadRequest for anything that `encode` did not make for these keys."""
    if len(token) > 4_000:
        raise BadRequest([BROKEN])
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        values = [_unpack(v) for v in found]
    except (ValueError, TypeError, KeyError, RecursionError, InvalidOperation, binascii.Error):
        raise BadRequest([BROKEN]) from None
    if len(values) != len(keys) or not all(_suits(v, k) for v, k in zip(values, keys, strict=True)):
        raise BadRequest([BROKEN])
    return values


def _pack(value: Any) -> Any:
    for tag, kind in (("u", UUID), ("n", Decimal)):
        if isinstance(value, kind):
            return {tag: str(value)}
    if isinstance(value, datetime):
        return {"m": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return {"t": value.isoformat()}
    return value


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        if (isinstance(value, int) and not -(2**63) <= value < 2**63) or isinstance(value, float | list):
            raise ValueError(value)
        return value
    ((tag, text),) = value.items()
    read = {"u": UUID, "n": _finite, "m": datetime.fromisoformat, "d": date.fromisoformat, "t": time.fromisoformat}
    return read[tag](text)


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _suits(value: Any, key: Key) -> bool:
    """Is the value of the column's type? A forged token must not reach the database."""
    if value is None:
        return key.nullable
    kind = key.column.type
    expected = next((types for column, types in _TYPES if isinstance(kind, column)), None) or kind.python_type
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return False
    if isinstance(value, Decimal | int):
        return abs(value) < 10**18
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return not isinstance(value, str) or storable(value)


_TYPES: tuple[tuple[type, type | tuple[type, ...]], ...] = (
    (ScaledDecimal, (Decimal, int)),
    (UtcDateTime, datetime),
    (Id, UUID),
    (ByteText, str),
    (Code, str),
)
"""What the columns of our own types give; other types say so themselves."""


def ordering(keys: Sequence[Key], backwards: bool = False) -> list[sa.ColumnElement]:
    """ORDER BY of the keys; empties last in either direction (first when read backwards)."""
    found = []
    for key in keys:
        descending = key.descending != backwards
        column = key.column.desc() if descending else key.column.asc()
        if key.nullable:
            found.append(column.nulls_first() if backwards else column.nulls_last())
        else:
            found.append(column)
    return found


def beyond(keys: Sequence[Key], values: Sequence[Any], backwards: bool = False) -> sa.ColumnElement:
    """The condition of standing after `values` in the order (before them, when read backwards)."""
    if not any(k.nullable for k in keys) and len({k.descending for k in keys}) == 1:
        columns = sa.tuple_(*(k.column for k in keys))
        given = sa.tuple_(*(sa.literal(v, k.column.type) for k, v in zip(keys, values, strict=True)))
        return columns < given if keys[0].descending != backwards else columns > given
    branches, equal = [], []
    for key, value in zip(keys, values, strict=True):
        step = _step(key, value, backwards)
        if step is not None:
            branches.append(sa.and_(*equal, step))
        equal.append(key.column.is_(None) if value is None else key.column == sa.literal(value, key.column.type))
    further = sa.or_(sa.false(), *branches)
    first = keys[0]
    if first.nullable or len(keys) == 1:
        return further
    # Said once more about the first key alone: an index is entered by this, not by the alternatives.
    given = sa.literal(values[0], first.column.type)
    return sa.and_(first.column <= given if first.descending != backwards else first.column >= given, further)


def _step(key: Key, value: Any, backwards: bool) -> sa.ColumnElement | None:
    """Further along this one key. Empty stands after everything."""
    if value is None:
        return key.column.is_not(None) if backwards else None
    given = sa.literal(value, key.column.type)
    further = key.column < given if key.descending != backwards else key.column > given
    return sa.or_(further, key.column.is_(None)) if key.nullable and not backwards else further


@dataclass(frozen=True)
class Stretch:
    """A part of the order that one walk of an index can read: where it is, and how it goes."""

    conditions: tuple[sa.ColumnElement, ...]
    order: tuple[sa.ColumnElement, ...]


def stretches(keys: Sequence[Key], values: Sequence[Any] | None, backwards: bool = False) -> list[Stretch]:
    """The parts of the order from `values` on (None: from its beginning), one after another.

    An order by a column that may be empty falls in two: the filled ones, then the empty ones (read backwards: the other
    way round). Told apart, each is read off an index; "empties last" of a whole order is in no index on SQLite.
    """
    first, rest = keys[0], keys[1:]
    if not first.nullable:
        condition = () if values is None else (beyond(keys, values, backwards),)
        return [Stretch(condition, tuple(ordering(keys, backwards)))]
    sure = replace(first, nullable=False)
    found = []
    if values is None or values[0] is not None or backwards:
        given = None if values is None or values[0] is None else (beyond([sure, *rest], values, backwards),)
        order = ordering([sure, *rest], backwards)
        found.append(Stretch((first.column.is_not(None), *(given or ())), tuple(order)))
    if values is None or values[0] is None or not backwards:
        given = None if values is None or values[0] is not None else (beyond(rest, values[1:], backwards),)
        found.append(Stretch((first.column.is_(None), *(given or ())), tuple(ordering(rest, backwards))))
    return found[::-1] if backwards else found
