"""What may be seen and done, by a small model over plain dicts, written from docs/access.md.

It shares no code with the engine: it imports only the standard library and the texts of `lab`, which are the input of
both. A test holds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.permissions.lab import FIELDS, MEDICAL, TARGETS, UNIT, Lab, Right

LOOKING = ("read", "print", "export", "history")
BUILTIN = frozenset(
    {"id", "version", "organisation", "created_at", "created_by", "updated_at", "updated_by", "archived_at"}
)
Row = dict[str, Any]


@dataclass
class Person:
    """A user as they stand in the database: roles are (role, unit or None, since, until)."""

    id: Any
    organisation: Any
    person: Any
    roles: list[tuple[str, Any, date | None, date | None]]
    active: bool = True
    archived: bool = False


@dataclass
class Group:
    organisation: Any
    roles: list[tuple[str, Any]]
    members: list[tuple[Any, date | None, date | None]]
    archived: bool = False


@dataclass
class Substitution:
    absent: Any
    substitute: Any
    since: date
    until: date
    archived: bool = False


@dataclass
class Hat:
    """A role that somebody holds today, and whose rules it asks about."""

    role: str
    who: Person
    whole: bool
    units: frozenset[Any]
    lent: bool
    own_units: frozenset[Any] = frozenset()
    """`actor.units` of `who`."""


@dataclass
class Model:
    lab: Lab
    today: date
    units: dict[Any, Row] = field(default_factory=dict)
    """id -> parent, organisation, head"""
    people: dict[Any, Person] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    substitutions: list[Substitution] = field(default_factory=list)
    records: dict[str, dict[Any, Row]] = field(default_factory=lambda: {a: {} for a in (*FIELDS, "lab.setup")})
    _hats: dict[Any, list[Hat]] = field(default_factory=dict)
    _covered: dict[Any, list[tuple[Right, Hat]]] = field(default_factory=dict)

    def forget(self) -> None:
        """Something changed: nothing that was worked out holds any more."""
        self._hats.clear()
        self._covered.clear()

    # -- who holds what today --------------------------------------------------------------------------------------

    def hats(self, user: Any) -> list[Hat]:
        if user not in self._hats:
            me = self.people[user]
            found = self._own(me, False)
            for s in self.substitutions:
                absent = self.people[s.absent]
                if (
                    s.substitute == user
                    and not s.archived
                    and s.since <= self.today <= s.until
                    and absent.active
                    and not absent.archived
                ):
                    found += self._own(absent, True)
            self._hats[user] = found
        return self._hats[user]

    def _own(self, who: Person, lent: bool) -> list[Hat]:
        held: dict[str, set[Any]] = {}
        for role, unit, since, until in who.roles:
            if self._now(since, until):
                held.setdefault(role, set()).add(unit)
        for group in self.groups:
            mine = any(user == who.id and self._now(since, until) for user, since, until in group.members)
            for role, unit in group.roles if mine and not group.archived else ():
                held.setdefault(role, set()).add(unit)
        every = frozenset(u for units in held.values() for u in units if u is not None)
        return [Hat(r, who, None in units, frozenset(units - {None}), lent, every) for r, units in held.items()]

    def _now(self, since: date | None, until: date | None) -> bool:
        return (since is None or since <= self.today) and (until is None or self.today <= until)

    # -- where things stand ----------------------------------------------------------------------------------------

    def within(self, unit: Any, tops: Iterable[Any]) -> bool:
        tops = set(tops)
        while unit is not None:
            if unit in tops:
                return True
            unit = self.units[unit]["parent"]
        return False

    def _reaches(self, hat: Hat, address: str, record: Row, verb: str, me: Person) -> bool:
        here = record["organisation"] == me.organisation
        below = self.within(record["organisation"], hat.units)
        key = UNIT.get(address)
        place = record.get(key) if key else None
        inside = below if place is None else self.within(place, hat.units)
        if not hat.units:
            return here
        if verb in LOOKING:
            return (hat.whole and here) or inside if key else here or below
        return here and (hat.whole or not key or inside)

    # -- what is opened --------------------------------------------------------------------------------------------

    def covering(self, user: Any, address: str, record: Row, verb: str) -> list[tuple[Right, Hat]]:
        """The rights by which the person does `verb` to the record."""
        key = (user, address, record.get("id"), verb)
        if key[2] is not None and key in self._covered:
            return self._covered[key]
        me, found = self.people[user], []
        if me.active and not me.archived:
            for hat in self.hats(user):
                for right in self.lab.rights.get(address, ()):
                    if (
                        right.role == hat.role
                        and verb in right.verbs
                        and self._reaches(hat, address, record, verb, me)
                        and (not right.rule or RULES[right.rule](self, record, hat))
                    ):
                        found.append((right, hat))
        if key[2] is not None:
            self._covered[key] = found
        return found

    def rights(self, user: Any, address: str, verb: str = "read") -> list[tuple[Right, Hat]]:
        """The rights that hold `verb` on whatever record."""
        me = self.people[user]
        if not me.active or me.archived:
            return []
        return [
            (r, h)
            for h in self.hats(user)
            for r in self.lab.rights.get(address, ())
            if r.role == h.role and verb in r.verbs
        ]

    def reads(self, right: Right, address: str) -> frozenset[str]:
        if right.read is not None:
            return right.read
        fields = FIELDS.get(address, ("greeting", "secret"))
        return frozenset(f for f in fields if (address, f) not in MEDICAL or right.role in self.lab.medical)

    def writes(self, right: Right, address: str) -> frozenset[str]:
        if not right.verbs & {"create", "edit"}:
            return frozenset()
        return (self.reads(right, address) if right.write is None else right.write) - {"visits"}

    def sees(self, user: Any, address: str, record: Row | None, verb: str = "read") -> bool:
        return record is not None and bool(self.covering(user, address, record, verb))

    def fields(self, user: Any, address: str, record: Row, verb: str = "read") -> frozenset[str]:
        """The fields shown on this very record."""
        return frozenset().union(*(self.reads(r, address) for r, _ in self.covering(user, address, record, verb)))

    def somewhere(self, user: Any, address: str, verb: str = "read") -> frozenset[str]:
        """The fields shown on some record, or not on any."""
        return frozenset().union(*(self.reads(r, address) for r, _ in self.rights(user, address, verb)))

    def everywhere(self, user: Any, address: str) -> frozenset[str]:
        """The fields that every right shows: on whatever record, none of them is hidden."""
        shown = [self.reads(r, address) for r, _ in self.rights(user, address)]
        return frozenset.intersection(*shown) if shown else frozenset()

    def unconditional(self, user: Any, address: str) -> frozenset[str]:
        """Fields that one may ask about behind a link: those of rights that hold on every record of one's own
        organisation, where links lead; nobody who sees into other organisations has any."""
        mine = self.people[user].organisation
        others = {u["organisation"] for u in self.units.values()} - {mine}
        if any(self.within(other, h.units) for h in self.hats(user) for other in others):
            return frozenset()
        found = [(r, h) for r, h in self.rights(user, address) if not r.rule and (h.whole or UNIT[address] is None)]
        return frozenset().union(*(self.reads(r, address) for r, _ in found))

    def names(self, user: Any, address: str, record: Row | None, shown: tuple[str, ...]) -> bool:
        """May the record be named: by one right that shows all that its name is made of?"""
        return record is not None and any(
            self.reads(r, address) >= set(shown) for r, _ in self.covering(user, address, record, "read")
        )

    def visible(self, user: Any, address: str, verb: str = "read", archived: bool = False) -> list[Row]:
        return [
            r
            for r in self.records[address].values()
            if r["archived"] is archived and self.covering(user, address, r, verb)
        ]

    def linked(self, address: str, key: str, record: Row) -> Row | None:
        target = TARGETS[address, key]
        return self.records[target].get(record.get(key))


# -- the rules, each once more in Python: a comparison with what is empty is false -------------------------------------


def _over(*path: str) -> Callable[[Model, Row, Hat], Any]:
    """The value at the end of links that begin at a child (`klass`, `teacher`)."""

    def read(model: Model, record: Row, hat: Hat) -> Any:
        here: Row | None = record
        tables = {"klass": "lab.klass", "child": "lab.child"}
        for link in path[:-1]:
            here = model.records[tables[link]].get(here[link]) if here and here[link] is not None else None
        return None if here is None else here[path[-1]]

    return read


def _mine(*path: str) -> Callable[[Model, Row, Hat], bool]:
    read = _over(*path)

    def holds(model: Model, record: Row, hat: Hat) -> bool:
        found = read(model, record, hat)
        return found is not None and found == hat.who.person

    return holds


def _head(model: Model, record: Row, hat: Hat) -> bool:
    place = record["place"]
    head = None if place is None else model.units[place]["head"]
    return head is not None and head == hat.who.person


def _placed(*path: str) -> Callable[[Model, Row, Hat], bool]:
    read = _over(*path)

    def holds(model: Model, record: Row, hat: Hat) -> bool:
        place = read(model, record, hat)
        return place is not None and model.within(place, hat.own_units)

    return holds


def _more(key: str, bound: int) -> Callable[[Model, Row, Hat], bool]:
    return lambda model, record, hat: record[key] is not None and record[key] > bound


def _visited(model: Model, record: Row, hat: Hat) -> bool:
    return any(
        v["child"] is not None and v["child"] == record["id"] and v["cost"] is not None and v["cost"] > 60
        for v in model.records["lab.visit"].values()
    )


def _marked(model: Model, record: Row, hat: Hat) -> bool:
    return any(m["points"] is not None and m["points"] >= 4 for m in record["marks"])


RULES: dict[str, Callable[[Model, Row, Hat], bool]] = {
    "teacher == actor.person": _mine("teacher"),
    "keeper == actor.person": _mine("keeper"),
    "klass.teacher == actor.person": _mine("klass", "teacher"),
    "child.klass.teacher == actor.person": _mine("child", "klass", "teacher"),
    "child.keeper == actor.person": _mine("child", "keeper"),
    "created_by == actor.id": lambda m, r, h: r["created_by"] is not None and r["created_by"] == h.who.id,
    "place.head == actor.person": _head,
    "within(place, actor.units)": _placed("place"),
    "within(child.place, actor.units)": _placed("child", "place"),
    "score > 5": _more("score", 5),
    "cost > 50": _more("cost", 50),
    "spring > 2": _more("spring", 2),
    'stage == "shut"': lambda m, r, h: r["stage"] == "shut",
    'stage == "open" or score > 7': lambda m, r, h: r["stage"] == "open" or _more("score", 7)(m, r, h),
    'child.stage == "open"': lambda m, r, h: _over("child", "stage")(m, r, h) == "open",
    "any(visits, cost > 60)": _visited,
    "max(marks.points) >= 4": _marked,
    'state == "posted"': lambda m, r, h: r["state"] == "posted",
    'state == "draft" and sum > 40': lambda m, r, h: r["state"] == "draft" and _more("sum", 40)(m, r, h),
}
