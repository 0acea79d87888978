"""The fields of a list as the actor may see them: what is selected, masked, filtered and sorted by.

A field that only some of the actor's roles show, on their own rows, is empty everywhere else: in cells, in filters,
in the order and in totals. A name that is hidden and a name that does not exist are refused by the same words.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from engine.errors import BadRequest, Problem
from engine.expression import RuleProblem
from engine.language import N_
from engine.model import Entity, Field
from engine.services.access.grants import Grant, held, readable
from engine.services.display import Display, display_keys, linked
from engine.services.registries.conditions import Condition, Group, place_of, write_rule
from engine.services.registries.cursor import Key
from engine.services.registries.scopes import bad_rule, compile_where
from engine.storage.queries.source import EntitySource

NO_FIELD = N_("There is no field %(name)s in this list")
NO_OPERATOR = N_("The field %(name)s cannot be compared with %(operator)s")
BAD_VALUE = N_("This value does not suit the field %(name)s")
NO_SORT = N_("This list cannot be sorted by %(name)s")
ALWAYS = ("id", "version")


def no_field(name: str, path: str = "fields") -> BadRequest:
    """The one refusal for unknown and for hidden names."""
    return BadRequest([Problem("field.unknown", NO_FIELD, path, {"name": name[:60]})])


class Columns:
    """One entity in a list query, seen with the actor's rights."""

    def __init__(self, view: Any, entity: Entity, source: EntitySource, verb: str = "read"):
        self.view, self.entity, self.source, self.verb = view, entity, source, verb
        self.statement = source.statement
        self.grants: tuple[Grant, ...] = held(view.catalog, view.actor, entity, verb)
        self.allowed = readable(view.catalog, view.actor, entity, verb)
        self.joins: list[tuple[sa.FromClause, sa.ColumnElement]] = []
        self._linked: dict[str, list[Display]] = {}

    # -- rights --------------------------------------------------------------------------------------------------

    def field(self, key: str, path: str = "fields") -> Field:
        """The field, if the actor may see it at all. Raises BadRequest."""
        f = self.entity.fields.get(key)
        if f is None or (key not in self.allowed and key not in ALWAYS) or f.kind.secret:
            raise no_field(key, path)
        return f

    def condition_of(self, key: str) -> sa.ColumnElement | None:
        """Where the field may be seen: None for everywhere, else the rules of the roles that show it."""
        showing = [g for g in self.grants if key in g.read]
        if key in ALWAYS or len(showing) == len(self.grants) or any(g.where is None for g in showing):
            return None
        return sa.or_(sa.false(), *(self.source.clause(g.where) for g in showing))

    def guarded(self, key: str, clause: sa.ColumnElement) -> sa.ColumnElement:
        """A condition on the field that holds only where the field may be seen."""
        condition = self.condition_of(key)
        return clause if condition is None else sa.and_(condition, clause)

    # -- what is read --------------------------------------------------------------------------------------------

    def names(self, f: Field) -> list[Display]:
        """The joined displays of a link; joined once however often it is asked for."""
        if f.key not in self._linked:
            self._linked[f.key] = found = linked(self.statement, f, self.source)
            for names in found:
                self.joins.extend(names.joins)
        return self._linked[f.key]

    def beyond(self, path: str) -> tuple[Display, Field]:
        """The joined record and the field of a path over one link (`payer.bin`).

        Behind a link only fields that every role of the actor shows are readable. Raises BadRequest.
        """
        link, _, key = path.partition(".")
        f = self.field(link)
        targets = f.kind.targets(f)
        if len(targets) != 1 or f.is_many or targets[0] not in self.view.catalog.entities:
            raise no_field(path)
        target = self.view.catalog.entity(targets[0])
        showing = held(self.view.catalog, self.view.actor, target, "read")
        inner = target.fields.get(key)
        if inner is None or inner.is_many or inner.kind.secret or inner.kind.virtual or not showing:
            raise no_field(path)
        if key not in ALWAYS and not all(key in g.read for g in showing):
            raise no_field(path)
        return self.names(f)[0], inner

    # -- filters -------------------------------------------------------------------------------------------------

    def filter(self, key: str, operator: str, raw: Any) -> sa.ColumnElement:
        """The condition of one filter. Raises BadRequest for a name, an operator or a value that does not fit."""
        place = None
        if "." in key:
            place = place_of(self.view, self.entity, key)
            if place is None:
                raise no_field(key, key)
        f = place.field if place else self.field(key, key)
        if f.kind.virtual and not f.is_computed:
            raise no_field(key, key)
        texts = list(raw) if isinstance(raw, list | tuple) else [raw]
        try:
            values = f.kind.filter_values(f, operator, texts, self.view.language)
        except KeyError:
            raise BadRequest(
                [Problem("filter.operator", NO_OPERATOR, key, {"name": key, "operator": operator[:20]})]
            ) from None
        except (ValidationError, ValueError, ArithmeticError):
            raise BadRequest([Problem("filter.value", BAD_VALUE, key, {"name": key})]) from None
        if place is not None:
            one = Group("all", (Condition(key, operator, tuple(values)),))
            return self.rule(write_rule(self.view, self.entity, one))
        return self.guarded(key, self.source.filter(key, operator, values))

    def rule(self, text: str) -> sa.ColumnElement:
        """A condition that a person wrote, over fields they may see. Raises BadRequest."""
        rule = compile_where(self.view, self.entity, text)
        try:
            clause = self.source.clause(rule)
        except RuleProblem as problem:
            raise bad_rule(problem) from None
        for key in {p[0] for p in rule.paths}:
            condition = self.condition_of(key) if key in self.entity.fields else None
            if condition is not None:
                clause = sa.and_(condition, clause)
        return clause

    # -- order ---------------------------------------------------------------------------------------------------

    def keys(self, sort: tuple[str, ...]) -> list[Key]:
        """The columns of the order, the id last so that it is total. Raises BadRequest."""
        keys, seen = [], set()
        for item in sort:
            name = item.removeprefix("-")
            f = self.field(name, "sort")
            if name in seen:
                continue
            seen.add(name)
            keys.append(self._key(f, item.startswith("-")))
        if "id" not in seen:
            keys.append(Key(self.source.table.c.id, keys[-1].descending if keys else True, False))
        return keys

    def _key(self, f: Field, descending: bool) -> Key:
        if not f.kind.can_sort(f):
            raise BadRequest([Problem("sort.field", NO_SORT, "sort", {"name": f.key})])
        column = self._order(f)
        condition = self.condition_of(f.key)
        nullable = condition is not None or f.key not in ("id", "version", "created_at", "updated_at", "date")
        return Key(column if condition is None else sa.case((condition, column)), descending, nullable)

    def _order(self, f: Field) -> sa.ColumnElement:
        targets = f.kind.targets(f)
        if targets:
            for names in self.names(f)[:1]:
                for key in display_keys(self.view.catalog, names.entity):
                    inner = names.entity.fields[key]
                    if key in names.keys and inner.kind.can_sort(inner) and not inner.kind.targets(inner):
                        return names.source.order(inner)
            return self.source.table.c.id
        return self.source.order(f)
