"""What is wrong with a settled draft: requirements, bounds, checks of fields, rules of the entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.errors import Problem
from engine.expression import Context
from engine.fields.choice import UNKNOWN
from engine.language import N_
from engine.model import Entity, Field
from engine.services.validation.draft import PLAIN, Draft, FieldState
from engine.services.validation.levels import Level

REQUIRED = N_("Fill in: %(title)s")
READONLY = N_("This value cannot be changed now")
ONCE = N_("This value was set once and cannot be changed")
CHECK = N_("This value breaks the rule of the field: %(rule)s")
BLANK: tuple[Any, ...] = (None, [], {}, "")


def check(draft: Draft, context: Context, names: Any = None, trusted: bool = False) -> list[Problem]:
    """All problems of the draft.

    `names`: dictionaries as the site has them, to refuse codes that may not be chosen; None leaves codes unjudged.
    `trusted`: the engine itself writes, which may set what people only read.
    Rules of the entity are judged when its fields are in order: they would only repeat what is wrong there.
    """
    level = level_of(draft, context)
    problems = [*draft.problems, *_level(draft, level, names, trusted)]
    return problems or list(_rules(draft.entity, context))


def level_of(draft: Draft, context: Context) -> Level:
    """The record with its rows as rules see them: the one it was settled on, where the world is still the same."""
    kept = draft.level
    if kept is not None and kept.values is draft.values and kept.context.follow == context.follow:
        return kept
    return Level(draft.entity, draft.values, draft.before, context)


def _level(draft: Draft, level: Level, names: Any, trusted: bool) -> Iterator[Problem]:
    for f in level.of.judged_fields:
        value = level.values.get(f.key)
        if value is None and not f.may_need:
            continue
        path = f"{level.path}{f.key}"
        if draft.problems and any(_same(p.path, path) for p in draft.problems):
            continue
        state = draft.state(path) if f.has_conditions else PLAIN
        if not state.visible:
            continue
        if (value is not None or state.required) and (not value or f.judged_when_filled):
            for problem in _field(f, value, level, state, names):
                yield problem.at(path)
        if not trusted and (state.readonly or f.once) and (level.path or f.key in draft.given):
            for problem in _frozen(f, level, state):
                yield problem.at(path)
        for row in level.rows(f) if f.is_many else ():
            yield from _level(draft, row, names, trusted)


def _same(said: str, path: str) -> bool:
    """Is something already said about the value at `path`, or inside it?"""
    return said == path or said.startswith((f"{path}[", f"{path}."))


def _field(f: Field, value: Any, level: Level, state: FieldState, names: Any) -> Iterator[Problem]:
    """Problems of one value; their paths are inside it."""
    context = level.context
    if not value and value in BLANK:
        if state.required:
            yield Problem("field.required", REQUIRED, "", {"title": f.title})
            return
        if not f.is_many:
            return
    bounds, ruled = f.bounds
    if ruled:
        bounds = {**bounds, **{key: rule.evaluate(context) for key, rule in ruled}}
    yield from f.kind.problems(f, value, bounds)
    if names is not None and f.dictionary is not None:
        yield from _codes(f, f.dictionary, level, names)
    if f.check is not None and not f.check.names_empty(context) and not f.check.evaluate(context):
        yield Problem("field.check", f.extra.get("message") or CHECK, "", {"rule": f.check.text})


def _codes(f: Field, dictionary: str, level: Level, names: Any) -> Iterator[Problem]:
    """Codes that the dictionary does not offer today; what was stored before stays good."""
    value, before = level.values.get(f.key), (level.before or {}).get(f.key)
    codes = value if isinstance(value, list) else [value]
    kept = before if isinstance(before, list) else [before]
    wanted = [c for c in codes if c is not None and c not in kept]
    if not wanted:
        return
    offered = {code for code, _ in names.choices(dictionary, "en", level.context.today)}
    for n, code in enumerate(codes):
        if code in wanted and code not in offered:
            yield Problem("choice.unknown", UNKNOWN, f"[{n}]" if isinstance(value, list) else "")


def _frozen(f: Field, level: Level, state: FieldState) -> Iterator[Problem]:
    """A value that people may not set themselves: it stays what it was, or what the default makes of it."""
    if not f.is_input:
        return
    value = level.values.get(f.key)
    if level.before is None:
        if state.readonly and value not in BLANK and value != _default(f, level):
            yield Problem("field.readonly", READONLY)
        return
    before = level.before.get(f.key)
    if value == before:
        return
    if state.readonly:
        yield Problem("field.readonly", READONLY)
    elif f.once and before not in BLANK:
        yield Problem("field.once", ONCE)


def _default(f: Field, level: Level) -> Any:
    return f.default.evaluate(level.context) if hasattr(f.default, "evaluate") else f.default


def _rules(entity: Entity, context: Context) -> Iterator[Problem]:
    for rule in entity.rules.values():
        if rule.rule.names_empty(context) or rule.rule.evaluate(context):
            continue
        yield Problem(f"rules.{rule.key}", rule.message, rule.fields[0] if rule.fields else "")
