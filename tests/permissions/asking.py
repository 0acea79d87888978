"""One probe: a person asks the engine through one path, and the answer is compared with the model's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from engine.errors import Refusal
from engine.services.actor import Actor
from tests.permissions.lab import FIELDS
from tests.permissions.model import Model, Row
from tests.permissions.world import World

NOTHING: frozenset[Any] = frozenset()
MANY = frozenset({"marks", "visits"})


@dataclass(frozen=True)
class Difference:
    path: str
    kind: str
    """leak or hidden"""
    told: str

    def __str__(self) -> str:
        return f"{self.kind} by {self.path}: {self.told}"


@dataclass
class Tally:
    probes: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    """Values, records and verbs that were compared."""
    shown: int = 0
    """How many of them were to be seen."""
    differences: list[Difference] = field(default_factory=list)
    cells: set[tuple[str, ...]] = field(default_factory=set)
    """(path, entity, role, how it is held, state of what was asked for)"""

    @property
    def leaks(self) -> int:
        return sum(d.kind == "leak" for d in self.differences)

    @property
    def hidden(self) -> int:
        return sum(d.kind == "hidden" for d in self.differences)

    def add(self, other: Tally) -> None:
        self.probes.update(other.probes)
        self.judged += other.judged
        self.shown += other.shown
        self.differences += other.differences
        self.cells |= other.cells


@dataclass
class Ask:
    """Who asks what, and what came of it."""

    world: World
    tally: Tally
    random: Random
    path: str
    user: Any
    entity: str
    actor: Actor

    @property
    def model(self) -> Model:
        return self.world.model

    @property
    def site(self):
        return self.world.site

    # -- the engine ------------------------------------------------------------------------------------------------

    def read(self, work: Callable[[Any], Any], otherwise: Any = None) -> Any:
        """What `work` gives, `otherwise` where it is refused."""
        try:
            return self.site.read(self.actor, work)
        except Refusal:
            return otherwise

    def tried(self, work: Callable[[Any], Any]) -> tuple[bool, Any]:
        """Whether a change was let in, and what it gave; it is taken back."""
        try:
            return True, self.world.trial(self.actor, work)
        except Refusal as refusal:
            return False, refusal

    # -- the model -------------------------------------------------------------------------------------------------

    def visible(self, address: str = "", verb: str = "read", archived: bool = False) -> list[Row]:
        return self.model.visible(self.user, address or self.entity, verb, archived)

    def fields(self, record: Row, address: str = "", verb: str = "read") -> frozenset[str]:
        return self.model.fields(self.user, address or self.entity, record, verb)

    def somewhere(self, address: str = "", verb: str = "read") -> frozenset[str]:
        return self.model.somewhere(self.user, address or self.entity, verb)

    def value(self, record: Row, key: str, address: str = "") -> Any:
        """The value as the person may see it in a list: empty where it is hidden."""
        return record[key] if key in self.fields(record, address) else None

    def plain(self, address: str = "", but: Iterable[str] = ()) -> list[str]:
        """The fields of a record's own table."""
        return [f for f in FIELDS[address or self.entity] if f not in MANY and f not in but]

    def any_record(self, address: str = "", archived: bool | None = None) -> Row:
        """Some record, most often one that the person sees, so that a probe asks something."""
        address = address or self.entity
        every = [r for r in self.model.records[address].values() if archived is None or r["archived"] is archived]
        seen = [r for r in every if self.model.sees(self.user, address, r)]
        return self.random.choice(seen if seen and self.random.random() < 0.7 else every)

    # -- the comparison ----------------------------------------------------------------------------------------------

    def compare(
        self,
        expected: Iterable[Any],
        found: Iterable[Any],
        states: Iterable[str] = ("live",),
        address: str = "",
        why: Any = "",
    ) -> None:
        """Both as sets of whatever was to be seen: what is found beyond it leaks, what is missing is wrongly hidden."""
        expected, found = frozenset(expected), frozenset(found)
        self.tally.judged += max(len(expected | found), 1)
        self.tally.shown += len(expected)
        for kind, items in (("leak", found - expected), ("hidden", expected - found)):
            if items:
                self.differ(kind, f"{sorted(map(str, items))[:3]} {why}", address)
        address = address or self.entity
        for hat in self.model.hats(self.user):
            if any(r.role == hat.role for r in self.model.lab.rights.get(address, ())):
                how = ("lent " if hat.lent else "") + ("whole" if hat.whole else "") + ("unit" if hat.units else "")
                self.tally.cells |= {(self.path, address, hat.role, how, state) for state in states}

    def equal(self, expected: int | None, found: int | None, why: Any = "", **more: Any) -> None:
        """Two figures: a larger one tells of what is hidden."""
        self.compare((), (), why=why, **more)
        if expected != found:
            kind = "leak" if expected is None or (found is not None and found > expected) else "hidden"
            self.differ(kind, f"{found} in the place of {expected} {why}", more.get("address", ""))

    def allowed(self, expected: bool, found: bool, why: Any = "", **more: Any) -> None:
        self.compare(["yes"] if expected else [], ["yes"] if found else [], why=why, **more)

    def differ(self, kind: str, told: str, address: str = "") -> None:
        who = [
            (h.role, "whole" if h.whole else "", len(h.units), "lent" if h.lent else "")
            for h in self.model.hats(self.user)
        ]
        self.tally.differences.append(
            Difference(self.path, kind, f"{address or self.entity} to {self.user} {who}: {told}")
        )


Driver = Callable[[Ask], None]
DRIVERS: dict[str, list[tuple[Driver, tuple[str, ...]]]] = {}
"""Path -> its drivers, each with the entities that it asks about."""


def drives(path: str, *entities: str) -> Callable[[Driver], Driver]:
    """The function drives the path, for these entities (all where none is named)."""

    def note(driver: Driver) -> Driver:
        DRIVERS.setdefault(path, []).append((driver, entities or tuple(FIELDS)))
        return driver

    return note


def one_probe(world: World, tally: Tally, random: Random, path: str, user: Any = None) -> None:
    """A person asks about an entity through the path."""
    driver, entities = random.choice(DRIVERS[path])
    user = user if user is not None else random.choice(list(world.model.people))
    ask = Ask(world, tally, random, path, user, random.choice(entities), world.actor(user))
    tally.probes[path] += 1
    driver(ask)
