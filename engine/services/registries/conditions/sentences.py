"""A tree of conditions as a sentence: "Date: since 01.09.2026 and (State: draft or Total: at least 100)"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from engine.language import N_, translate
from engine.model import Entity
from engine.services.display import names_of
from engine.services.registries.conditions.places import Place, place_of
from engine.services.registries.conditions.tree import Condition, Day, Group, Part, Written

AND, OR, NONE = N_(" and "), N_(" or "), N_("none of this: %(what)s")
RULE = N_("by the rule %(rule)s")
TODAY = N_("today")
LATER, EARLIER = N_("today + %(number)s days"), N_("today − %(number)s days")
HIDDEN = "…"
Named = Mapping[tuple[str, UUID], str]
"""(entity, id) -> what the record is called; one that the actor does not see is not there."""


def sentence(view: Any, entity: Entity, group: Group) -> str:
    """The filter in the view's language. Linked records are named: one statement for each entity they are of."""
    if not group.parts:
        return ""
    named = named_in(view, entity, group)
    return _said(view, entity, group, named)


def named_in(view: Any, entity: Entity, group: Group) -> Named:
    """The names of all records that the conditions mention."""
    wanted: dict[str, set[UUID]] = {}
    for condition in _conditions(group):
        place = place_of(view, entity, condition.path)
        for address, id in _linked(place, condition) if place else ():
            wanted.setdefault(address, set()).add(id)
    return {
        (address, id): text
        for address, ids in wanted.items()
        for id, text in names_of(view, address, sorted(ids)).items()
    }


def condition_text(view: Any, place: Place, condition: Condition, named: Named) -> str:
    """One condition said: `Payer › BIN: is 050140000123`."""
    f = place.field
    operator = f.kind.operator_for(f, condition.operator)
    targets = f.kind.targets(f)
    if targets and operator.takes == "value":
        said = [named.get(_record(targets, value), HIDDEN) for value in condition.values]
        return operator.say(f.title.in_(view.language), said, view.language, condition.values)
    if any(isinstance(value, Day) for value in condition.values):
        said = [_day(view, f, value) for value in condition.values]
        return operator.say(f.title.in_(view.language), said, view.language, condition.values)
    return f.kind.sentence(f, condition.operator, list(condition.values), view.language, view.names)


def _day(view: Any, f: Any, value: Any) -> str:
    if not isinstance(value, Day):
        return f.kind.formatter(f, view.language, view.names)({f.key: value})
    return day_text(value, view.language)


def day_text(day: Day, language: str) -> str:
    """The day as it stands in a sentence: "today", "today + 7 days"."""
    if not day.shift:
        return translate(TODAY, language)
    return translate(LATER if day.shift > 0 else EARLIER, language, {"number": abs(day.shift)})


def _said(view: Any, entity: Entity, group: Group, named: Named) -> str:
    parts = [_part(view, entity, part, named, group) for part in group.parts]
    if group.how == "none":
        what = translate(OR, view.language).join(parts)
        return translate(NONE, view.language, {"what": f"({what})" if len(parts) > 1 else what})
    return translate(AND if group.how == "all" else OR, view.language).join(parts)


def _part(view: Any, entity: Entity, part: Part, named: Named, outer: Group) -> str:
    if isinstance(part, Group):
        said = _said(view, entity, part, named)
        return f"({said})" if len(outer.parts) > 1 else said
    if isinstance(part, Written):
        return translate(RULE, view.language, {"rule": part.rule})
    place = place_of(view, entity, part.path)
    return condition_text(view, place, part, named) if place else HIDDEN


def _conditions(group: Group) -> Iterator[Condition]:
    for part in group.parts:
        if isinstance(part, Group):
            yield from _conditions(part)
        elif isinstance(part, Condition):
            yield part


def _linked(place: Place, condition: Condition) -> list[tuple[str, UUID]]:
    f = place.field
    targets = f.kind.targets(f)
    if not targets or f.kind.operator_for(f, condition.operator).takes != "value":
        return []
    return [_record(targets, value) for value in condition.values]


def _record(targets: tuple[str, ...], value: Any) -> tuple[str, UUID]:
    return value if isinstance(value, tuple) else (targets[0], value)


