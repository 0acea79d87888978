"""The second reading of a rule: a typed tree becomes SQL that means the same as the Python closure.

What keeps the two equal: a comparison with NULL is made false (COALESCE) wherever it could be seen; texts are ordered
by code point; numbers go through `numbers.py`. Under a WHERE, `and` and `or` at the top leave comparisons bare, because
there NULL already acts as false, and so indexes serve.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    SelectBase,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from engine.expression.problems import RuleProblem
from engine.expression.rule import Rule
from engine.expression.typed import (
    ActorValue,
    Aggregate,
    Among,
    Arithmetic,
    Both,
    Compared,
    Const,
    FieldValue,
    Hop,
    Invoked,
    Joined,
    ListOf,
    Matched,
    Moment,
    Negative,
    Not,
    Step,
    Typed,
    Within,
)
from engine.expression.types import ID, Type
from engine.storage.rules.columns import SQL_TYPES, Frames, table_of
from engine.storage.rules.numbers import Num, PostgresNumbers, RuleNumber, SqliteNumbers
from engine.storage.rules.over_rows import aggregate, number_over_rows
from engine.storage.rules.protocol import Binds, Source

#: Some constructs need an operand twice; this keeps a nest of them from growing without end.
MAX_READINGS = 5_000

_COMPARE: dict[str, Callable[[Any, Any], ColumnElement]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Reader:
    """Reads one rule over one source. `frames[0]` is the record, deeper ones are rows, as in the typed tree."""

    def __init__(self, dialect: str, binds: Binds) -> None:
        self.dialect = dialect
        self.binds = binds
        self.sqlite = dialect == "sqlite"
        self.numbers = SqliteNumbers() if self.sqlite else PostgresNumbers()
        self.readings = 0

    # -- entrances ---------------------------------------------------------------------------------------------

    def where(self, node: Typed, frames: Frames) -> ColumnElement:
        """A condition for WHERE: NULL means false, so comparisons under `and` and `or` stay bare."""
        if isinstance(node, Both):
            parts = [self.where(part, frames) for part in node.parts]
            return and_(*parts) if node.operator == "and" else or_(*parts)
        if isinstance(node, Compared):
            return self._over_link(node, frames)
        if isinstance(node, Among) and not node.negated:
            return self._among_bare(node, frames)
        return self.value(node, frames)

    def condition(self, node: Typed, frames: Frames) -> ColumnElement:
        """A condition that is never NULL."""
        read = self.value(node, frames)
        return read if _never_null(node) else func.coalesce(read, false(), type_=Boolean())

    def value(self, node: Typed, frames: Frames) -> ColumnElement:
        """The value of a node that is no list; a number as its database keeps it at the node's places."""
        self._count()
        if node.type.name == "number":
            return self.number(node, frames).sql
        match node:
            case Const():
                return self.constant(node.value, node.type)
            case FieldValue():
                return self._through(frames[node.level], node.hops, lambda source: source.column(node.name))
            case Matched():
                return self._matched(frames[node.level], node.steps, node)
            case ActorValue():
                return self.constant(self.binds.actor.get(node.name), node.type)
            case Moment():
                return self.constant(self.binds.today if node.type.name == "date" else self.binds.now, node.type)
            case Not():
                return not_(self.condition(node.operand, frames))
            case Joined():
                return self._joined(node, frames)
            case Compared():
                bare = self._compared(node, frames)
                known = _always(node.left) and _always(node.right)
                return bare if known else func.coalesce(bare, false(), type_=Boolean())
            case Among():
                return self._among(node, frames)
            case Within():
                return self._within(node, frames)
            case Both():
                parts = [self.condition(part, frames) for part in node.parts]
                return and_(*parts) if node.operator == "and" else or_(*parts)
            case Aggregate():
                return aggregate(self, node, frames)
            case Invoked():
                return self._invoked(node, frames)
        raise TypeError(f"{type(node).__name__} is no single value")

    def constant(self, value: Any, kind: Type) -> ColumnElement:
        if isinstance(value, ColumnElement):
            return value
        sql_type = SQL_TYPES[kind.name]()
        if value is None or value == "":
            return cast(null(), sql_type)
        if kind.name == "boolean":
            return true() if value else false()
        return literal(value, sql_type)

    def _count(self) -> None:
        self.readings += 1
        if self.readings > MAX_READINGS:
            raise RuleProblem("rule.too_many_parts", {"limit": MAX_READINGS})

    # -- names -------------------------------------------------------------------------------------------------

    def _through(self, source: Source, hops: tuple[Hop, ...], read: Callable[[Source], ColumnElement]) -> ColumnElement:
        """A value behind links, as a scalar subquery; no link, no subquery."""
        if not hops:
            return read(source)
        key, make = source.link(hops[0].name)
        target = make()
        own = target.column("id")
        inner = self._through(target, hops[1:], read)
        query = select(inner).where(own == key).correlate_except(table_of(own))
        return type_coerce(query.scalar_subquery(), inner.type)

    def _over_link(self, node: Compared, frames: Frames) -> ColumnElement:
        """`supplier.kind == "state"` under a WHERE: a search for suppliers, so that the link's index serves."""
        left = node.left
        if not (isinstance(left, FieldValue) and left.hops and isinstance(node.right, Const | ActorValue | Moment)):
            return self._compared(node, frames)
        end = FieldValue(left.type, 0, (), left.name, bound=left.bound)

        def among(source: Source, hops: tuple[Hop, ...]) -> ColumnElement:
            if not hops:
                return self._compared(Compared(node.type, node.operator, end, node.right), (source,))
            key, make = source.link(hops[0].name)
            target = make()
            own = target.column("id")
            return key.in_(select(own).where(among(target, hops[1:])).correlate_except(table_of(own)))

        return among(frames[left.level], left.hops)

    def _matched(self, source: Source, steps: tuple[Step, ...], node: Matched) -> ColumnElement:
        """A filter of a field, perhaps behind links (an empty link matches nothing but "empty") or in some row."""
        if not steps:
            return source.filter(node.name, node.operator, node.values)
        step, rest = steps[0], steps[1:]
        if step.into_rows:
            child, parent, own = source.rows(step.name)
            inner = self._matched(child, rest, node)
            return select(literal(1)).where(parent == own, inner).correlate_except(table_of(parent)).exists()
        if node.operator == "empty" and node.values[0]:
            filled = self._matched(source, steps, replace(node, values=(False,)))
            return not_(func.coalesce(filled, false(), type_=Boolean()))
        key, make = source.link(step.name)
        target = make()
        own = target.column("id")
        inner = self._matched(target, rest, node)
        return key.in_(select(own).where(inner).correlate_except(table_of(own)))

    # -- numbers -----------------------------------------------------------------------------------------------

    def number(self, node: Typed, frames: Frames) -> Num:
        self._count()
        match node:
            case Const(type=Type(name="none")):
                return self.numbers.null(0)
            case Const():
                return self.numbers.literal(node.value, node.places)
            case FieldValue(hops=()):
                return self.numbers.column(frames[node.level].column(node.name), node.places, node.bound)
            case FieldValue():
                read = self._through(
                    frames[node.level],
                    node.hops,
                    lambda source: self.numbers.column(source.column(node.name), node.places, node.bound).sql,
                )
                return self.numbers.column(read, node.places, node.bound)
            case ActorValue():
                return self.numbers.literal(self.binds.actor.get(node.name), node.places)
            case Negative():
                return self.numbers.negative(self.number(node.operand, frames))
            case Arithmetic():
                left, right = self.number(node.left, frames), self.number(node.right, frames)
                return self.numbers.calculate(node.operator, left, right, node.places, node.bound)
            case Aggregate():
                return number_over_rows(self, node, frames)
            case Invoked():
                return self._invoked_number(node, frames)
        raise TypeError(f"{type(node).__name__} is no number")

    # -- texts and comparisons -----------------------------------------------------------------------------------

    def _joined(self, node: Joined, frames: Frames) -> ColumnElement:
        whole: ColumnElement | None = None
        for part in node.parts:
            read = func.coalesce(self.value(part, frames), literal("", String()), type_=String())
            whole = read if whole is None else whole.concat(read)
        return func.nullif(whole, literal("", String()), type_=String())

    def ordered(self, read: ColumnElement, kind: Type) -> ColumnElement:
        """Texts in the order of code points on both databases."""
        return read.collate("C") if kind.name == "text" and not self.sqlite else read

    def _compared(self, node: Compared, frames: Frames) -> ColumnElement:
        act = _COMPARE[node.operator]
        if "number" in (node.left.type.name, node.right.type.name):
            return act(*self.numbers.sides(self.number(node.left, frames), self.number(node.right, frames)))
        left, right = self.value(node.left, frames), self.value(node.right, frames)
        if node.left.type.name == "boolean":
            # Not `=` of SQLAlchemy: it would write IS for a constant.
            return type_coerce(left.op("=" if node.operator == "==" else "<>", precedence=5)(right), Boolean())
        if node.operator not in ("==", "!="):
            left = self.ordered(left, node.left.type)
        return act(left, right)

    def _among(self, node: Among, frames: Frames) -> ColumnElement:
        found = func.coalesce(self._among_bare(node, frames), false(), type_=Boolean())
        if not node.negated:
            return found
        return and_(self.value(node.item, frames).is_not(None), not_(found))

    def _among_bare(self, node: Among, frames: Frames) -> ColumnElement:
        items = node.items
        if isinstance(items, ListOf):
            return self._in_list(node.item, items.items, frames)
        if isinstance(items, ActorValue):
            kind, held = items.type.item or items.type, self.binds.actor.get(items.name)
            if isinstance(held, SelectBase):
                return self.value(node.item, frames).in_(held)
            values = tuple(Const(kind, value) for value in held or ())
            return self._in_list(node.item, values, frames)
        if isinstance(items, FieldValue):
            item = self.value(node.item, frames)
            return self._through(
                frames[items.level], items.hops, lambda source: self._has_value(source, items.name, item)
            )
        raise TypeError(f"{type(items).__name__} is no list")

    def _in_list(self, item: Typed, items: tuple[Typed, ...], frames: Frames) -> ColumnElement:
        if not items:
            return false()
        if item.type.name != "number":
            return self.value(item, frames).in_([self.value(each, frames) for each in items])
        nums = [self.number(each, frames) for each in (item, *items)]
        same = self.numbers.same(nums, max(num.places for num in nums))
        if self.numbers.comparable(same):
            return same[0].sql.in_([num.sql for num in same[1:]])
        return or_(*(operator.eq(*self.numbers.sides(nums[0], num)) for num in nums[1:]))

    def _within(self, node: Within, frames: Frames) -> ColumnElement:
        """Whether a record stands at or below others.

        A query of its own for what stands there, not one for each record: the databases run it once and look records
        up in its result, so that an order with a limit can still be read from an index.
        """
        pairs = frames[0].tree(node.address)
        items = self.binds.actor.get(node.items.name) if isinstance(node.items, ActorValue) else None
        if isinstance(items, BindParameter | SelectBase):
            above = pairs.c.ancestor_id.in_(items)
        else:
            listed = node.items.items if isinstance(node.items, ListOf) else tuple(Const(ID, i) for i in items or ())
            if not listed:
                return false()
            above = pairs.c.ancestor_id.in_([self.value(each, frames) for each in listed])
        below = select(pairs.c.descendant_id).where(above).correlate_except(pairs)
        return func.coalesce(self.value(node.item, frames).in_(below), false(), type_=Boolean())

    def _has_value(self, source: Source, name: str, item: ColumnElement | None) -> ColumnElement:
        """Whether a field of several values holds `item` (None: anything at all)."""
        value, owner, own = source.values(name)
        query = select(literal(1)).where(owner == own).correlate_except(table_of(value))
        return (query if item is None else query.where(value == item)).exists()

    # -- functions ---------------------------------------------------------------------------------------------

    def _invoked(self, node: Invoked, frames: Frames) -> ColumnElement:
        from engine.storage.rules.functions import SQL

        make = SQL.get(node.function.sql)
        if make is None:
            raise RuleProblem("rule.no_sql", {"name": node.function.name})
        return make(self, node, frames)

    def _invoked_number(self, node: Invoked, frames: Frames) -> Num:
        from engine.storage.rules.functions import NUMERIC

        make = NUMERIC.get(node.function.sql)
        if make is not None:
            return make(self, node, frames)
        return self.numbers.of(self._invoked(node, frames), node.places, node.bound)

    def chosen(self, condition: ColumnElement, yes: ColumnElement, no: ColumnElement) -> ColumnElement:
        return case((condition, yes), else_=no)


def _always(node: Typed) -> bool:
    """Whether a value is surely never empty."""
    if isinstance(node, Const):
        return node.value is not None
    if isinstance(node, Aggregate):
        return node.name in ("sum", "count", "present", "any", "all")
    return isinstance(node, Moment) or (node.type.name == "boolean" and _never_null(node))


def _never_null(node: Typed) -> bool:
    """Whether the SQL of a condition is surely never NULL."""
    if isinstance(node, Invoked):
        return node.function.name in ("empty", "contains", "starts_with")
    return isinstance(node, Not | Compared | Among | Within | Both | Aggregate) or (
        isinstance(node, Const) and node.value is not None
    )


def clause(rule: Rule, source: Source, binds: Binds, row: Source | None = None) -> ColumnElement:
    """A condition as a WHERE clause. `row`: the source of the row, for a rule of rows.

    Raises RuleProblem: a rule that is no condition, a function without an SQL reading, working days without a calendar,
    a rule that grows too big.
    """
    if rule.type.name not in ("boolean", "none"):
        raise RuleProblem("rule.boolean_expected", {"type": rule.type})
    frames = (source,) if row is None else (source, row)
    return Reader(source.dialect, binds).where(rule.node, frames)


def value(
    rule: Rule, source: Source, binds: Binds, row: Source | None = None, places: int | None = None
) -> ColumnElement:
    """A rule as a selected or ordered value, with the type that gives back what `Rule.evaluate` would.

    `places`: round a number half up to so many places first, as a field of that many places would keep it.
    """
    frames = (source,) if row is None else (source, row)
    reader = Reader(source.dialect, binds)
    if rule.type.name != "number":
        return type_coerce(reader.value(rule.node, frames), SQL_TYPES[rule.type.name]())
    num = reader.number(rule.node, frames)
    if places is not None and places != num.places:
        num = reader.numbers.rounded(num, places, num.bound * 10 ** max(places - num.places, 0) + 1)
    return type_coerce(num.sql, RuleNumber(num.places))
