"""The SQL of the functions. SQL gives a value; NUMERIC gives a Num, for functions whose places follow their arguments.

A plug-in adds to SQL under the name in `Function.sql`: (reader, node, frames) -> ColumnElement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Integer,
    String,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    literal_column,
    not_,
    select,
    type_coerce,
)

from engine.expression import casefold
from engine.expression.problems import RuleProblem
from engine.expression.typed import ActorValue, FieldValue, Invoked, ListOf
from engine.storage.rules.numbers import Num
from engine.storage.rules.reading import Frames, Reader

# -- any type ------------------------------------------------------------------------------------------------------


def _iif(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    condition, yes, no = node.arguments
    return case(
        (reader.condition(condition, frames), _as(reader, yes, node, frames)), else_=_as(reader, no, node, frames)
    )


def _as(reader: Reader, part: Any, whole: Invoked, frames: Frames) -> ColumnElement:
    """A part that may be `none`, in the type of the whole (PostgreSQL wants to know the type of a NULL)."""
    if part.type.name == "none" != whole.type.name:
        return reader.constant(None, whole.type)
    return reader.value(part, frames)


def _coalesce(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    parts = [_as(reader, part, node, frames) for part in node.arguments]
    return func.coalesce(*parts, type_=parts[0].type)


def _empty(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    only = node.arguments[0]
    if isinstance(only, FieldValue) and only.type.name == "list":
        return not_(
            func.coalesce(
                reader._through(
                    frames[only.level], only.hops, lambda source: reader._has_value(source, only.name, None)
                ),
                false(),
                type_=Boolean(),
            )
        )
    if isinstance(only, ActorValue) and only.type.name == "list":
        return literal(not reader.binds.actor.get(only.name), Boolean())
    if isinstance(only, ListOf):
        return and_(*(reader.value(item, frames).is_(None) for item in only.items)) if only.items else ~false()
    return reader.value(only, frames).is_(None)


def _extreme(name: str) -> Callable[[Reader, Invoked, Frames], ColumnElement]:
    def make(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
        parts = [reader.ordered(_as(reader, part, node, frames), node.type) for part in node.arguments]
        called = getattr(func, f"q_{name}_text" if reader.sqlite else name)
        return called(*parts, type_=parts[0].type)

    return make


# -- numbers -------------------------------------------------------------------------------------------------------


def _nums(reader: Reader, node: Invoked, frames: Frames, skip: int = 0) -> list[Num]:
    nums = [reader.number(part, frames) for part in node.arguments[skip:]]
    return reader.numbers.same(nums, node.places) if reader.sqlite else reader.numbers.same(nums, 0)


def _iif_number(reader: Reader, node: Invoked, frames: Frames) -> Num:
    yes, no = _nums(reader, node, frames, skip=1)
    sql = case((reader.condition(node.arguments[0], frames), yes.sql), else_=no.sql)
    return Num(
        type_coerce(sql, yes.sql.type if node.arguments[1].type.name != "none" else no.sql.type),
        node.places,
        node.bound,
    )


def _coalesce_number(reader: Reader, node: Invoked, frames: Frames) -> Num:
    nums = _nums(reader, node, frames)
    return Num(func.coalesce(*(num.sql for num in nums), type_=_number_type(nums)), node.places, node.bound)


def _number_type(nums: list[Num]) -> Any:
    return next((num.sql.type for num in nums if num.bound), nums[0].sql.type)


def _extreme_number(name: str) -> Callable[[Reader, Invoked, Frames], Num]:
    def make(reader: Reader, node: Invoked, frames: Frames) -> Num:
        nums = [reader.number(part, frames) for part in node.arguments]
        return reader.numbers.extreme(name, nums, node.places, node.bound)

    return make


def _count(reader: Reader, node: Invoked, frames: Frames) -> Num:
    """The number of values in a list."""
    only = node.arguments[0]
    if isinstance(only, ActorValue):
        return reader.numbers.literal(len(reader.binds.actor.get(only.name) or ()), 0)
    if isinstance(only, ListOf):
        parts = [case((reader.value(item, frames).is_(None), 0), else_=1) for item in only.items]
        return reader.numbers.of(sum(parts[1:], start=parts[0]) if parts else literal(0), 0, node.bound)
    if not isinstance(only, FieldValue):
        raise TypeError("a list is a field, a name of the actor, or written out")

    def counted(source: Any) -> ColumnElement:
        held, owner, own = source.values(only.name)
        return (
            select(func.count())
            .select_from(held.table)
            .where(owner == own)
            .correlate_except(held.table)
            .scalar_subquery()
        )

    return reader.numbers.of(func.coalesce(reader._through(frames[only.level], only.hops, counted), 0), 0, node.bound)


def _round(reader: Reader, node: Invoked, frames: Frames) -> Num:
    return reader.numbers.rounded(reader.number(node.arguments[0], frames), node.options[0], node.bound)


def _whole(name: str) -> Callable[[Reader, Invoked, Frames], Num]:
    return lambda reader, node, frames: reader.numbers.whole(name, reader.number(node.arguments[0], frames), node.bound)


def _abs(reader: Reader, node: Invoked, frames: Frames) -> Num:
    return reader.numbers.absolute(reader.number(node.arguments[0], frames))


def _text(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    only = node.arguments[0]
    if only.type.name == "number":
        return reader.numbers.text(reader.number(only, frames))
    read = reader.value(only, frames)
    if only.type.name != "date":
        return read
    return type_coerce(read, String()) if reader.sqlite else func.to_char(read, "YYYY-MM-DD", type_=String())


# -- dates ---------------------------------------------------------------------------------------------------------
# PostgreSQL: an operand may stand only once, and dates outside the years 1 to 9999 must become NULL without an error.

_FIRST = literal_column("DATE '0001-01-01'", Date)
_DAYS = 3_652_059  # from the first day of year 1 to the first of year 10000
_ERA = 30 * 146_097  # 12,000 years: Gregorian days repeat every 400 years
_LATER = literal_column("DATE '12001-01-01'", Date)


def _whole_number(value: int) -> ColumnElement:
    return literal(value, Integer())


def _from_ordinal(days: ColumnElement) -> ColumnElement:
    """The date so many days after 0001-01-01; NULL outside (LEAST skips NULL, so an empty one falls outside too)."""
    inside = cast(func.greatest(-1, func.least(_DAYS, days)), Integer)
    found = func.nullif(
        func.nullif(_FIRST.op("+", precedence=7)(inside), _FIRST.op("+", precedence=7)(_whole_number(_DAYS))),
        _FIRST.op("-", precedence=7)(_whole_number(1)),
    )
    return type_coerce(found, Date())


def _difference(left: ColumnElement, right: ColumnElement) -> ColumnElement:
    return type_coerce(left.op("-", precedence=7)(right), Integer())


def _days(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    start, end = (reader.value(part, frames) for part in node.arguments)
    if not reader.sqlite:
        return _difference(end, start)
    return cast(func.julianday(end, type_=Integer()) - func.julianday(start, type_=Integer()), Integer)


def _add_days(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    start, count = reader.value(node.arguments[0], frames), reader.number(node.arguments[1], frames)
    if reader.sqlite:
        return func.q_add_days(start, count.sql, type_=Date())
    return _from_ordinal(type_coerce(_difference(start, _FIRST), count.sql.type) + count.sql)


def _add_months(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    start, count = reader.value(node.arguments[0], frames), reader.number(node.arguments[1], frames)
    if reader.sqlite:
        return func.q_add_months(start, count.sql, type_=Date())
    months = cast(func.greatest(-120_000, func.least(120_000, count.sql)), Integer)
    moved = cast(
        start.op("+", precedence=7)(_whole_number(_ERA)).op("+", precedence=7)(func.make_interval(0, months)), Date
    )
    return _from_ordinal(_difference(moved, _LATER))


def _part(name: str, pattern: str) -> Callable[[Reader, Invoked, Frames], ColumnElement]:
    def make(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
        day = reader.value(node.arguments[0], frames)
        return cast(func.strftime(pattern, day) if reader.sqlite else extract(name, day), Integer)

    return make


def _weekday(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    day = reader.value(node.arguments[0], frames)
    if not reader.sqlite:
        return cast(extract("isodow", day), Integer)
    return (cast(func.strftime("%w", day), Integer) + 6) % 7 + 1


def _age(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    born, at = (reader.value(part, frames) for part in node.arguments)
    if reader.sqlite:
        return func.q_age(born, at, type_=Integer())
    # As numbers like 20260901 the difference of two dates, divided by 10000 and floored, is the full years.
    numbers = [cast(func.to_char(day, "YYYYMMDD"), Integer) for day in (at, born)]
    return cast(func.floor((numbers[0] - numbers[1]).op("/", precedence=8)(literal_column("10000.0"))), Integer)


def _date(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    moment = reader.value(node.arguments[0], frames)
    if reader.sqlite:
        return func.q_local_date(type_coerce(moment, moment.type), reader.binds.timezone, type_=Date())
    return cast(func.timezone(reader.binds.timezone, moment), Date)


def _calendar(reader: Reader) -> Any:
    if reader.binds.calendar is None:
        raise RuleProblem("rule.no_calendar")
    return reader.binds.calendar.alias()


def _workdays(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    ends = []
    for part in node.arguments:
        days = _calendar(reader)
        query = select(days.c.ordinal).where(days.c.day == reader.value(part, frames)).correlate_except(days)
        ends.append(type_coerce(query.scalar_subquery(), Integer()))
    return ends[1] - ends[0]


def _workday(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    begin, found = _calendar(reader), _calendar(reader)
    count = reader.number(node.arguments[1], frames).sql
    # Counting from a free day backwards, the working day before it is the first; forwards it needs no such step.
    step = case((and_(not_(begin.c.is_working), count <= 0), 1), else_=0)
    query = (
        select(found.c.day)
        .select_from(begin, found)
        .where(
            begin.c.day == reader.value(node.arguments[0], frames),
            found.c.is_working,
            found.c.ordinal == type_coerce(begin.c.ordinal, count.type) + count + step,
        )
        .correlate_except(begin, found)
    )
    return type_coerce(query.scalar_subquery(), Date())


# -- texts ---------------------------------------------------------------------------------------------------------


def _length(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    name = "length" if reader.sqlite else "char_length"
    return getattr(func, name)(reader.value(node.arguments[0], frames), type_=Integer())


def _case(name: str, letters: str, others: str) -> Callable[[Reader, Invoked, Frames], ColumnElement]:
    def make(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
        read = reader.value(node.arguments[0], frames)
        if reader.sqlite:
            return getattr(func, f"q_{name}")(read, type_=String())
        # The C collation changes ASCII only, whatever the server's locale knows of other letters.
        ascii_only = getattr(func, name)(read.collate("C"), type_=String())
        return func.translate(ascii_only, literal(letters, String()), literal(others, String()), type_=String())

    return make


def _trim(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    read = reader.value(node.arguments[0], frames)
    trimmed = getattr(func, "trim" if reader.sqlite else "btrim")(
        read, literal(casefold.BLANKS, String()), type_=String()
    )
    return func.nullif(trimmed, literal("", String()), type_=String())


def _position(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    text, part = (reader.value(each, frames) for each in node.arguments)
    return getattr(func, "instr" if reader.sqlite else "strpos")(text, part, type_=Integer())


def _contains(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    return func.coalesce(_position(reader, node, frames) > 0, false(), type_=Boolean())


def _starts_with(reader: Reader, node: Invoked, frames: Frames) -> ColumnElement:
    return func.coalesce(_position(reader, node, frames) == 1, false(), type_=Boolean())


SQL: dict[str, Callable[[Reader, Invoked, Frames], ColumnElement]] = {
    "iif": _iif,
    "coalesce": _coalesce,
    "empty": _empty,
    "least": _extreme("least"),
    "greatest": _extreme("greatest"),
    "text": _text,
    "days": _days,
    "add_days": _add_days,
    "add_months": _add_months,
    "year": _part("year", "%Y"),
    "month": _part("month", "%m"),
    "day": _part("day", "%d"),
    "weekday": _weekday,
    "age": _age,
    "date": _date,
    "workdays": _workdays,
    "workday": _workday,
    "length": _length,
    "trim": _trim,
    "contains": _contains,
    "starts_with": _starts_with,
    "lower": _case("lower", casefold.UPPER_LETTERS, casefold.LOWER_LETTERS),
    "upper": _case("upper", casefold.LOWER_LETTERS, casefold.UPPER_LETTERS),
}

NUMERIC: dict[str, Callable[[Reader, Invoked, Frames], Num]] = {
    "iif": _iif_number,
    "coalesce": _coalesce_number,
    "least": _extreme_number("least"),
    "greatest": _extreme_number("greatest"),
    "count": _count,
    "round": _round,
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "abs": _abs,
}
