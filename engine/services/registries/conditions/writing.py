"""A tree of conditions as a rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.expression import parse
from engine.expression.syntax import Logic
from engine.expression.writing import literal, quoted
from engine.fields.operators import Operator
from engine.model import Entity, Field
from engine.services.registries.conditions.places import Place, place_of
from engine.services.registries.conditions.tree import Condition, Day, Group, Part, Written
from engine.services.registries.scopes import seen_scope

JOINED = {"all": " and ", "any": " or ", "none": " or "}


def write_rule(view: Any, entity: Entity, group: Group) -> str:
    """The rule of the tree; empty for a tree without conditions. KeyError for a path that the actor does not see."""
    return _group(view, entity, group) if group.parts else ""


def _group(view: Any, entity: Entity, group: Group) -> str:
    parts = [_part(view, entity, part) for part in group.parts]
    text = JOINED[group.how].join(parts)
    return f"not ({text})" if group.how == "none" else text


def _part(view: Any, entity: Entity, part: Part) -> str:
    if isinstance(part, Condition):
        return _condition(view, entity, part)
    if isinstance(part, Written):
        return f"({part.rule})" if isinstance(parse(part.rule), Logic) else part.rule
    text = _group(view, entity, part)
    return text if part.how == "none" else f"({text})"


def _condition(view: Any, entity: Entity, condition: Condition) -> str:
    place = place_of(view, entity, condition.path)
    if place is None:
        raise KeyError(condition.path)
    f = place.field
    operator = f.kind.operator_for(f, condition.operator)
    shape = f.kind.rule_shape(f, operator, bool(condition.values[0]))
    if not shape or (place.rows and _shadowed(view, entity, place)):
        values = ", ".join(_matched(f, operator, value) for value in condition.values)
        return f"matches({condition.path}, {quoted(operator.name)}, {values})"
    rest = condition.path.split(".")[len(place.rows) :]
    said = _shaped(f, operator, shape, ".".join(rest), condition.values)
    return f"any({'.'.join(place.rows)}, {said})" if place.rows else said


def _shadowed(view: Any, entity: Entity, place: Place) -> bool:
    """Would the name mean two things inside the rows? Then the path is written whole."""
    name = place.path.split(".")[len(place.rows)]
    scope = seen_scope(view, entity)
    found = scope.resolve(name) is not None
    for row in place.rows[:-1]:
        scope = scope.inside(row)  # type: ignore[assignment]
        found = found or scope.resolve(name) is not None
    return found


def _matched(f: Field, operator: Operator, value: Any) -> str:
    if operator.takes == "yesno":
        return literal(bool(value))
    return quoted(value if operator.takes == "text" else f.kind.filter_text(f, value))


def _shaped(f: Field, operator: Operator, shape: str, path: str, values: tuple[Any, ...]) -> str:
    said = [] if operator.takes == "yesno" else [_value(f, value) for value in values]
    if "values" in shape.split():
        return f"{path} in [{', '.join(said)}]"
    if operator.takes == "yesno":
        return shape.replace("field", path)
    words = {"field": path, "value": said[0], "first": said[0], "last": said[-1]}
    return " ".join(words.get(word, word) for word in shape.split())


def _value(f: Field, value: Any) -> str:
    kind = f.kind.rule_type(f, lambda address: None)
    if isinstance(value, Day):
        return f"add_days(today, {value.shift})" if value.shift else "today"
    if isinstance(value, Decimal):
        text = literal(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    if kind is not None and kind.name in ("number", "boolean"):
        return literal(value)
    return quoted(f.kind.filter_text(f, value))
