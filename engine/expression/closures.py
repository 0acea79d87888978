"""The first reading: a typed tree becomes one Python closure over (context, frames).

`frames[0]` is the record, `frames[1]` the row of a row rule, deeper ones the rows that functions walk over. Shapes that
fill most rules (a name, a comparison with a constant) get closures of their own, which is where the speed comes from.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from engine.expression import exact
from engine.expression.problems import RuleProblem
from engine.expression.typed import (
    ActorValue,
    Aggregate,
    Among,
    Arithmetic,
    Both,
    Compared,
    Const,
    FieldValue,
    Invoked,
    Joined,
    ListOf,
    Matched,
    Moment,
    Negative,
    Not,
    Typed,
    Within,
)

Closure = Callable[[Any, tuple], Any]

_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC = {"+": exact.add, "-": exact.subtract, "*": exact.multiply, "/": exact.divide, "%": exact.remainder}


def build(node: Typed) -> Closure:
    """The closure of a typed tree. It raises nothing for any value of the promised types."""
    return _BUILDERS[type(node)](node)


def _matched(node: Matched) -> Closure:
    raise RuleProblem("rule.only_in_lists", {"name": "matches"})


def _const(node: Const) -> Closure:
    value = node.value
    return lambda c, f: value


def _field(node: FieldValue) -> Closure:
    level, name, text = node.level, node.name, node.type.name == "text"
    if node.hops:
        return _over_links(node)
    if text:
        # '' is stored as NULL, so a form's '' is empty already here.
        return lambda c, f: f[level].get(name) or None
    if level == 0:
        return lambda c, f: f[0].get(name)
    return lambda c, f: f[level].get(name)


def _over_links(node: FieldValue) -> Closure:
    level, hops, name, text = (
        node.level,
        tuple((hop.name, hop.address) for hop in node.hops),
        node.name,
        node.type.name == "text",
    )

    def run(c: Any, f: tuple) -> Any:
        found = f[level]
        for link, address in hops:
            key = found.get(link)
            if key is None:
                return None
            found = c.follow(address, key)
            if found is None:
                return None
        value = found.get(name)
        return value or None if text else value

    return run


def _actor(node: ActorValue) -> Closure:
    name = node.name
    return lambda c, f: c.actor.get(name)


def _moment(node: Moment) -> Closure:
    if node.type.name == "date":
        return lambda c, f: c.today
    return lambda c, f: c.now


def _negative(node: Negative) -> Closure:
    operand, minus = build(node.operand), exact.CONTEXT.minus

    def run(c: Any, f: tuple) -> Any:
        value = operand(c, f)
        return None if value is None else minus(value)

    return run


def _not(node: Not) -> Closure:
    operand = build(node.operand)
    return lambda c, f: not operand(c, f)


def _arithmetic(node: Arithmetic) -> Closure:
    left, right, act = build(node.left), build(node.right), _ARITHMETIC[node.operator]

    def run(c: Any, f: tuple) -> Any:
        a = left(c, f)
        if a is None:
            return None
        b = right(c, f)
        return None if b is None else act(a, b)

    return run


def _joined(node: Joined) -> Closure:
    parts = [build(part) for part in node.parts]

    def run(c: Any, f: tuple) -> Any:
        return "".join([value for part in parts if (value := part(c, f))]) or None

    return run


def _compared(node: Compared) -> Closure:
    left, act = build(node.left), _COMPARE[node.operator]
    if isinstance(node.right, Const) and node.right.value is not None:
        constant = node.right.value
        if node.left.type.name == "number" and node.left.places and isinstance(constant, int):
            constant = Decimal(constant)

        def run_constant(c: Any, f: tuple) -> bool:
            a = left(c, f)
            return a is not None and act(a, constant)

        return run_constant
    right = build(node.right)

    def run(c: Any, f: tuple) -> bool:
        a = left(c, f)
        if a is None:
            return False
        b = right(c, f)
        return b is not None and act(a, b)

    return run


def _among(node: Among) -> Closure:
    item, items, negated = build(node.item), build(node.items), node.negated
    if isinstance(node.items, ListOf) and all(isinstance(each, Const) for each in node.items.items):
        constants = frozenset(
            each.value for each in node.items.items if isinstance(each, Const) and each.value is not None
        )

        def run_constants(c: Any, f: tuple) -> bool:
            value = item(c, f)
            return value is not None and (value in constants) != negated

        return run_constants

    def run(c: Any, f: tuple) -> bool:
        value = item(c, f)
        return value is not None and (value in (items(c, f) or ())) != negated

    return run


def _within(node: Within) -> Closure:
    address, item, items = node.address, build(node.item), build(node.items)

    def run(c: Any, f: tuple) -> bool:
        value = item(c, f)
        tops = items(c, f) if value is not None else None
        return bool(tops) and c.within(address, value, tops)

    return run


def _list(node: ListOf) -> Closure:
    items = [build(item) for item in node.items]
    return lambda c, f: [value for item in items if (value := item(c, f)) is not None]


def _both(node: Both) -> Closure:
    parts = [build(part) for part in node.parts]
    if len(parts) == 2:
        first, second = parts
        if node.operator == "and":
            return lambda c, f: bool(first(c, f) and second(c, f))
        return lambda c, f: bool(first(c, f) or second(c, f))
    if node.operator == "and":
        return lambda c, f: all(part(c, f) for part in parts)
    return lambda c, f: any(part(c, f) for part in parts)


def _invoked(node: Invoked) -> Closure:
    function, options = node.function, node.options
    arguments, python = [build(argument) for argument in node.arguments], function.python
    if not function.strict:
        return lambda c, f: python(*[argument(c, f) for argument in arguments])
    if len(arguments) == 1 and not function.context:
        only = arguments[0]

        def run_one(c: Any, f: tuple) -> Any:
            value = only(c, f)
            return None if value is None else python(value, *options)

        return run_one

    def run(c: Any, f: tuple) -> Any:
        values = [argument(c, f) for argument in arguments]
        if None in values:
            return None
        return python(c, *values, *options) if function.context else python(*values, *options)

    return run


def _walk(frames: tuple, level: int, rows: tuple[str, ...]) -> Iterator[tuple]:
    """The frames for every row, rows within rows one after another."""
    for row in frames[level].get(rows[0]) or ():
        if len(rows) == 1:
            yield (*frames, row)
        else:
            for inner in row.get(rows[1]) or ():
                yield (*frames, row, inner)


def _aggregate(node: Aggregate) -> Closure:
    level, rows, gather = node.level, node.rows, _GATHER[node.name]
    if node.item is None:
        return lambda c, f: sum(1 for _ in _walk(f, level, rows))
    item = build(node.item)
    if node.name in ("any", "all", "count"):
        return lambda c, f: gather(bool(item(c, inner)) for inner in _walk(f, level, rows))
    return lambda c, f: gather(value for inner in _walk(f, level, rows) if (value := item(c, inner)) is not None)


def _total(values: Iterator[Any]) -> Any:
    total: Any = 0
    for value in values:
        total = exact.add(total, value)
    return total


def _average(values: Iterator[Any]) -> Any:
    known = list(values)
    return exact.divide(_total(iter(known)), len(known))


_GATHER: dict[str, Callable[[Iterator[Any]], Any]] = {
    "sum": _total,
    "avg": _average,
    "count": sum,
    "present": lambda values: sum(1 for _ in values),
    "any": any,
    "all": all,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
}

_BUILDERS: dict[type, Callable[[Any], Closure]] = {
    Const: _const,
    FieldValue: _field,
    Matched: _matched,
    ActorValue: _actor,
    Moment: _moment,
    Negative: _negative,
    Not: _not,
    Arithmetic: _arithmetic,
    Joined: _joined,
    Compared: _compared,
    Among: _among,
    Within: _within,
    ListOf: _list,
    Both: _both,
    Invoked: _invoked,
    Aggregate: _aggregate,
}
