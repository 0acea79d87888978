"""`within`: where a record stands in a tree: this unit and everything below it."""

from __future__ import annotations

from typing import Any

from engine.expression.checking import Checker
from engine.expression.functions import Function, docs, register, require_count
from engine.expression.problems import RuleProblem
from engine.expression.syntax import Call
from engine.expression.typed import ActorValue, FieldValue, ListOf, Typed, Within
from engine.expression.types import BOOLEAN, Scope, Type


def _check(function: Function, checker: Checker, call: Call) -> Typed:
    require_count(function, call, 2, 2)
    first, second = call.arguments
    item = checker.single(first)
    target = item.type.target
    if not isinstance(item, FieldValue) or target is None or not _is_tree(target):
        raise RuleProblem("rule.tree_expected", {"name": function.name}, first.offset)
    items = checker.check(second)
    held = items.type.item if isinstance(items, ActorValue | ListOf) else None
    if held is None or held.name not in ("id", "none"):
        raise RuleProblem("rule.ids_expected", {"name": function.name}, second.offset, hint="actor.units")
    return Within(BOOLEAN, target.address, item, items)


def _is_tree(scope: Scope) -> bool:
    """A record of a tree has a parent of its own kind."""
    parent: Type | None = scope.resolve("parent")
    return parent is not None and parent.target is not None and parent.target.address == scope.address


def _never(*_: Any) -> Any:
    raise TypeError("this function is checked into a part of its own, not called")


register(
    Function(
        "within",
        "within(link, list)",
        _never,
        docs(
            "Сілтемедегі бөлімше тізімдегілердің бірі ме немесе солардың бірінің ішінде ме: within(unit, actor.units).",
            "Стоит ли подразделение по ссылке среди перечисленных или внутри одного из них: within(unit, actor.units).",
            "Whether the unit behind the link is one of those listed or lies inside one: within(unit, actor.units).",
        ),
        check=_check,
    )
)
