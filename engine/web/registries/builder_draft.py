"""The filter builder as it is filled in: lines and blocks with the texts of their inputs, finished or not.

Inputs are named by their place: `b-how`, `b-0-path`, `b-0-op`, `b-0-v0`, `b-1-how`, `b-1-0-rule`. What is typed
stays as it is until it can be read as a tree of conditions (`to_tree`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from engine.expression import RuleProblem
from engine.fields.operators import WRONG_COUNT, Operator
from engine.language import N_, translate
from engine.model import Entity, Field
from engine.services.registries.conditions import (
    Condition,
    Day,
    Group,
    Part,
    Place,
    Written,
    place_of,
    read_rule,
    takes_days,
)
from engine.services.registries.conditions.tree import HOW

MOST, DEEPEST = 40, 3
"""Lines of one builder, and blocks within blocks, the outermost counted."""
GONE = N_("This field is not in the list")


@dataclass
class Line:
    """A condition of one field."""

    path: str = ""
    operator: str = ""
    """Its name; `empty:yes` for one that has its answer in it."""
    values: list[list[str]] = field(default_factory=list)
    """The texts of each value's inputs."""
    days: list[str] = field(default_factory=list)
    """For each value how far from today it is; empty for a day of the calendar."""
    problem: str = ""


@dataclass
class RuleLine:
    rule: str = ""
    problem: str = ""


@dataclass
class Block:
    how: str = "all"
    parts: list[Any] = field(default_factory=list)


def from_tree(view: Any, entity: Entity, group: Group) -> Block:
    return Block(group.how, [_from_part(view, entity, part) for part in group.parts])


def _from_part(view: Any, entity: Entity, part: Part) -> Line | RuleLine | Block:
    if isinstance(part, Group):
        return from_tree(view, entity, part)
    if isinstance(part, Written):
        return RuleLine(part.rule)
    place = place_of(view, entity, part.path)
    if place is None:
        return Line(part.path, part.operator)
    f = place.field
    operator = f.kind.operator_for(f, part.operator)
    if operator.takes == "yesno":
        return Line(part.path, f"{operator.name}:{'yes' if part.values[0] else 'no'}")
    texts = [[] if isinstance(v, Day) else _texts(f, operator, v, view.language) for v in part.values]
    days = [str(v.shift) if isinstance(v, Day) else "" for v in part.values]
    if operator.values is None:
        return Line(part.path, operator.name, [[t for one in texts for t in one]], days[:1])
    return Line(part.path, operator.name, texts, days)


def _texts(f: Field, operator: Operator, value: Any, language: str) -> list[str]:
    if operator.takes == "text":
        return [str(value)]
    sought = f.kind.sought(f)
    said = sought.kind.form_text(sought, value, language)
    return said if isinstance(said, list) else [said]


# -- from the form ---------------------------------------------------------------------------------------------------


def from_form(args: MultiDict[str, str]) -> Block:
    """What the inputs hold; nonsense in their names is left out."""
    nested: dict[str, Any] = {}
    for name in list(args)[: MOST * 12]:
        head, *keys, last = name.split("-") if name.startswith("b-") else ("", "")
        if head == "b" and all(key.isdecimal() and len(key) < 4 for key in keys) and len(keys) <= DEEPEST:
            at = nested
            for key in keys:
                at = at.setdefault(int(key), {})
            at[last] = args.getlist(name)
    return _block(nested, [MOST])


def _block(held: Mapping[Any, Any], left: list[int], depth: int = 1) -> Block:
    how = _last(held, "how")
    block = Block(how if how in HOW else HOW[0])
    for _, inner in sorted((k, v) for k, v in held.items() if isinstance(k, int)):
        left[0] -= 1
        if left[0] < 0:
            break
        if "how" in inner and depth < DEEPEST:
            block.parts.append(_block(inner, left, depth + 1))
        elif "rule" in inner:
            block.parts.append(RuleLine(_last(inner, "rule")))
        elif "path" in inner:
            block.parts.append(_line(inner))
    return block


def _line(held: Mapping[Any, Any]) -> Line:
    values = [held.get(f"v{n}", []) for n in range(2)]
    days = [_last(held, f"d{n}") for n in range(2)]
    return Line(_last(held, "path")[:200], _last(held, "op")[:20], values, days)


def _last(held: Mapping[Any, Any], name: str) -> str:
    texts = held.get(name) or [""]
    return texts[-1]


# -- into a tree -----------------------------------------------------------------------------------------------------


def to_tree(view: Any, entity: Entity, block: Block) -> Group | None:
    """The conditions; None when some line cannot be read, which then says so."""
    parts = [_to_part(view, entity, part) for part in block.parts]
    return None if any(part is None for part in parts) else Group(block.how, tuple(parts))  # type: ignore[arg-type]


def _to_part(view: Any, entity: Entity, part: Line | RuleLine | Block) -> Part | None:
    if isinstance(part, Block):
        return to_tree(view, entity, part)
    if isinstance(part, RuleLine):
        return _rule(view, entity, part)
    place = place_of(view, entity, part.path)
    if place is None:
        part.problem = translate(GONE, view.language)
        return None
    try:
        return Condition(place.path, part.operator.partition(":")[0], _values(view, place, part))
    except (ValidationError, KeyError, ValueError, ArithmeticError) as wrong:
        said = wrong.messages[0] if isinstance(wrong, ValidationError) and isinstance(wrong.messages, list) else ""
        part.problem = translate(said or WRONG_COUNT, view.language)
        return None


def _rule(view: Any, entity: Entity, part: RuleLine) -> Part | None:
    from engine.services.registries.scopes import read_where

    try:
        read_where(view, entity, part.rule)
        return read_rule(view, entity, part.rule)
    except RuleProblem as wrong:
        part.problem = located(wrong, view.language)
        return None


def located(problem: RuleProblem, language: str) -> str:
    """A mistake in a rule with its place: "Character 12: There is no …"."""
    said = problem.message(language)
    hint = f" ({problem.hint})" if problem.hint else ""
    if problem.offset is None:
        return said + hint
    params = {"number": problem.offset + 1, "what": said + hint}
    return translate(N_("Character %(number)s: %(what)s"), language, params)


def _values(view: Any, place: Place, line: Line) -> tuple[Any, ...]:
    f = place.field
    name, _, answer = line.operator.partition(":")
    operator = f.kind.operator_for(f, name)
    if operator.takes == "yesno":
        return tuple(f.kind.filter_values(f, name, [answer or "yes"], view.language))
    count = operator.values or 1
    slots: Sequence[list[str]] = [*line.values, [], []][:count]
    days = [*line.days, "", ""][:count]
    found: list[Any] = []
    for texts, day in zip(slots, days, strict=True):
        if day and takes_days(f) and operator.values is not None:
            found.append(Day(max(min(int(day), 36_600), -36_600)))
        else:
            found += _read(f, operator, texts, view.language)
    plain = [v for v in found if not isinstance(v, Day)]
    if len(plain) == len(found):
        return tuple(f.kind.filter_values(f, name, [_text(f, operator, v) for v in found], view.language))
    return tuple(found)


def _read(f: Field, operator: Operator, texts: list[str], language: str) -> list[Any]:
    """The values in one input: several of them for an operator that takes several, one on each line."""
    if operator.takes == "text":
        text = " ".join(texts[-1].split()) if texts else ""
        if not text:
            raise ValidationError(WRONG_COUNT)
        return [text]
    sought = f.kind.sought(f)
    each = [texts] if operator.values is not None else [[t] for text in texts for t in text.splitlines() if t.strip()]
    found = []
    for one in each:
        raw = sought.kind.from_form(sought, one, language)
        if raw is None:
            raise ValidationError(WRONG_COUNT)
        found.append(sought.kind.schema(sought).deserialize(raw))
    return found


def _text(f: Field, operator: Operator, value: Any) -> str:
    return value if operator.takes == "text" else f.kind.filter_text(f, value)
