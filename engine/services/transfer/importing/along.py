"""Records that are named by several columns: found by what they hold, or made along the way.

`person.iin, person.last_name, person.first_name` name a person: by the unique field that is given, else by all that is
given. One that is not there is made, where the link offers that on forms too and the actor may bring such records in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.errors import Problem
from engine.language import N_
from engine.language.folding import folded
from engine.model import Entity, Field
from engine.services.display import names_of
from engine.services.lookups import Lookups
from engine.services.records.creating import refuse_doubles, weigh_new
from engine.services.records.holding import Holder, Mark, holders, mark_of
from engine.services.records.saving import write_new
from engine.services.records.twins import Twins
from engine.services.registries.searching import shown_everywhere
from engine.services.transfer.importing.assembling import Beyond, Incoming
from engine.services.transfer.importing.targets import is_brought, may_make
from engine.services.validation import parse
from engine.services.validation.order import link_paths, places

NONE_SUCH = N_("There is no such record among those shown to you")
SEVERAL = N_("Several records are like this: add a column that tells them apart")
OTHERWISE = N_("This is recorded already as “%(name)s”: compare the values")

Way = tuple[str, ...]
"""The fields by which a record is looked for."""


@dataclass(eq=False)
class _Wanted:
    one: Incoming
    beyond: Beyond
    typed: dict[str, Any]
    way: Way = ()
    mark: Mark | None = None


class Along:
    """Finds and makes the linked records of many lines at once; remembers what it made for the lines to come."""

    def __init__(self, view: Any, entity: Entity, writing: bool):
        self.view, self.entity, self.writing = view, entity, writing
        self.made: dict[tuple[str, Way, Mark], UUID] = {}
        self.kept: dict[tuple[str, UUID], dict[str, Any]] = {}
        """What rules may ask of records that are not stored yet."""
        self.count = 0
        self._twins: dict[str, Twins] = {}

    def resolve(self, incoming: Sequence[Incoming]) -> None:
        """Put the ids of linked records into the raw values, or problems beside them."""
        groups: dict[Field, list[tuple[Incoming, Beyond]]] = {}
        for one in incoming:
            for beyond in one.beyond:
                groups.setdefault(beyond.slot.target.link, []).append((one, beyond))
        for link, found in groups.items():
            other = self.view.catalog.entity(link.kind.targets(link)[0])
            self._resolve(link, other, [w for one, beyond in found if (w := self._typed(other, one, beyond))])

    def seed(self, lookups: Lookups) -> None:
        """Let rules read the records that were made and are not stored."""
        lookups.known.update(self.kept)
        lookups.asked.update(self.kept)

    def _typed(self, other: Entity, one: Incoming, beyond: Beyond) -> _Wanted | None:
        brought = frozenset(f.key for f in other.input_fields if is_brought(f))
        typed, problems = parse(self.view.catalog, other, beyond.raw, brought)
        if problems:
            said = {p.path for p in one.problems}
            one.problems += [p for q in problems if (p := q.at(beyond.path)).path not in said]
            return None
        if any(p.path.startswith(f"{beyond.path}.") for p in one.problems):
            return None
        wanted = _Wanted(one, beyond, typed)
        for way in self._ways(other, typed):
            wanted.mark = mark_of(other, way, typed)
            if wanted.mark is not None:
                wanted.way = way
                return wanted
        return None

    def _ways(self, other: Entity, typed: Mapping[str, Any]) -> list[Way]:
        """How such a record may be known, the surest first."""
        given = [k for k, v in typed.items() if v is not None]
        ways: list[Way] = [(f.key,) for f in other.fields.values() if f.unique and f.key in given]
        if other.natural_key and all(k in given for k in other.natural_key):
            ways.append(other.natural_key)
        plain = tuple(k for k in given if other.fields[k].kind.accepts_unique and not other.fields[k].encrypted)
        return [*ways, plain] if plain else ways

    def _resolve(self, link: Field, other: Entity, wanted: Sequence[_Wanted]) -> None:
        by_way: dict[Way, list[_Wanted]] = {}
        for w in wanted:
            by_way.setdefault(w.way, []).append(w)
        missing: list[_Wanted] = []
        shown = shown_everywhere(self.view, other)
        for way, asked in by_way.items():
            compared = [k for k in self._telling(other) if any(k in w.typed for w in asked) and k in shown]
            found = holders(self.view, other, way, {w.mark for w in asked}, also=compared)
            for w in asked:
                held = found.get(w.mark, [])
                live = [h for h in held if not h.archived] or held
                if len(live) == 1:
                    self._take(other, w, live[0], compared)
                elif live:
                    w.one.problems.append(Problem("link.several", SEVERAL, w.beyond.path))
                elif (other.address, way, w.mark) in self.made:
                    self._put(w, self.made[(other.address, way, w.mark)])
                else:
                    missing.append(w)
        if not may_make(self.view, link, other):
            for w in missing:
                w.one.problems.append(Problem("link.unknown", NONE_SUCH, f"{w.beyond.path}.{w.way[0]}"))
        elif missing:
            self._make(other, missing)

    def _telling(self, other: Entity) -> list[str]:
        """Fields that show whether two records are the same one: the needed texts."""
        return [f.key for f in other.input_fields
                if f.required and f.kind.searchable and not (f.translated or f.encrypted or f.is_many)]

    def _take(self, other: Entity, w: _Wanted, held: Holder, compared: Sequence[str]) -> None:
        for key in compared:
            here, there = w.typed.get(key), held.values.get(key)
            if here is not None and there is not None and key not in w.way and folded(str(here)) != folded(str(there)):
                name = names_of(self.view, other.address, [held.id]).get(held.id, "")
                w.one.problems.append(
                    Problem("link.otherwise", OTHERWISE, f"{w.beyond.path}.{key}", params={"name": name}))
                return
        self._put(w, held.id)

    def _put(self, w: _Wanted, id: UUID) -> None:
        w.beyond.holder[w.beyond.slot.target.link.key] = str(id)

    def _make(self, other: Entity, missing: Sequence[_Wanted]) -> None:
        """One record for each mark; lines that name it alike share it."""
        first: dict[tuple[Way, Mark], _Wanted] = {}
        for w in missing:
            first.setdefault((w.way, w.mark), w)
        chosen = list(first.values())
        weighed = weigh_new(self.view, other.address, [w.beyond.raw for w in chosen])
        twins = self._twins.setdefault(other.address, Twins(self.view, other))
        refuse_doubles(twins, weighed, [w.one.line for w in chosen])
        good = []
        for w, new in zip(chosen, weighed, strict=True):
            if new.refusal is not None:
                told = new.refusal.problems or (Problem(new.refusal.code, new.refusal.title),)
                w.one.problems += [p.at(w.beyond.path) for p in told]
                continue
            self.made[(other.address, w.way, w.mark)] = new.id
            good.append(new.after)
        if good:
            self.count += len(good)
            self.keep(other, good)
            if self.writing:
                write_new(self.view, other, good)
        for w in missing:
            id = self.made.get((other.address, w.way, w.mark))
            if id is not None:
                self._put(w, id)
            elif w is not first[(w.way, w.mark)]:
                w.one.problems.append(Problem("link.unknown", NONE_SUCH, f"{w.beyond.path}.{w.way[0]}"))

    def keep(self, other: Entity, records: Sequence[Mapping[str, Any]]) -> None:
        """Remember of records that are not stored what rules may ask behind links to them."""
        if self.writing:
            return  # they are stored, so they are found as all others
        key = ("asked of", self.entity.address, other.address)
        needed = self.view.catalog.derived(key, lambda: self._needed(other))
        for record in records:
            self.kept[(other.address, record["id"])] = {k: record.get(k) for k in needed}

    def _needed(self, other: Entity) -> frozenset[str]:
        """The fields of the linked record that rules of the entity read, `where` of its links among them."""
        found = {"id", "archived_at"}
        for place in places(self.entity.fields):
            if other.address in place.field.kind.targets(place.field) and hasattr(
                    where := place.field.options.get("where"), "evaluate"):
                found |= {p[0] for p in where.row_paths}
        for paths in link_paths(self.view.catalog, self.entity).values():
            found |= {p[0] for p in paths}
        return frozenset(found & {*other.fields, "id"})
