"""The names that a person's own condition (`where=`) may read: the fields that they may see, here and behind links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError

from engine.errors import BadRequest, Problem
from engine.expression import BOOLEAN, Rule, RuleProblem, Type, compile_rule
from engine.language import N_
from engine.model import Entity, Field, Text
from engine.services.access.grants import held, readable

UNKNOWN = N_("There is no field %(name)s in this list")


class SeenScope:
    """An entity, or rows in it, as one actor may name it. Behind a link only unconditional rights count."""

    def __init__(self, view: Any, address: str, fields: Mapping[str, Field], allowed: frozenset[str] | None):
        self.view, self.address, self.fields, self.allowed = view, address, fields, allowed

    def find(self, name: str) -> Field | None:
        """The field, if the actor may ask about it: by a filter, if not by a comparison."""
        f = self.fields.get(name)
        if f is None or (self.allowed is not None and name not in self.allowed) or f.kind.secret:
            return None
        if f.kind.virtual and not f.is_computed and not self._all_seen(f.options.get("from")):
            return None
        return f

    def resolve(self, name: str) -> Type | None:
        f = self.find(name)
        return None if f is None or f.encrypted else f.kind.rule_type(f, self._scope_of)

    def knows(self, name: str) -> bool:
        return self.find(name) is not None

    def inside(self, name: str) -> SeenScope | None:
        """What is seen behind a link to one entity, or in rows; None where nothing is."""
        seen = self.resolve(name)
        return seen.target if seen is not None and seen.name in ("id", "rows") else None  # type: ignore[return-value]

    def filter(self, name: str, operator: str, texts: list[str]) -> tuple[str, list[Any]] | None:
        """Operator and values of `matches`; None for a name that is not seen. Raises RuleProblem."""
        f = self.find(name)
        if f is None or (f.kind.virtual and not f.is_computed):
            return None
        known = f.kind.operators_for(f)
        if operator not in {o.name for o in known}:
            names = ", ".join(o.name for o in known)
            raise RuleProblem("rule.filter_operator", {"name": name, "operator": operator[:20], "known": names})
        try:
            return operator, f.kind.filter_values(f, operator, texts, self.view.language)
        except (ValidationError, ValueError, ArithmeticError):
            raise RuleProblem("rule.filter_value", {"name": name}) from None

    def _all_seen(self, address: Any) -> bool:
        """Does the actor see every record that points here? Else counting them would tell of those that are hidden."""
        entity = self.view.catalog.entities.get(address)
        return entity is not None and any(
            g.where is None for g in held(self.view.catalog, self.view.actor, entity, "read")
        )

    def names(self) -> Iterable[str]:
        return [n for n in self.fields if self.allowed is None or n in self.allowed]

    def _scope_of(self, address: str) -> SeenScope:
        module, key, *rows = address.split(".")
        entity = self.view.catalog.entities[f"{module}.{key}"]
        if rows:
            f = entity.fields[rows[0]]
            for inner in rows[1:]:
                f = f.fields[inner]
            return SeenScope(self.view, address, dict(f.fields), None)
        return SeenScope(self.view, address, dict(entity.fields), linked_fields(self.view, entity))


def seen_scope(view: Any, entity: Entity) -> SeenScope:
    """The names that a condition of the actor on this list may read."""
    allowed = readable(view.catalog, view.actor, entity) | {"id", "version"}
    return SeenScope(view, entity.address, entity.fields, allowed)


def linked_fields(view: Any, entity: Entity) -> frozenset[str]:
    """Fields of another entity that a condition may look at: those shown on every row of it."""
    found = held(view.catalog, view.actor, entity, "read")
    return frozenset().union(*(g.read for g in found if g.where is None))


def read_where(view: Any, entity: Entity, text: str) -> Rule:
    """The rule that a person wrote over what they see. Raises RuleProblem, which knows the place of the mistake."""
    return compile_rule(text, seen_scope(view, entity), expect=BOOLEAN)


def compile_where(view: Any, entity: Entity, text: str) -> Rule:
    """As `read_where`, for doors that only refuse: BadRequest, with the same words for hidden and for unknown names."""
    try:
        return read_where(view, entity, text)
    except RuleProblem as problem:
        if problem.code == "rule.unknown_name":
            name = str(problem.params.get("name", ""))[:60]
            raise BadRequest([Problem("field.unknown", UNKNOWN, "where", {"name": name})]) from None
        raise bad_rule(problem) from None


def bad_rule(problem: RuleProblem) -> BadRequest:
    """A rule problem in the words of the API."""
    return BadRequest(
        [Problem(problem.code, Text(*(problem.message(language) for language in ("kk", "ru", "en"))), "where")]
    )
