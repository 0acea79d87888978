"""A record on its way: its values, what its conditions say of each field, and what is wrong so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from engine.errors import Problem
from engine.model import Entity


@dataclass(frozen=True, slots=True)
class FieldState:
    """What the conditions say of one field now."""

    visible: bool = True
    required: bool = False
    readonly: bool = False


PLAIN = FieldState()
STATES = {told: FieldState(*told) for told in product((True, False), repeat=3)}
"""One object for each thing that conditions can say: records have thousands of them."""


@dataclass
class Draft:
    """`before` is the stored record, None for a new one.

    `states` are kept by path (`payer`, `lines[0].price`), only of fields that have something to say.
    """

    entity: Entity
    values: dict[str, Any]
    before: Mapping[str, Any] | None = None
    given: frozenset[str] = frozenset()
    states: dict[str, FieldState] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    level: Any = None
    """The `Level` on which it was settled: the checks walk the same rows again."""
    follow: Callable[[str, Any], Any] | None = None
    """How rules over the draft follow its links; None where nobody looked any up."""

    def state(self, path: str) -> FieldState:
        return self.states.get(path, PLAIN)
