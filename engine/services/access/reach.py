"""How far a role reaches: in which part of the tree of units its rights hold, as a part of its rule.

A record stands in the tree where its entity's `unit` says, else at its organisation. A role held in a unit holds
there and below, also in organisations below; what they own can be read so, and is written by their own people only.
Entities that name no `unit` are not divided inside an organisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from engine.expression import BOOLEAN, ID, Rule
from engine.expression.typed import ActorValue, Both, Compared, FieldValue, Invoked, Typed, Within
from engine.expression.types import list_of
from engine.model import Entity
from engine.services.actor import HERE, Held, lent_name, reach_of

READS = frozenset({"read", "print", "export", "history"})
"""Verbs that reach into organisations below."""
UNIT = "system.unit"


def narrowed(
    entity: Entity, rule: Rule | None, held: Held | None, verb: str, number: int, beyond: bool
) -> Rule | None:
    """The rule of a grant for an actor with roles in parts: `rule`, and that the record stands within the reach.

    `held` None: in the whole organisation. `number`: 0 for roles of one's own, else whose they are. `beyond`: some
    role of the actor reaches into other organisations, so that each rule says which ones are meant; else the
    condition on the actor's own organisation stands beside the rules, where indexes serve it.
    """
    place = _place(entity, held, verb, number, beyond)
    if place is None and (rule is None or not number or not rule.uses_actor):
        return rule
    parts = [*([] if rule is None else [lent(rule.node, number)]), *([] if place is None else [place])]
    return _rule(entity, rule, parts)


def lent(node: Typed, number: int) -> Typed:
    """The same rule asked about the n-th of those the actor stands in for."""
    if not number:
        return node
    if isinstance(node, ActorValue):
        return replace(node, name=lent_name(number, node.name))
    changed: dict[str, Any] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Typed):
            changed[each.name] = lent(value, number)
        elif isinstance(value, tuple) and any(isinstance(part, Typed) for part in value):
            changed[each.name] = tuple(lent(part, number) if isinstance(part, Typed) else part for part in value)
    return replace(node, **changed) if changed else node


def _place(entity: Entity, held: Held | None, verb: str, number: int, beyond: bool) -> Typed | None:
    if "organisation" not in entity.fields:
        return None
    if not beyond and (held is None or held.whole or entity.unit is None):
        return None
    organisation = FieldValue(ID, 0, (), "organisation")
    here: Typed = Compared(BOOLEAN, "==", organisation, ActorValue(ID, HERE))
    if held is None:
        return None if verb == "create" else here
    units = ActorValue(list_of(ID), reach_of(number, held.role))
    below: Typed = Within(BOOLEAN, UNIT, organisation, units)
    if entity.unit is None:
        inside: Typed | None = None
        found = _or(here, below)
    else:
        place = FieldValue(ID, 0, (), entity.unit)
        unplaced = Both(BOOLEAN, "and", (_empty(place), below))
        inside = None if held.whole else _or(Within(BOOLEAN, UNIT, place, units), unplaced)
        found = _or(here, Within(BOOLEAN, UNIT, place, units), unplaced) if held.whole else inside or below
    if verb in READS and beyond:
        return found
    if verb == "create" or not beyond:
        return inside
    return here if inside is None else Both(BOOLEAN, "and", (here, inside))


def _or(*parts: Typed) -> Typed:
    return Both(BOOLEAN, "or", parts)


def _empty(node: Typed) -> Typed:
    from engine.expression import FUNCTIONS

    return Invoked(BOOLEAN, FUNCTIONS["empty"], (node,))


def _rule(entity: Entity, rule: Rule | None, parts: Iterable[Typed]) -> Rule:
    nodes = tuple(parts)
    whole = nodes[0] if len(nodes) == 1 else Both(BOOLEAN, "and", nodes)
    own = {("organisation",)} | ({(entity.unit,)} if entity.unit else set())
    return Rule(
        text=rule.text if rule is not None else "",
        node=whole,
        type=BOOLEAN,
        paths=frozenset(own) | (rule.paths if rule is not None else frozenset()),
        row_paths=frozenset(),
        # The reach is given when a statement is run, so it makes no statement personal.
        uses_actor=rule is not None and rule.uses_actor,
        uses_today=rule is not None and rule.uses_today,
        uses_calendar=rule is not None and rule.uses_calendar,
        is_row_rule=False,
    )
