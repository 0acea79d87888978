"""The engine room of recipes: reads a file step by step, makes values, hands them to the verbs of records.

The same files, seed numbers, day and scale give the same data. Every step draws from dice of its own, so a change of
one step leaves the others as they were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any

from engine.clock import FixedClock
from engine.errors import Invalid, Problem, Refusal
from engine.language import N_
from engine.services.actor import Actor, system
from engine.services.seeding.files import SeedFile, placed
from engine.services.seeding.keys import NaturalKeys, Unknown
from engine.services.seeding.recipes import choosing, making
from engine.services.seeding.recipes.checking import check_recipe
from engine.services.seeding.recipes.keeping import Maker, actor_called
from engine.services.seeding.recipes.scope import Item, RecipeError, Scope
from engine.services.seeding.recipes.sources import SOURCES, number, source_of
from engine.services.site import Site

CANNOT = N_("This cannot be made: %(reason)s")
SEPTEMBER = 9
LEAST_HISTORY = 90
"""Days of history that a school made in its first weeks has anyway."""


@dataclass
class Made:
    """What a step came to."""

    step: str
    entity: str
    count: int
    states: dict[str, int] = field(default_factory=dict)


class Run:
    """One making of made-up data. `scale` multiplies every count (not what is listed one by one)."""

    def __init__(self, site: Site, scale: float = 1.0, say: Callable[[Made], None] = lambda made: None):
        self.clock = FixedClock(site.clock.now(), str(site.clock.zone))
        # A site of its own: its clock moves through the year, its working days are read afresh.
        self.site = Site(site.settings, site.database, site.holder, site.files, self.clock)
        self.today = self.clock.today()
        self._now = self.clock.now()
        self.scale = scale
        self.say = say
        self.steps: dict[str, list[Any]] = {}
        """Names of pools and steps -> what they hold"""
        self.decks: dict[Any, list[int]] = {}
        self.counters: dict[Any, int] = {}
        self.worked: dict[tuple[date, date], list[date]] = {}
        self.used: set[str] = set()
        """Numbers given to people and organisations: nobody is given one twice."""
        self.actor: Actor = system()
        self.step = ""
        self.random = random.Random()  # noqa: S311 - repeatable on purpose, protects nothing
        self._among: dict[Any, list[Any]] = {}
        self._indexes: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self._ids: dict[Any, str] = {}

    # -- days ------------------------------------------------------------------------------------------------------

    @cached_property
    def year(self) -> int:
        """The year in which the school year of today began."""
        return self.today.year if self.today.month >= SEPTEMBER else self.today.year - 1

    @cached_property
    def begin(self) -> date:
        """The first day of the history that is made: the first of September, or earlier while that is near."""
        september = date(self.year, SEPTEMBER, 1)
        return min(september, date.fromordinal(self.today.toordinal() - LEAST_HISTORY))

    @cached_property
    def calendar(self):
        """Working days of the site."""
        return self.site.dictionaries.calendar(self.site.catalog, self.today)

    def turn_to(self, day: date) -> None:
        """Move the clock to ten in the morning of `day`, never beyond now."""
        moment = datetime.combine(day, time(10), self.clock.zone).astimezone(UTC)
        self.clock.moment = min(moment, self._now)

    # -- steps -----------------------------------------------------------------------------------------------------

    def run(self, file: SeedFile) -> list[Made]:
        """Make what the file tells. Raises Invalid with the lines that are wrong."""
        check_recipe(file, self.site.catalog, SOURCES)
        self.steps.update(file.data.get("pools") or {})
        self._indexes.clear()
        made = []
        for name, step in (file.data.get("steps") or {}).items():
            self.step = f"{file.data['recipe']}.{name}"
            # Text as a seed is hashed by a fixed function: the same in every process.
            self.random = random.Random(f"{file.data.get('seed', 0)} {self.step}")  # noqa: S311
            try:
                made.append(self._make(name, step))
            except RecipeError as error:
                problem = Problem("recipe.cannot", CANNOT, f"steps.{name}", {"reason": str(error)})
                raise Invalid([placed(file, problem)]) from error
            except Refusal as refused:
                raise Invalid([placed(file, _in_step(p, name)) for p in refused.problems]) from refused
            self.say(made[-1])
        return made

    def _make(self, name: str, step: Mapping[str, Any]) -> Made:
        items, days = [], []
        constants = {"today": self.today, "year": self.year, "begin": self.begin}
        base = Scope(constants)
        each = self._each(step, base)
        for place, one in enumerate(each, 1):
            names: dict[str, Any] = {"n": place, "of": len(each), step.get("as", "it"): one}
            scope = base.inside(names)
            names["on"] = making.day(self, scope, step["on"]) if "on" in step else self.begin
            for key, written in (step.get("let") or {}).items():
                names[key] = self.value(written, scope)
            if "when" in step and not self.value(step["when"], scope):
                continue
            values: dict[str, Any] = {}
            scope = scope.inside(values)
            for key, written in (step.get("set") or {}).items():
                values[key] = self.value(written, scope)
            told = {k: names[k] for k in (step.get("as", "it"), *(step.get("let") or {}))}
            before = one.id if step.get("change") == "yes" and isinstance(one, Item) else None
            items.append(Item({**told, "on": names["on"], **values}, before))
            days.append((names["on"], values))
        self.steps[name] = items
        self._among.clear()
        made = Made(name, step.get("record", ""), len(items))
        if "record" in step:
            maker = Maker(self, step, self._actor(step))
            made.states = maker.keep(items, days)
        if step.get("enter") == "yes":
            self.actor = system(items[0].id)
        return made

    def _actor(self, step: Mapping[str, Any]) -> Actor:
        return actor_called(self.site, step["by"]) if "by" in step else self.actor

    def _each(self, step: Mapping[str, Any], scope: Scope) -> Sequence[Any]:
        if "each" in step:
            found = self.items(step["each"], scope)
            if "times" in step:
                times = self.scaled(step["times"])
                found = [one for one in found for _ in range(times)]
            return found[:self.scaled(step["most"])] if "most" in step else found
        return [None] * (self.scaled(step["count"]) if "count" in step else 1)

    def scaled(self, written: Any) -> int:
        return max(1, round(number(written) * self.scale))

    # -- what sources ask ------------------------------------------------------------------------------------------

    def value(self, written: Any, scope: Scope) -> Any:
        """What is written, made: a source is asked, a text filled, a mapping or list made part by part."""
        if isinstance(written, str):
            return scope.fill(written)
        found = source_of(written)
        if found is not None:
            return SOURCES[found[0]](self, scope, found[1])
        if isinstance(written, Mapping):
            return {k: self.value(v, scope) for k, v in written.items()}
        if isinstance(written, list):
            return [self.value(v, scope) for v in written]
        return written

    def chosen(self, one: Any, scope: Scope) -> Any:
        """Something from a pool: its texts may hold names."""
        return one if isinstance(one, Item) else self.value(one, scope)

    def items(self, written: Any, scope: Scope) -> list[Any]:
        """A list to go through: the name of a pool or step, or a value that is a list."""
        if isinstance(written, str) and "{" not in written:
            return list(self.among(written, {}))
        found = self.value(written, scope)
        if not isinstance(found, list):
            raise RecipeError(f"{written!r} is no list")
        return found

    def among(self, name: str, wanted: Mapping[str, Any]) -> list[Any]:
        """What a pool or step holds, of those whose values are as wanted; found once a step."""
        if name not in self.steps:
            raise RecipeError(f"there is no pool or earlier step `{name}`; known: {', '.join(self.steps)}")
        found = self.steps[name]
        if not wanted:
            return found
        key = (name, *((k, str(v)) for k, v in wanted.items()))
        if key not in self._among:
            first, value = next(iter(wanted.items()))
            if not isinstance(value, list):
                found = self._indexed(name, first).get(str(value), [])
            self._among[key] = [one for one in found if choosing.fits(one, wanted)]
        return self._among[key]

    def _indexed(self, name: str, key: str) -> dict[str, list[Any]]:
        """What a pool or step holds, by the text of one of its values."""
        index = self._indexes.get((name, key))
        if index is None:
            index = self._indexes[name, key] = {}
            for one in self.steps[name]:
                index.setdefault(str(choosing.field_of(one, key)), []).append(one)
        return index

    def found(self, address: str, key: Any) -> str:
        """The id of a stored record by its natural key."""
        known = (address, repr(key))
        if known not in self._ids:
            entity = self.site.catalog.entities.get(address)
            if entity is None:
                raise RecipeError(f"there is no entity {address}")
            try:
                self._ids[known] = str(self.site.read(self.actor, lambda view: NaturalKeys(view).id_of(entity, key)))
            except Unknown as unknown:
                raise RecipeError(unknown.problem.text("en")) from None
        return self._ids[known]


def _in_step(problem: Problem, step: str) -> Problem:
    """A refusal of a record at the place of the recipe that wrote the value."""
    path = problem.path.partition("]")[2].lstrip(".") if problem.path.startswith("[") else problem.path
    return Problem(problem.code, problem.message, path, problem.params, problem.hint).at(f"steps.{step}.set")
