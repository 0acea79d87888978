"""What is wrong with a settled draft: requirements, bounds, checks of fields, rules of the entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import Problem
from engine.language import N_
from engine.model import Entity, Field
from engine.services.validation.draft import Draft, FieldState

REQUIRED = N_("Fill in: %(title)s")
READONLY = N_("This value cannot be changed now")
ONCE = N_("This value was set once and cannot be changed")
CHECK = N_("This value breaks the rule of the field: %(rule)s")
BLANK = (None, [], {}, "")


def check(draft: Draft, context) -> list[Problem]:
    """All problems of the draft."""
    entity, values = draft.entity, draft.values
    problems = list(draft.problems)
    said = {p.path.split("[")[0].split(".")[0] for p in problems}
    for f in entity.fields.values():
        if f.kind.virtual or (f.builtin and not f.required):
            continue
        state = draft.state(f.key)
        if f.key in said or not state.visible:
            continue
        problems.extend(_field(f, values.get(f.key), state, context))
        if state.readonly or f.once:
            problems.extend(_frozen(draft, f, state))
        for index, row in enumerate(values.get(f.key) or () if f.fields else ()):
            if isinstance(row, Mapping):
                problems.extend(p.at(f"{f.key}[{index}]") for p in _row(draft, f, index, row, context))
    if not problems:
        problems.extend(_rules(entity, context))
    return problems


def _row(draft: Draft, f: Field, index: int, row: Mapping[str, Any], context) -> Iterator[Problem]:
    inside = type(context)(
        record=context.record,
        row=row,
        actor=context.actor,
        today=context.today,
        now=context.now,
        follow=context.follow,
        calendar=context.calendar,
    )
    for inner in f.fields.values():
        if inner.kind.virtual:
            continue
        state = draft.row_state(f.key, index, inner.key)
        if state.visible:
            yield from _field(inner, row.get(inner.key), state, inside)
        for place, nested in enumerate(row.get(inner.key) or () if inner.fields else ()):
            if isinstance(nested, Mapping):
                for deep in inner.fields.values():
                    state = FieldState(required=deep.required)
                    for p in _field(deep, nested.get(deep.key), state, inside):
                        yield p.at(f"{inner.key}[{place}]")


def _field(f: Field, value: Any, state: FieldState, context) -> Iterator[Problem]:
    if value in BLANK:
        if state.required:
            yield Problem("field.required", REQUIRED, f.key, {"title": f.title})
            return
        if not f.fields:
            return
    bounds = {k: v.evaluate(context) if hasattr(v, "evaluate") else v for k, v in f.options.items() if k != "where"}
    for problem in f.kind.problems(f, value, bounds):
        yield problem.at(f.key)
    if f.check is not None and not f.check.names_empty(context) and not f.check.evaluate(context):
        yield Problem("field.check", CHECK, f.key, {"rule": f.check.text})


def _frozen(draft: Draft, f: Field, state: FieldState) -> Iterator[Problem]:
    if f.key not in draft.given or f.is_computed:
        return
    before = draft.before.get(f.key) if draft.before else None
    if draft.values.get(f.key) == before:
        return
    if state.readonly and draft.before is not None:
        yield Problem("field.readonly", READONLY, f.key)
    elif f.once and before not in BLANK:
        yield Problem("field.once", ONCE, f.key)


def _rules(entity: Entity, context) -> Iterator[Problem]:
    for rule in entity.rules.values():
        if rule.rule.names_empty(context) or rule.rule.evaluate(context):
            continue
        yield Problem(f"rules.{rule.key}", rule.message, rule.fields[0] if rule.fields else "")
