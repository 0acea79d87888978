"""Numbers in SQL, in the manner of each database, always exact.

A `Num` is an expression, its places, and the greatest magnitude it can have in units of the last place. On SQLite the
expression is that whole number of units; while the magnitude surely fits 64 bits the database's own operators work on
it, beyond that the functions of `engine.storage.numbers`. On PostgreSQL it is a NUMERIC (or a bare BIGINT column).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Numeric,
    TypeDecorator,
    cast,
    func,
    literal,
    null,
    type_coerce,
)
from sqlalchemy.types import String

from engine.expression import exact
from engine.expression.typed import DIVISION_PLACES
from engine.storage.numbers import INT64

_EXACT = Numeric()
_HALF = 10**9


@dataclass(frozen=True)
class Num:
    sql: ColumnElement
    places: int
    bound: int
    bare: bool = False
    """PostgreSQL: an integer column or literal that is not NUMERIC yet."""
    const: int | None = None
    """The value of a literal in units of its last place."""


class RuleNumber(TypeDecorator):
    """How the result of a rule comes back: int without places, else Decimal of exactly so many."""

    impl = Numeric
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else Numeric())

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        places = self.places
        if dialect.name != "sqlite":
            return lambda value: exact.settle(value, places)
        shift = -places

        def read(value: Any) -> Any:
            if value is None:
                return None
            return int(value) if not places else Decimal(int(value)).scaleb(shift, exact.CONTEXT)

        return read

    def bind_processor(self, dialect: Any) -> Any:
        """A rule that is nothing but a constant: the value is bound in the database's own form already."""
        return None


class SqliteNumbers:
    """Whole numbers of the smallest unit."""

    def literal(self, value: int | Decimal | None, places: int) -> Num:
        if value is None:
            return Num(null(), places, 0)
        units = int(Decimal(value).scaleb(places, exact.CONTEXT))
        return self._units(units, places)

    @staticmethod
    def _units(units: int, places: int) -> Num:
        fits = abs(units) <= INT64
        sql = literal(units, BigInteger()) if fits else literal(str(units), String())
        return Num(sql, places, abs(units), const=units)

    def column(self, column: ColumnElement, places: int, bound: int) -> Num:
        # A source may hold values instead of columns (a record being filled in): another type would bind them wrongly.
        if isinstance(column, BindParameter):
            return self.literal(column.value, places)
        return Num(type_coerce(column, BigInteger()), places, bound)

    def of(self, sql: ColumnElement, places: int, bound: int) -> Num:
        return Num(type_coerce(sql, BigInteger()), places, bound)

    def null(self, places: int) -> Num:
        return Num(null(), places, 0)

    def raised(self, num: Num, places: int) -> Num:
        shift = places - num.places
        if shift == 0:
            return num
        if num.const is not None:
            return self._units(num.const * 10**shift, places)
        bound = num.bound * 10**shift
        sql = num.sql * literal(10**shift, BigInteger()) if bound <= INT64 else _whole(func.q_shift(num.sql, shift))
        return Num(sql, places, bound)

    def _pair(self, left: Num, right: Num) -> tuple[Num, Num, int]:
        places = max(left.places, right.places)
        return self.raised(left, places), self.raised(right, places), places

    def calculate(self, operator: str, left: Num, right: Num, places: int, bound: int) -> Num:
        if operator == "/":
            return Num(_whole(func.q_divide(left.sql, right.sql, left.places, right.places)), places, bound)
        if operator == "*":
            native = left.bound * right.bound <= INT64
            return Num(left.sql * right.sql if native else _whole(func.q_multiply(left.sql, right.sql)), places, bound)
        left, right, _ = self._pair(left, right)
        if operator == "%":
            native = max(left.bound, right.bound) <= INT64
            sql = left.sql % right.sql if native else _whole(func.q_remainder(left.sql, right.sql))
        elif operator == "+":
            native = left.bound + right.bound <= INT64
            sql = left.sql + right.sql if native else _whole(func.q_add(left.sql, right.sql))
        else:
            native = left.bound + right.bound <= INT64
            sql = left.sql - right.sql if native else _whole(func.q_subtract(left.sql, right.sql))
        return Num(sql, places, bound)

    def negative(self, num: Num) -> Num:
        return Num(-num.sql if num.bound <= INT64 else _whole(func.q_negative(num.sql)), num.places, num.bound)

    def absolute(self, num: Num) -> Num:
        return Num(_whole(func.abs(num.sql) if num.bound <= INT64 else func.q_abs(num.sql)), num.places, num.bound)

    def sides(self, left: Num, right: Num) -> tuple[ColumnElement, ColumnElement]:
        """Two expressions that the database's own comparison compares rightly."""
        left, right, _ = self._pair(left, right)
        if max(left.bound, right.bound) <= INT64:
            return left.sql, right.sql
        return _whole(func.q_compare(left.sql, right.sql)), literal(0, BigInteger())

    def same(self, nums: Sequence[Num], places: int) -> list[Num]:
        """All at the same places, so that they may stand beside each other in CASE or COALESCE."""
        return [self.raised(num, places) for num in nums]

    def comparable(self, nums: Sequence[Num]) -> bool:
        """Whether IN may compare them natively, once they are at the same places."""
        return all(num.bound <= INT64 for num in nums)

    def rounded(self, num: Num, kept: int, bound: int) -> Num:
        return Num(_whole(func.q_round(num.sql, num.places, kept)), max(kept, 0), bound)

    def whole(self, name: str, num: Num, bound: int) -> Num:
        return Num(_whole(getattr(func, f"q_{name}")(num.sql, num.places)), 0, bound)

    def text(self, num: Num) -> ColumnElement:
        return type_coerce(func.q_text(num.sql, num.places), String())

    def extreme(self, name: str, nums: Sequence[Num], places: int, bound: int) -> Num:
        raised = [num.sql for num in self.same(nums, places)]
        return Num(_whole(getattr(func, f"q_{name}")(*raised)), places, bound)

    def total(self, num: Num, bound: int) -> Num:
        if num.bound > INT64:
            # Python's aggregates answer NULL when there was no row at all.
            return Num(_whole(func.coalesce(func.q_sum(num.sql), 0)), num.places, bound)
        # Two native sums that cannot overflow, joined once: as fast as SUM, and exact.
        high = func.coalesce(func.sum(num.sql.op("/", precedence=8)(literal(_HALF, BigInteger()))), 0)
        low = func.coalesce(func.sum(num.sql.op("%", precedence=8)(literal(_HALF, BigInteger()))), 0)
        return Num(_whole(func.q_join(high, low)), num.places, bound)

    def average(self, num: Num, bound: int) -> Num:
        sql = func.q_divide(func.q_sum(num.sql), func.count(num.sql), num.places, 0)
        return Num(_whole(sql), DIVISION_PLACES, bound)

    def edge(self, name: str, num: Num) -> Num:
        native = num.bound <= INT64
        return Num(_whole(getattr(func, name if native else f"q_{name}")(num.sql)), num.places, num.bound)


class PostgresNumbers:
    """NUMERIC; integer columns stay bare while they are only compared, so that their indexes serve."""

    def literal(self, value: int | Decimal | None, places: int) -> Num:
        if value is None:
            return self.null(places)
        units = int(Decimal(value).scaleb(places, exact.CONTEXT))
        if places == 0 and abs(units) <= INT64:
            return Num(literal(units, BigInteger()), places, abs(units), bare=True, const=units)
        return Num(literal(exact.settle(Decimal(value), places), _EXACT), places, abs(units), const=units)

    def column(self, column: ColumnElement, places: int, bound: int) -> Num:
        if isinstance(column, BindParameter):
            return self.literal(column.value, places)
        bare = places == 0 and not isinstance(column.type, Numeric)
        return Num(type_coerce(column, BigInteger() if bare else _EXACT), places, bound, bare=bare)

    def of(self, sql: ColumnElement, places: int, bound: int) -> Num:
        return Num(cast(sql, _EXACT), places, bound)

    def null(self, places: int) -> Num:
        return Num(cast(null(), _EXACT), places, 0)

    @staticmethod
    def _numeric(num: Num) -> ColumnElement:
        if not num.bare:
            return num.sql
        return literal(Decimal(num.const), _EXACT) if num.const is not None else cast(num.sql, _EXACT)

    def calculate(self, operator: str, left: Num, right: Num, places: int, bound: int) -> Num:
        a, b = self._numeric(left), self._numeric(right)
        if operator == "/":
            # NUMERIC division rounds at a scale of its own choice, never below that of its operands. A quotient whose
            # denominator has D digits cannot lie nearer than 10^-D to a half, so with that many places more
            # the second rounding sees on which side it lies.
            scale = min(len(str(right.bound)) + left.places + DIVISION_PLACES + 4, 900)
            sql: ColumnElement = func.round(func.round(a, scale) / func.nullif(b, 0), DIVISION_PLACES)
            return Num(type_coerce(sql, _EXACT), places, bound)
        if operator == "%":
            return Num(type_coerce(func.mod(a, func.nullif(b, 0)), _EXACT), places, bound)
        sql = {"+": a + b, "-": a - b, "*": a * b}[operator]
        return Num(type_coerce(sql, _EXACT), places, bound)

    def negative(self, num: Num) -> Num:
        return Num(-self._numeric(num), num.places, num.bound)

    def absolute(self, num: Num) -> Num:
        return Num(type_coerce(func.abs(self._numeric(num)), _EXACT), num.places, num.bound)

    def sides(self, left: Num, right: Num) -> tuple[ColumnElement, ColumnElement]:
        if left.bare and right.bare:
            return left.sql, right.sql
        return self._numeric(left), self._numeric(right)

    def same(self, nums: Sequence[Num], places: int) -> list[Num]:
        return [Num(self._numeric(num), num.places, num.bound) for num in nums]

    def comparable(self, nums: Sequence[Num]) -> bool:
        return True

    def rounded(self, num: Num, kept: int, bound: int) -> Num:
        return Num(type_coerce(func.round(self._numeric(num), kept), _EXACT), max(kept, 0), bound)

    def whole(self, name: str, num: Num, bound: int) -> Num:
        return Num(type_coerce(getattr(func, name)(self._numeric(num)), _EXACT), 0, bound)

    def text(self, num: Num) -> ColumnElement:
        return cast(func.round(self._numeric(num), num.places), String())

    def extreme(self, name: str, nums: Sequence[Num], places: int, bound: int) -> Num:
        return Num(type_coerce(getattr(func, name)(*map(self._numeric, nums)), _EXACT), places, bound)

    def total(self, num: Num, bound: int) -> Num:
        return Num(type_coerce(func.coalesce(func.sum(self._numeric(num)), 0), _EXACT), num.places, bound)

    def average(self, num: Num, bound: int) -> Num:
        total = Num(type_coerce(func.sum(self._numeric(num)), _EXACT), num.places, num.bound * 10**12)
        count = Num(cast(func.count(num.sql), _EXACT), 0, 10**12)
        return self.calculate("/", total, count, DIVISION_PLACES, bound)

    def edge(self, name: str, num: Num) -> Num:
        return Num(type_coerce(getattr(func, name)(self._numeric(num)), _EXACT), num.places, num.bound)


def _whole(sql: ColumnElement) -> ColumnElement:
    return type_coerce(sql, BigInteger())


Numbers = SqliteNumbers | PostgresNumbers
