"""Which stored record a line is about: found by the key that the person chose, for many lines at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from engine.errors import Problem
from engine.language import N_
from engine.model import Entity, Field
from engine.services.records.holding import Mark, holders, mark_of
from engine.services.registries.searching import shown_everywhere
from engine.services.transfer.importing.assembling import Incoming
from engine.services.transfer.importing.plan import UPDATE, Plan
from engine.services.transfer.importing.targets import Target

NO_KEY = N_("Fill in what the record is known by: %(title)s")
ABSENT = N_("There is no record with this key among those shown to you")
MANY = N_("Several records have this key")
AGAIN = N_("This record stands in line %(line)s already")
NUMBER = "number"


class Known:
    """Finds stored records by key and remembers the keys of the lines that went before."""

    def __init__(self, view: Any, entity: Entity, plan: Plan):
        self.view, self.entity, self.plan = view, entity, plan
        self.keys = tuple(plan.key)
        self.lines: dict[Mark, int] = {}

    def find(self, incoming: Sequence[Incoming]) -> list[UUID | None]:
        """The stored record of each, None for one to be made; problems are put beside the records."""
        if not self.keys:
            return [None] * len(incoming)
        marks = [self._mark(one) for one in incoming]
        found = holders(self.view, self.entity, self.keys, {m for m in marks if m is not None})
        ids: list[UUID | None] = []
        for one, mark in zip(incoming, marks, strict=True):
            ids.append(None)
            if mark is None:
                continue
            first = self.lines.setdefault(mark, one.line)
            held = found.get(mark, [])
            live = [h for h in held if not h.archived] or held[:1]
            if first != one.line:
                one.problems.append(Problem("record.twice", AGAIN, self.keys[0], {"line": first}))
            elif len(live) > 1:
                one.problems.append(Problem("record.several", MANY, self.keys[0]))
            elif live:
                ids[-1] = live[0].id
            elif self.plan.mode == UPDATE:
                one.problems.append(Problem("record.absent", ABSENT, self.keys[0]))
        return ids

    def _mark(self, one: Incoming) -> Mark | None:
        values: dict[str, Any] = {}
        for key in self.keys:
            f = self.entity.fields[key]
            raw = one.raw.get(key)
            try:
                values[key] = None if raw is None else f.kind.schema(f).deserialize(raw)
            except ValidationError:
                return None  # the verb says what is wrong with it
            if not f.is_input:
                one.raw.pop(key, None)  # the number of a document is known by, never written
        mark = mark_of(self.entity, self.keys, values)
        # A record without a key is a new one, where new ones are wanted.
        if mark is None and self.plan.mode == UPDATE and not any(p.path in self.keys for p in one.problems):
            empty = next(k for k in self.keys if values[k] is None)
            title = self.entity.fields[empty].title
            one.problems.append(Problem("record.unnamed", NO_KEY, empty, {"title": title}))
        return mark


def key_fields(view, entity: Entity, found: Mapping[str, Target]) -> list[Field]:
    """Fields by which records may be known: shown on every record, compared by the database, with a column."""
    shown = shown_everywhere(view, entity)
    return [f for f in entity.fields.values()
            if f.key in shown and f.stored and not f.is_many and f.kind.accepts_unique and not f.encrypted
            and not f.translated and (f.key in found or (entity.is_document and f.key == NUMBER))]


def usual_key(entity: Entity, keys: Sequence[Field], columns: Sequence[str]) -> tuple[str, ...]:
    """The key that is offered first: the natural one, a unique field, the number - whichever has its columns."""
    may = {f.key for f in keys} & set(columns)
    ways = [entity.natural_key, *((f.key,) for f in keys if f.unique), (NUMBER,)]
    return next((way for way in ways if way and may.issuperset(way)), ())
