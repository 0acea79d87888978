"""A compiled rule and the context in which it is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from engine.expression import closures, exact
from engine.expression.calendar import Calendar
from engine.expression.checking import Checker
from engine.expression.naming import Frame, Naming
from engine.expression.parsing import parse
from engine.expression.problems import RuleProblem
from engine.expression.typed import ActorValue, Aggregate, FieldValue, Invoked, Matched, Moment, Typed, bare_fields
from engine.expression.types import ACTOR, Scope, Type

_ALMATY = ZoneInfo("Asia/Almaty")
_HANDLES_EMPTY = ("empty", "coalesce")


def _no_links(address: str, key: Any) -> Mapping[str, Any] | None:
    raise LookupError(f"this rule follows a link to {address}, and its Context has no `follow`")


def _no_trees(address: str, key: Any, tops: Collection[Any]) -> bool:
    raise LookupError(f"this rule asks where a record of {address} stands, and its Context has no `within`")


@dataclass
class Context:
    """What a rule is evaluated against.

    `follow(address, id)` gives the record behind a link, or None when there is none to be seen;
    `within(address, id, tops)` says whether a record of a tree is one of `tops` or stands below one. `now` is aware;
    `today` is the date where the organisation is, and `timezone` is its zone.
    """

    record: Mapping[str, Any]
    row: Mapping[str, Any] | None = None
    actor: Mapping[str, Any] = field(default_factory=dict)
    today: date = field(default_factory=lambda: datetime.now(_ALMATY).date())
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    follow: Callable[[str, Any], Mapping[str, Any] | None] = _no_links
    within: Callable[[str, Any, Collection[Any]], bool] = _no_trees
    calendar: Calendar | None = None
    timezone: tzinfo = _ALMATY

    def working_calendar(self) -> Calendar:
        """The calendar of working days; raises RuleProblem when none was given."""
        if self.calendar is None:
            raise RuleProblem("rule.no_calendar")
        return self.calendar


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule that was parsed and checked; immutable, shared by threads. Compared and hashed as the object it is.

    `paths` holds every path of names that it reads: `("supplier", "kind")`, `("lines", "amount")`; in a row rule the
    row's own names stand alone, and are repeated in `row_paths`. `node` is the typed tree.
    """

    text: str
    node: Typed
    type: Type
    paths: frozenset[tuple[str, ...]]
    row_paths: frozenset[tuple[str, ...]]
    uses_actor: bool
    uses_today: bool
    uses_calendar: bool
    is_row_rule: bool

    @cached_property
    def _run(self) -> closures.Closure:
        return closures.build(self.node)

    @cached_property
    def _settle(self) -> int | None:
        return self.type.places or 0 if self.type.name == "number" else None

    def evaluate(self, context: Context) -> Any:
        """The value. Numbers come as their type says: int without places, else Decimal of exactly so many.

        Raises RuleProblem("rule.no_calendar") when it needs a calendar that the context lacks; nothing else for values
        of the promised types.
        """
        frames = (context.record, context.row) if self.is_row_rule else (context.record,)
        value = self._run(context, frames)
        return value if self._settle is None else exact.settle(value, self._settle)

    def holds(self, context: Context) -> bool:
        """Whether a condition is fulfilled: an empty result is not."""
        return bool(self.evaluate(context))

    def names_empty(self, context: Context) -> bool:
        """Whether a field that the rule names is empty, so that a check passes.

        Counted are fields of the record, of the row and behind links. Not counted: fields inside functions over rows,
        the actor, and fields that the rule itself asks about with `empty` or gives a stand-in for with `coalesce`.
        """
        frames = (context.record, context.row) if self.is_row_rule else (context.record,)
        return any(value is None or value == "" for run in self._named for value in (run(context, frames),))

    @cached_property
    def _named(self) -> list[closures.Closure]:
        handled = {
            (*inner.path, inner.level)
            for node in self.node.walk()
            if isinstance(node, Invoked) and node.function.name in _HANDLES_EMPTY
            for inner in bare_fields(node)
        }
        seen = {(*found.path, found.level): found for found in bare_fields(self.node) if found.type.name != "list"}
        return [closures.build(found) for key, found in seen.items() if key not in handled]


def compile_rule(
    text: str, scope: Scope, *, row: Scope | None = None, expect: Type | None = None, actor: Scope = ACTOR
) -> Rule:
    """Parse and check a rule over the fields of `scope` (and of `row`, for a rule of rows).

    `expect`: the type that the result must have (only its name counts; a number may have other places). Raises
    RuleProblem at the first thing that is wrong.
    """
    frames = (Frame(scope),) if row is None else (Frame(scope), Frame(row))
    checker = Checker(Naming(frames, actor))
    node = checker.bounded(checker.check(written := parse(text)), written)
    if expect is not None and node.type.name not in (expect.name, "none"):
        raise RuleProblem("rule.result_type", {"expected": expect, "type": node.type}, 0)
    parts = list(node.walk())
    fields = [part for part in parts if isinstance(part, FieldValue | Matched)]
    over_rows = {(*part.prefix, *part.rows) for part in parts if isinstance(part, Aggregate)}
    return Rule(
        text=text,
        node=node,
        type=node.type,
        paths=frozenset({found.path for found in fields} | over_rows),
        row_paths=frozenset(found.path for found in fields if row is not None and found.level == 1),
        uses_actor=any(isinstance(part, ActorValue) for part in parts),
        uses_today=any(isinstance(part, Moment) for part in parts),
        uses_calendar=any(
            isinstance(part, Invoked) and part.function.name in ("workday", "workdays") for part in parts
        ),
        is_row_rule=row is not None,
    )
