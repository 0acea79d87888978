"""Records that would break a unique constraint, told one by one before the database refuses them all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import Conflict, Problem
from engine.language import N_
from engine.model import Entity, Unique
from engine.services.display import names_of
from engine.services.records.clashes import SAME, uniques_of
from engine.services.records.holding import Holder, Mark, holders, mark_of

TWICE = N_("The same %(fields)s stands here twice, first in line %(first)s")
TAKEN = N_("Another record has taken these values: %(name)s. Change one of them first")


class Twins:
    """Remembers the unique values of the records that it has judged, so that a set may come in portions."""

    def __init__(self, view, entity: Entity, twice: str | None = TWICE):
        """`twice`: what is said of the second one among the records themselves; None: as of any other twin."""
        self.view, self.entity, self.twice = view, entity, twice
        self.uniques = [u for u in uniques_of(entity) if all(entity.fields[k].stored for k in u.fields)]
        self.taken: dict[tuple[str, Mark], Any] = {}

    def judge(self, records: Sequence[Mapping[str, Any] | None], places: Sequence[Any]) -> list[list[Problem]]:
        """What is wrong with each of the records (None: one that is left out).

        `places` say which record is meant, in the words of whoever reads the problem (a line, a position). A stored
        record that is among the records themselves is no twin of its own.
        """
        problems: list[list[Problem]] = [[] for _ in records]
        for unique in self.uniques:
            marks = [None if r is None else self.mark(unique, r) for r in records]
            stored = self.stored(unique, {m for m in marks if m is not None})
            for n, mark in enumerate(marks):
                if mark is None:
                    continue
                own = records[n]["id"]
                first = self.taken.setdefault((unique.key, mark), places[n])
                if any(h.id != own for h in stored.get(mark, ())):
                    problems[n].append(self._problem(unique, unique.message or SAME, {}))
                elif first != places[n]:
                    problems[n].append(self._problem(unique, self.twice or unique.message or SAME, {"first": first}))
        return problems

    def stored(self, unique: Unique, marks: set[Mark]) -> dict[Mark, list[Holder]]:
        """The live records that hold these values, whether or not the actor may see them."""
        return holders(self.view, self.entity, unique.fields, marks, seen=False, conditions=self._conditions(unique))

    def mark(self, unique: Unique, record: Mapping[str, Any]) -> Mark | None:
        """None for a record that the constraint does not speak of."""
        if record.get("archived_at") is not None or (unique.when and record.get(unique.when[0]) != unique.when[1]):
            return None
        return mark_of(self.entity, unique.fields, record)

    def _conditions(self, unique: Unique) -> list[Any]:
        """What the partial index of the constraint says."""
        said: list[Any] = [lambda source: source.table.c.archived_at.is_(None)]
        if unique.when:
            said.append(lambda source: source.column(unique.when[0]) == unique.when[1])
        if self.entity.is_document and unique.key in self.entity.unique:
            said += [lambda source: source.table.c.reverses_id.is_(None),
                     lambda source: source.table.c.state.in_(("draft", "posted"))]
        if "organisation" in self.entity.fields:
            said.append(lambda source: source.table.c.organisation_id == self.view.actor.organisation_id)
        return said

    def _problem(self, unique: Unique, message: Any, more: Mapping[str, Any]) -> Problem:
        title = ", ".join(self.entity.fields[k].title.in_(self.view.language) for k in unique.fields)
        return Problem(f"unique.{unique.key}", message, unique.fields[0], {"fields": title, **more})


def refuse_twins(uow, entity: Entity, record: Mapping[str, Any]) -> None:
    """Raise Conflict, naming the other record, when a live one has taken the unique values of `record`."""
    twins = Twins(uow, entity)
    for unique in twins.uniques:
        mark = twins.mark(unique, record)
        held = twins.stored(unique, {mark}).get(mark, ()) if mark is not None else ()
        other = next((h.id for h in held if h.id != record["id"]), None)
        if other is not None:
            name = names_of(uow, entity.address, [other]).get(other, "")
            raise Conflict([Problem(f"unique.{unique.key}", TAKEN, unique.fields[0], {"name": name})], other=other)
