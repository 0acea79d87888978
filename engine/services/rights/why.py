"""Why may I not do this? Every right that would allow it, and what each lacks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.model import Entity
from engine.services.access.grants import Grant, can, grants_of_all
from engine.services.access.predicate import beside_the_record, stand, true_of_each
from engine.services.access.reach import narrowed
from engine.services.actor import Held
from engine.services.lookups import Lookups, look_up
from engine.services.records.reading import Record, fits
from engine.services.rights.words import in_words


@dataclass(frozen=True)
class Reason:
    """One right that holds the verb, as it stands to the actor and the record."""

    role: str
    part: str
    is_held: bool
    lender: str
    """Whose role it is where it is lent; empty for one's own."""
    is_within: bool
    """Does the record stand where the role is held?"""
    units: tuple[UUID, ...]
    """Where the role is held, unless in the whole organisation."""
    rule: str
    """The condition in words; empty where there is none."""
    is_true: bool
    hides: bool
    """Does the right leave out the field that was asked about?"""

    @property
    def allows(self) -> bool:
        return self.is_held and self.is_within and self.is_true and not self.hides


@dataclass(frozen=True)
class Answer:
    """May the actor do it, by which rights, and does the record's own life allow it."""

    verb: str
    is_allowed: bool
    fits_life: bool
    is_shared: bool
    """Lists of the whole installation, which only administrators change."""
    reasons: tuple[Reason, ...]


def why(view, entity: Entity, record: Record, verb: str, field: str = "") -> Answer:
    """What decides whether the actor may do `verb` to a record that they see; `field`: whether with this field."""
    wanted = [g for g in grants_of_all(view.catalog, entity) if verb in g.can]
    actor, values = view.actor, record.hidden
    holders = [(n, who, g) for g in wanted for n, who in enumerate((actor, *actor.standing_in)) if g.role in who.mine]
    rules = tuple(dict.fromkeys(g.where for g in wanted if g.where is not None))
    lookups = Lookups()
    if any(len(path) > 1 for rule in rules for path in rule.paths):
        look_up(view, entity, [values], lookups, rules, seen=False)
    stand(view, entity, [values])
    reasons = []
    for number, who, g in holders:
        held = next((h for h in who.parted if h.role == g.role), None)
        rule = narrowed(entity, g.where, None, verb, number, False)  # asked about whose role it is, wherever
        reasons.append(_reason(view, entity, g, values, lookups, verb, field, (rule, held, number, who.name)))
    for g in wanted:
        if not any(g is held for _, _, held in holders):
            reasons.append(_reason(view, entity, g, values, lookups, verb, field, None))
    fitting = fits(entity, values, verb)
    shared = entity.scope == "shared" and not can(view.catalog, actor, entity, verb)
    allowed = fitting and not shared and any(r.allows for r in reasons)
    return Answer(verb, allowed, fitting, shared, tuple(sorted(reasons, key=lambda r: (not r.is_held, r.role))))


def _reason(
    view, entity: Entity, g: Grant, values: Any, lookups: Lookups, verb: str, field: str, held: Any
) -> Reason:
    hides = bool(field) and field not in (g.write if verb in ("create", "edit") else g.read)
    words = in_words(view, entity, g.where)
    if held is None:
        return Reason(g.role, g.part, False, "", True, (), words, True, hides)
    rule, part, number, name = held
    within = _within(view, entity, values, part, verb, number)
    true = _true(view, entity, values, rule, lookups)
    units = part.units if part is not None and not part.whole else ()
    return Reason(g.role, g.part, True, name if number else "", within, units, words, true, hides)


def _within(view, entity: Entity, values: Any, held: Held | None, verb: str, number: int) -> bool:
    place = narrowed(entity, None, held, verb, number, view.actor.reaches_beyond)
    if place is None:
        mine = "organisation" not in entity.fields or values.get("organisation") == view.actor.organisation_id
        return mine or verb == "create"
    return bool(place.evaluate(view.context(values)))


def _true(view, entity: Entity, values: Any, rule: Any, lookups: Lookups) -> bool:
    if rule is None:
        return True
    if beside_the_record(entity, [rule]):
        return rule in true_of_each(view, entity, [values.get("id")], [rule]).get(values.get("id"), ())
    return bool(rule.evaluate(view.context(values, follow=lookups.follow)))
