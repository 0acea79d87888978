"""A rule as a tree of conditions: each part that is a filter of a field is one, the rest stays written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from engine.expression import parse
from engine.expression.syntax import Call, Comparison, Items, Literal, Logic, Node, Path, Unary
from engine.expression.writing import write
from engine.fields.operators import Operator
from engine.model import Entity
from engine.services.registries.conditions.places import Place, place_of, takes_days
from engine.services.registries.conditions.tree import Condition, Day, Group, Part, Written

DAYS = re.compile(r"-?[0-9]{1,5}")
STANDS_FOR = "2000-01-01"
"""What is read in the place of a moving day."""
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Shaped:
    """A part of a rule that has the shape of a filter."""

    shape: str
    """As in `Operator.rule`, or empty where the operator is named."""
    path: tuple[str, ...]
    values: tuple[Any, ...]
    operator: str = ""


def read_rule(view: Any, entity: Entity, rule: str) -> Group:
    """The tree of a rule. Raises RuleProblem for a text that is no rule; names are not judged here."""
    if not rule.strip():
        return Group("all")
    part = _part(view, entity, parse(rule))
    return part if isinstance(part, Group) else Group("all", (part,))


def _part(view: Any, entity: Entity, node: Node) -> Part:
    shaped = _shaped(node)
    condition = _condition(view, entity, shaped) if shaped is not None else None
    if condition is not None:
        return condition
    if isinstance(node, Logic):
        how = "all" if node.operator == "and" else "any"
        return Group(how, tuple(_part(view, entity, part) for part in node.parts))
    if isinstance(node, Unary) and node.operator == "not":
        inner = _part(view, entity, node.operand)
        if isinstance(inner, Group) and inner.how == "any":
            return Group("none", inner.parts)
        return Group("none", (inner,))
    return Written(write(node))


def _condition(view: Any, entity: Entity, shaped: Shaped) -> Condition | None:
    place = place_of(view, entity, ".".join(shaped.path))
    if place is None:
        return None
    f = place.field
    for operator in f.kind.operators_for(f):
        texts = _fitting(place, operator, shaped)
        if texts is not None:
            values = _values(view, place, operator.name, texts)
            return None if values is None else Condition(place.path, operator.name, values)
    return None


def _fitting(place: Place, operator: Operator, shaped: Shaped) -> tuple[Any, ...] | None:
    """The texts of the filter if the operator is written in this shape."""
    f = place.field
    if shaped.operator:
        return shaped.values if shaped.operator == operator.name else None
    if operator.takes == "yesno":
        answers = {f.kind.rule_shape(f, operator, yes): "yes" if yes else "no" for yes in (False, True)}
        return (answers[shaped.shape],) if shaped.shape in answers else None
    return shaped.values if f.kind.rule_shape(f, operator) == shaped.shape else None


def _values(view: Any, place: Place, operator: str, texts: tuple[Any, ...]) -> tuple[Any, ...] | None:
    f = place.field
    moving = {n: text for n, text in enumerate(texts) if isinstance(text, Day)}
    if moving and not takes_days(f):
        return None
    try:
        read = f.kind.filter_values(f, operator, [STANDS_FOR if n in moving else t for n, t in enumerate(texts)],
                                    view.language)
        return tuple(moving.get(n, value) for n, value in enumerate(read))
    except (ValidationError, ValueError, ArithmeticError, KeyError):
        return None


# -- shapes ----------------------------------------------------------------------------------------------------------


def _shaped(node: Node) -> Shaped | None:
    match node:
        case Comparison():
            return _compared(node)
        case Logic(operator="and", parts=(Comparison() as low, Comparison() as high)):
            return _between(low, high)
        case Path():
            return Shaped("field == value", node.names, ("yes",))
        case Call(name="empty", arguments=(Path() as path,)):
            return Shaped("empty(field)", path.names, ())
        case Unary(operator="not", operand=Call(name="empty", arguments=(Path() as path,))):
            return Shaped("not empty(field)", path.names, ())
        case Call(name="matches", arguments=(Path() as path, Literal() as operator, *values)):
            texts = _texts(values)
            return None if texts is None else Shaped("", path.names, texts, str(operator.value))
        case Call(name="any", arguments=(Path() as rows, inner)):
            found = _shaped(inner)
            return found and Shaped(found.shape, (*rows.names, *found.path), found.values, found.operator)
    return None


def _compared(node: Comparison) -> Shaped | None:
    left, right = node.left, node.right
    if node.operator in ("in", "not in"):
        if isinstance(right, Path) and (value := _text(left)) is not None:
            return Shaped(f"value {node.operator} field", right.names, (value,))
        if isinstance(left, Path) and isinstance(right, Items) and node.operator == "in":
            texts = _texts(right.items)
            return Shaped("field in values", left.names, texts) if texts else None
        return None
    operator = node.operator
    if isinstance(right, Path) and _text(left) is not None:
        left, right, operator = right, left, MIRRORED[operator]
    value = _text(right)
    if not isinstance(left, Path) or value is None:
        return None
    return Shaped(f"field {operator} value", left.names, (value,))


def _between(low: Comparison, high: Comparison) -> Shaped | None:
    """`1 <= x <= 5`, which is parsed as `1 <= x and x <= 5`."""
    first, last = _text(low.left), _text(high.right)
    same = isinstance(low.right, Path) and isinstance(high.left, Path) and low.right.names == high.left.names
    if not same or first is None or last is None or (low.operator, high.operator) != ("<=", "<="):
        return None
    return Shaped("first <= field <= last", low.right.names, (first, last))  # type: ignore[union-attr]


def _day(node: Node) -> Day | None:
    """`today`, `add_days(today, -7)`."""
    match node:
        case Path(names=("today",)):
            return Day()
        case Call(name="add_days", arguments=(Path(names=("today",)), shift)):
            text = _text(shift)
            return Day(int(text)) if isinstance(text, str) and DAYS.fullmatch(text) else None
    return None


def _texts(nodes: Any) -> tuple[Any, ...] | None:
    texts = tuple(_text(node) for node in nodes)
    return None if any(text is None for text in texts) else texts


def _text(node: Node) -> str | Day | None:
    """A literal as a filter of a URL holds it, or a moving day; None for anything else."""
    day = _day(node)
    if day is not None:
        return day
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Literal):
        number = _text(node.operand)
        return f"-{number}" if isinstance(number, str) and isinstance(node.operand.value, int | Decimal) else None
    if not isinstance(node, Literal) or node.value is None:
        return None
    if isinstance(node.value, bool):
        return "yes" if node.value else "no"
    return format(node.value, "f") if isinstance(node.value, Decimal) else str(node.value)
