"""Examples of entities, run as tests by `qurastyr check`: given these values, a record becomes so, or is refused so.

They need no database: links to other records are followed into the values that the example itself gives for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from engine.clock import FixedClock
from engine.errors import Problem
from engine.expression import Calendar, Context
from engine.ids import new_id
from engine.language import N_
from engine.model import Catalog, Entity, Example, Field
from engine.services.actor import system
from engine.services.validation import check, parse, settle

DIFFERS = N_("Example %(example)s: %(field)s is %(found)s, not %(wanted)s")
NOT_REFUSED = N_("Example %(example)s should be refused by %(by)s, but it is not")
REFUSED = N_("Example %(example)s is refused: %(by)s")


class ExampleWorld:
    """What rules see in an example: its day, a plain working calendar, and linked records it invents."""

    def __init__(self, catalog: Catalog, today: date):
        self.catalog, self.today = catalog, today
        clock = FixedClock(datetime.combine(today, time(6), UTC))
        self.now = clock.now()
        self.actor = system()
        self.calendar = Calendar.of_weeks(date(today.year - 3, 1, 1), date(today.year + 3, 12, 31))
        self.linked: dict[UUID, Mapping[str, Any]] = {}

    def context(self, record, row=None, follow=None) -> Context:
        return Context(
            record=record,
            row=row,
            actor=self.actor.as_record(),
            today=self.today,
            now=self.now,
            follow=self.follow,
            within=lambda address, id, tops: id in tops,
            calendar=self.calendar,
        )

    def follow(self, address: str, id: Any) -> Mapping[str, Any] | None:
        return self.linked.get(id)

    def invent(self, target: Entity | None, values: Mapping[str, Any]) -> str:
        """A linked record with these values; its id as JSON."""
        id = new_id()
        if target is None:
            self.linked[id] = {}
        else:
            typed, _ = parse(self.catalog, target, self.raw(target.fields, values), _inputs(target))
            self.linked[id] = settle(self, target, typed, None, self.follow).values
        return str(id)

    def raw(self, fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
        """Example values as JSON; a mapping in the place of a link becomes an invented record."""
        found: dict[str, Any] = {}
        for key, value in values.items():
            f = fields.get(key)
            found[key] = value if f is None else self._value(f, value)
        return found

    def _value(self, f: Field, value: Any) -> Any:
        if f.is_many and isinstance(value, list):
            if f.kind.by_line:
                return [self.raw(f.fields, row) if isinstance(row, Mapping) else row for row in value]
            inner = next(iter(f.fields.values()))
            return [self._value(inner, v) for v in value]
        targets = f.kind.targets(f)
        if targets and isinstance(value, Mapping):
            id = self.invent(self.catalog.entities.get(targets[0]), value)
            return id if len(targets) == 1 else {"entity": targets[0], "id": id}
        if targets and isinstance(value, str):
            return self.invent(self.catalog.entities.get(targets[0]), {})
        if isinstance(value, str):
            return f.kind.from_form(f, [value], "en")
        return value


def _inputs(entity: Entity) -> frozenset[str]:
    return frozenset(f.key for f in entity.input_fields)


def run_examples(catalog: Catalog) -> list[tuple[str, str, Problem]]:
    """What is wrong with the examples of all entities: (entity address, example key, problem)."""
    return [
        (e.address, x.key, p)
        for e in catalog.entities.values()
        for x in e.examples.values()
        for p in run_example(catalog, e, x)
    ]


def run_example(catalog: Catalog, entity: Entity, example: Example) -> Iterator[Problem]:
    """The differences between what the example promises and what the entity does."""
    today = (
        example.today
        if isinstance(example.today, date)
        else date.fromisoformat(example.today)
        if example.today
        else date(2026, 9, 1)
    )
    world = ExampleWorld(catalog, today)
    typed, problems = parse(catalog, entity, world.raw(entity.fields, example.given), _inputs(entity))
    draft = settle(world, entity, typed, None, world.follow)
    context = world.context(draft.values)
    problems = problems + check(draft, context)
    if example.refused:
        yield from _refused(entity, example, draft, context, problems)
        return
    # Required fields that an example does not care about may be left out of it.
    for problem in problems:
        if problem.code != "field.required":
            yield Problem(
                "example.refused",
                REFUSED,
                problem.path,
                {"example": example.key, "by": f"{problem.path} {problem.code}".strip()},
            )
    for path, wanted in _flat(example.then):
        f, found = _at(entity, draft.values, path)
        expected = _expected(f, wanted)
        if found != expected:
            yield Problem(
                "example.differs",
                DIFFERS,
                path,
                {"example": example.key, "field": path, "found": found, "wanted": expected},
            )


def _refused(entity: Entity, example: Example, draft, context, problems: list[Problem]) -> Iterator[Problem]:
    codes = (
        {p.code for p in problems}
        | {f"fields.{p.path}" for p in problems}
        | {f"fields.{p.path}.{p.code.split('.')[-1]}" for p in problems}
    )
    # Rules are judged even where the example leaves required fields out.
    for rule in entity.rules.values():
        if not rule.rule.names_empty(context) and not rule.rule.evaluate(context):
            codes.add(f"rules.{rule.key}")
    for by in example.refused:
        if by not in codes:
            yield Problem("example.not-refused", NOT_REFUSED, "", {"example": example.key, "by": by})


def _flat(then: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in then.items():
        if isinstance(value, list):
            for n, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from _flat(row, f"{prefix}{key}[{n}].")
            continue
        yield f"{prefix}{key}", value


def _at(entity: Entity, values: Mapping[str, Any], path: str) -> tuple[Field | None, Any]:
    fields: Mapping[str, Field] = entity.fields
    found: Any = values
    f = None
    for step in path.split("."):
        key, _, index = step.partition("[")
        f = fields.get(key)
        found = found.get(key) if isinstance(found, Mapping) else None
        if index:
            place = int(index.rstrip("]"))
            found = found[place] if found and place < len(found) else None
        fields = f.fields if f else {}
    return f, found


def _expected(f: Field | None, wanted: Any) -> Any:
    """The value that an example's text spells, as the field keeps it."""
    if f is None or wanted is None or wanted in ("", "empty"):
        return None
    if not isinstance(wanted, str):
        return wanted
    try:
        return f.kind.literal(f.options, wanted)
    except (ValueError, ArithmeticError):
        return wanted
