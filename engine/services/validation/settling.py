"""Defaults, conditions and computed values: what a record becomes once its rules have spoken. Refuses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.ids import new_id
from engine.model import Catalog, Entity, Field
from engine.services.validation.draft import Draft, FieldState
from engine.services.validation.order import compute_order

MISSING = object()


def settle(
    world,
    entity: Entity,
    given: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    follow=None,
    shown: bool = False,
) -> Draft:
    """The draft that `given` values make of `before` (None: of nothing).

    `world` is a View: it gives rules their actor, day and calendar. `follow` leads from a link to the
    fields of the linked record. `shown`: keep rows without an id as they are (a form being typed).
    """
    values = dict(before) if before is not None else {}
    draft = Draft(entity, values, before, frozenset(given))
    context = world.context(values, follow=follow)
    for key, value in given.items():
        values[key] = value
    _defaults(entity, values, context, fresh=before is None)
    for f in entity.row_fields:
        _complete_rows(f, values, before, context, shown)
    for _ in range(2):
        compute(world.catalog, entity, values, context)
        if not _conditions(draft, context):
            break
    return draft


def _defaults(entity: Entity, values: dict[str, Any], context, fresh: bool) -> None:
    if not fresh:
        return
    later = []
    for f in entity.fields.values():
        if f.key in values or f.is_computed:
            continue
        values[f.key] = None
        if f.default is None:
            continue
        if hasattr(f.default, "evaluate"):
            later.append(f)
        else:
            values[f.key] = f.default
    for f in later:
        values[f.key] = f.default.evaluate(context)


def _complete_rows(f: Field, values: dict[str, Any], before: Mapping[str, Any] | None, context, shown: bool) -> None:
    """Rows as mappings with ids and defaults. A row sent with the id of a stored one changes that one."""
    lines = values.get(f.key)
    if lines is None:
        values[f.key] = []
        return
    stored = {r["id"]: r for r in (before or {}).get(f.key) or () if isinstance(r, Mapping)}
    rows = []
    for line in lines:
        if not isinstance(line, Mapping):
            rows.append(line)
            continue
        known = stored.get(line.get("id"))
        row = {**known, **line} if known else dict(line)
        if known is None:
            _row_defaults(f, row, context)
            if not shown or row.get("id") is None:
                row["id"] = new_id() if not shown else None
        for inner in f.fields.values():
            if inner.is_many:
                _complete_rows(inner, row, known, context, shown)
        rows.append(row)
    values[f.key] = rows


def _row_defaults(f: Field, row: dict[str, Any], context) -> None:
    inside = _inside(context, row)
    for inner in f.fields.values():
        if inner.key in row or inner.is_computed:
            continue
        row[inner.key] = None
        default = inner.default
        if default is not None:
            row[inner.key] = default.evaluate(inside) if hasattr(default, "evaluate") else default


def _inside(context, row):
    """The same context with a row at hand."""
    return type(context)(
        record=context.record,
        row=row,
        actor=context.actor,
        today=context.today,
        now=context.now,
        follow=context.follow,
        calendar=context.calendar,
    )


def compute(catalog: Catalog, entity: Entity, values: dict[str, Any], context) -> None:
    """Fill in every computed value. One that is computed when read is computed here too, for the rules that read it."""
    for step in compute_order(catalog, entity):
        f = step.field
        if step.rows is None:
            if f.stored or f.key not in values or not _reads_elsewhere(f, entity):
                values[f.key] = _fitted(f, f.value.evaluate(context))
            continue
        for row in values.get(step.rows.key) or ():
            row[f.key] = _fitted(f, f.value.evaluate(_inside(context, row)))


def _reads_elsewhere(f: Field, entity: Entity) -> bool:
    """True when its rule looks at rows of other entities, which only the database can count."""
    return any(p[0] in entity.fields and entity.fields[p[0]].kind.virtual for p in f.value.paths)


def _fitted(f: Field, value: Any) -> Any:
    """The value as the field keeps it: a number at the field's places."""
    return None if value is None else f.kind.fitted(f, value)


def _conditions(draft: Draft, context) -> bool:
    """Judge every condition; True when a hidden field's input was set aside and values must be computed again."""
    entity, values, again = draft.entity, draft.values, False
    for f in entity.fields.values():
        state = _state(f, context)
        if state is not None:
            draft.states[f.key] = state
            if not state.visible and f.key in draft.given and f.is_input:
                kept = draft.before.get(f.key) if draft.before else ([] if f.is_many else None)
                if values.get(f.key) != kept:
                    values[f.key], again = kept, True
        if f.fields and any(
            i.required or i.required_when or i.visible_when or i.readonly_when or i.readonly for i in f.fields.values()
        ):
            draft.rows[f.key] = [
                {i.key: s for i in f.fields.values() if (s := _state(i, inside)) is not None}
                for row in values.get(f.key) or ()
                if isinstance(row, Mapping)
                for inside in (_inside(context, row),)
            ]
    return again


def _state(f: Field, context) -> FieldState | None:
    if not (f.required or f.readonly or f.required_when or f.visible_when or f.readonly_when):
        return None
    visible = f.visible_when is None or bool(f.visible_when.evaluate(context))
    required = visible and (f.required or (f.required_when is not None and bool(f.required_when.evaluate(context))))
    readonly = f.readonly or (f.readonly_when is not None and bool(f.readonly_when.evaluate(context)))
    return FieldState(visible, required, readonly)
