"""The names that a person's own condition (`where=`) may read: the fields that they may see, here and behind links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import BadRequest, Problem
from engine.expression import BOOLEAN, Rule, RuleProblem, Type, compile_rule
from engine.language import N_
from engine.model import Entity, Field, Text
from engine.services.access.grants import held, readable

UNKNOWN = N_("There is no field %(name)s in this list")
LONG = 2_000


class SeenScope:
    """An entity, or rows in it, as one actor may name it. Behind a link only unconditional rights count."""

    def __init__(self, view: Any, address: str, fields: dict[str, Field], allowed: frozenset[str] | None):
        self.view, self.address, self.fields, self.allowed = view, address, fields, allowed

    def resolve(self, name: str) -> Type | None:
        f = self.fields.get(name)
        if f is None or (self.allowed is not None and name not in self.allowed) or f.kind.secret or f.encrypted:
            return None
        if f.kind.virtual and not f.is_computed and not self._all_seen(f.options.get("from")):
            return None
        return f.kind.rule_type(f, self._scope_of)

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


def linked_fields(view: Any, entity: Entity) -> frozenset[str]:
    """Fields of another entity that a condition may look at: those shown on every row of it."""
    found = held(view.catalog, view.actor, entity, "read")
    return frozenset().union(*(g.read for g in found if g.where is None))


def compile_where(view: Any, entity: Entity, text: str) -> Rule:
    """The rule that a person wrote. Raises BadRequest, with the same words for hidden and for unknown names."""
    if len(text) > LONG:
        raise BadRequest(
            [Problem("rule.too_long", N_("Shorten the condition to %(most)s characters"), "where", {"most": LONG})]
        )
    scope = SeenScope(
        view, entity.address, dict(entity.fields), readable(view.catalog, view.actor, entity) | {"id", "version"}
    )
    try:
        return compile_rule(text, scope, expect=BOOLEAN)
    except RuleProblem as problem:
        if problem.code in ("rule.unknown_name", "rule.unknown-name"):
            name = str(problem.params.get("name", ""))[:60]
            raise BadRequest([Problem("field.unknown", UNKNOWN, "where", {"name": name})]) from None
        raise bad_rule(problem) from None


def bad_rule(problem: RuleProblem) -> BadRequest:
    """A rule problem in the words of the API."""
    return BadRequest(
        [Problem(problem.code, Text(*(problem.message(language) for language in ("kk", "ru", "en"))), "where")]
    )
