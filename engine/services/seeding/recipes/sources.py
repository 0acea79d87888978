"""Where a value of a recipe may come from: one function a source, found by the only key of a mapping.

`{pick: surnames}` chooses, `{date: [a, b]}` draws a day. A source reads its option by `run.value`, so sources nest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.services.seeding.recipes.scope import RecipeError, Scope

if TYPE_CHECKING:
    from engine.services.seeding.recipes.run import Run

Source = Callable[["Run", Scope, Any], Any]
SOURCES: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Enter a function under the name that recipes use."""
    def enter(function: Source) -> Source:
        if name in SOURCES:
            raise ValueError(f"{name}: there is such a source already")
        SOURCES[name] = function
        return function
    return enter


def source_of(value: Any) -> tuple[str, Any] | None:
    """The source and its option, when `value` is a mapping of one known source."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, option = next(iter(value.items()))
        if name in SOURCES:
            return name, option
    return None


def number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise RecipeError(f"{value!r} is no number") from None


def span(run: Run, scope: Scope, option: Any) -> tuple[int, int]:
    """`3` or `[1, 5]` as the least and the most."""
    found = run.value(option, scope)
    ends = found if isinstance(found, list) else [found, found]
    if len(ends) != 2:
        raise RecipeError(f"{option!r}: give one number, or two")
    return int(number(ends[0])), int(number(ends[1]))


def mapping(option: Any, *known: str) -> Mapping[str, Any]:
    """The option as a mapping of these keys only."""
    if not isinstance(option, Mapping) or set(option) - set(known):
        raise RecipeError(f"{option!r}: the keys here are {', '.join(known)}")
    return option
