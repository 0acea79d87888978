"""Sources that choose among what is there: pools, items of earlier steps, weighted codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.services.seeding.recipes.scope import Item, RecipeError, Scope
from engine.services.seeding.recipes.sources import mapping, number, source, span


class NothingToChoose(RecipeError):
    """A choice from nothing."""


FROM = ("from", "where", "count")


def candidates(run, scope: Scope, option: Any) -> Sequence[Any]:
    """`NAME`, a list, or `{from: NAME, where: {field: value}}`: what may be chosen. Never empty."""
    wanted: Mapping[str, Any] = {}
    name = option
    if isinstance(option, Mapping) and "from" in option:
        mapping(option, *FROM)
        name, wanted = option["from"], option.get("where") or {}
    named = run.value(name, scope) if isinstance(name, str) else name
    if isinstance(named, str):
        found = run.among(named, {k: run.value(v, scope) for k, v in wanted.items()})
    else:
        listed = named if isinstance(name, str) else run.value(name, scope)
        found = [one for one in listed or () if fits(one, {k: run.value(v, scope) for k, v in wanted.items()})]
    if not found:
        raise NothingToChoose(f"nothing to choose from: {option!r}")
    return found


def fits(one: Any, wanted: Mapping[str, Any]) -> bool:
    """Are its values as wanted? A list of wanted values: one of them."""
    return all(equal(field_of(one, key), value) for key, value in wanted.items())


def equal(one: Any, other: Any) -> bool:
    """Values of recipes are equal when they read alike: `"5"` is 5."""
    return str(one) in map(str, other) if isinstance(other, list) else str(one) == str(other)


def field_of(one: Any, key: str) -> Any:
    """The value behind a dotted name; None where there is none."""
    for name in key.split("."):
        one = one.values.get(name) if isinstance(one, Item) else one.get(name) if isinstance(one, Mapping) else None
    return one


@source("pick")
def pick(run, scope: Scope, option: Any) -> Any:
    """Any one, each as likely as the others."""
    return run.chosen(run.random.choice(candidates(run, scope, option)), scope)


@source("deal")
def deal(run, scope: Scope, option: Any) -> Any:
    """One after the other in a shuffled order that repeats: each is used before any is used again."""
    found = candidates(run, scope, option)
    deck = run.decks.setdefault((run.step, repr(option), id(found[0])), [])
    if not deck:
        deck.extend(range(len(found)))
        run.random.shuffle(deck)
    deck.append(deck.pop(0))
    return run.chosen(found[deck[-1]], scope)


@source("one")
def one_of(run, scope: Scope, option: Any) -> Any:
    """The first that fits, or nothing: `{from: NAME, where: {...}}`."""
    return _at(run, scope, option, 0)


@source("last")
def last_of(run, scope: Scope, option: Any) -> Any:
    """The last that fits, or nothing."""
    return _at(run, scope, option, -1)


def _at(run, scope: Scope, option: Any, place: int) -> Any:
    try:
        found = candidates(run, scope, option)
    except NothingToChoose:
        return None
    return run.chosen(found[place], scope)


@source("cycle")
def cycle(run, scope: Scope, option: Any) -> Any:
    """The values of a list in turn, by the place of the item in its step."""
    return run.value(option[(scope.read("n") - 1) % len(option)], scope)


@source("part")
def part(run, scope: Scope, option: Any) -> Any:
    """A part named by another value: `["{father}", "{sex}"]`."""
    whole, name = (run.value(one, scope) for one in option)
    found = field_of(whole, name)
    if found is None:
        raise RecipeError(f"there is no `{name}` in {option[0]}")
    return found


@source("same")
def same(run, scope: Scope, option: Any) -> bool:
    """Are the values equal? A list in the second place: is the first among them?"""
    one, other = (run.value(o, scope) for o in option)
    return equal(one, other)


@source("some")
def some(run, scope: Scope, option: Any) -> list[Any]:
    """Several different ones: `{from: NAME, count: [1, 3]}`."""
    found = candidates(run, scope, option)
    least, most = span(run, scope, option.get("count", "1"))
    size = min(run.random.randint(least, most), len(found))
    return [run.chosen(one, scope) for one in run.random.sample(found, size)]


@source("gather")
def gather(run, scope: Scope, option: Any) -> list[Any]:
    """All of them, in their order: for `each`."""
    return list(candidates(run, scope, option))


@source("weighted")
def weighted(run, scope: Scope, option: Any) -> str:
    """One of the codes, by their weights: `{posted: 90, draft: 10}`."""
    codes = list(mapping(option, *option))
    return run.random.choices(codes, [number(w) for w in option.values()])[0]


@source("either")
def either(run, scope: Scope, option: Any) -> Any:
    """One of several values, by weight: `[[3, {pick: a}], [1, {pick: b}]]`."""
    if not isinstance(option, list) or any(not isinstance(o, list) or len(o) != 2 for o in option):
        raise RecipeError("either: a list of [weight, value]")
    return run.value(run.random.choices([o[1] for o in option], [number(o[0]) for o in option])[0], scope)


@source("chance")
def chance(run, scope: Scope, option: Any) -> bool:
    """Yes with this probability."""
    return run.random.random() < number(run.value(option, scope))


@source("maybe")
def maybe(run, scope: Scope, option: Any) -> Any:
    """The value with this probability, otherwise nothing: `{chance: 0.3, value: ...}`."""
    mapping(option, "chance", "value")
    return run.value(option["value"], scope) if chance(run, scope, option["chance"]) else None


@source("case")
def case(run, scope: Scope, option: Any) -> Any:
    """By the value of something else: `{of: "{sex}", is: {m: ..., f: ...}, else: ...}`."""
    mapping(option, "of", "is", "else")
    found = run.value(option["of"], scope)
    key = ("yes" if found else "no") if isinstance(found, bool) else str(found)
    return run.value(option["is"].get(key, option.get("else")), scope)


@source("first")
def first(run, scope: Scope, option: Any) -> Any:
    """The first of several values that is not empty."""
    return next((v for one in option if (v := run.value(one, scope)) is not None), None)
