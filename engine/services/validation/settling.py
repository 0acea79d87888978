"""Defaults, conditions and computed values: what a record becomes once its rules have spoken. Refuses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.ids import new_id
from engine.model import Catalog, Entity, Field
from engine.services.validation.draft import STATES, Draft, FieldState
from engine.services.validation.levels import Level
from engine.services.validation.order import Place, compute_order


def settle(
    world,
    entity: Entity,
    given: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    follow: Callable[..., Any] | None = None,
    shown: bool = False,
) -> Draft:
    """The draft that `given` values make of `before` (None: of nothing).

    `world` is a View: it gives rules their actor, day and calendar. `follow` leads from a link to the
    fields of the linked record. `shown`: rows without an id stay so (a form being typed).
    """
    values = {**(before or {}), **given}
    draft = Draft(entity, values, before, frozenset(given))
    record = draft.level = Level(entity, values, before, world.context(values, follow=follow))
    if before is None:
        _defaults(record)
    _complete(record, shown)
    for _ in range(2):
        compute(world.catalog, entity, record)
        draft.states.clear()
        if not _conditions(draft, record, draft.given):
            break
    return draft


def _defaults(level: Level) -> None:
    """Values for what nobody sent; rules come last, because they may read the plain ones."""
    later = []
    for f in level.fields.values():
        if f.key in level.values or f.is_computed:
            continue
        level.values[f.key] = None
        if f.has_ruled_default:
            later.append(f)
        else:
            level.values[f.key] = f.default
    for f in later:
        level.values[f.key] = f.default.evaluate(level.context)


def _complete(level: Level, shown: bool) -> None:
    """Rows as mappings with ids and defaults. A row sent with the id of a stored one changes that one."""
    for f in level.of.row_fields:
        lines = level.values.get(f.key) or []
        stored = {r["id"]: r for r in (level.before or {}).get(f.key) or () if isinstance(r, Mapping)}
        level.values[f.key] = [
            {**stored.get(line.get("id"), {}), **line} if isinstance(line, Mapping) else line for line in lines
        ]
        for row in level.rows(f):
            if row.before is None:
                _defaults(row)
                if not shown:
                    row.values["id"] = new_id()
                else:
                    row.values.setdefault("id", None)
            _complete(row, shown)


def compute(catalog: Catalog, entity: Entity, record: Level) -> None:
    """Fill in every computed value; those computed when read too, for the rules that read them."""
    for place in compute_order(catalog, entity):
        f = place.field
        if not place.rows and not f.stored and f.key in record.values and _reads_elsewhere(f, entity):
            continue
        for level in _levels(record, place):
            if _is_frozen(f, level, record):
                continue
            value = f.value.evaluate(level.context)
            level.values[f.key] = None if value is None else f.kind.fitted(f, value)


def _is_frozen(f: Field, level: Level, record: Level) -> bool:
    """True for a copy of a linked record's value whose moment is over (`freeze`), while it is the same record."""
    moment = f.extra.get("freeze", "never")
    if moment == "never" or level.before is None:
        return False
    if any(level.values.get(p[0]) != level.before.get(p[0]) for p in f.value.paths if p[0] in level.fields):
        return False
    return moment == "create" or (record.before or {}).get("state") != "draft"


def _levels(record: Level, place: Place) -> Iterator[Level]:
    """Every level at which the place's field stands."""
    found: list[Level] = [record]
    for rows in place.rows:
        found = [inner for level in found for inner in level.rows(rows)]
    yield from found


def _reads_elsewhere(f: Field, entity: Entity) -> bool:
    """True when its rule looks at rows of other entities, which only the database can count."""
    return any(p[0] in entity.fields and entity.fields[p[0]].kind.virtual for p in f.value.paths)


def _conditions(draft: Draft, level: Level, given: frozenset[str] | None) -> bool:
    """Judge every condition; True when a hidden field's input was set aside and values must be computed again.

    `given`: the fields that were sent at this level; None for all (rows come whole).
    """
    again = False
    for f in level.of.conditional_fields:
        if f.has_conditions:
            state = draft.states[f"{level.path}{f.key}"] = _state(f, level)
            if not state.visible and f.is_input and (given is None or f.key in given):
                kept = (level.before or {}).get(f.key, [] if f.is_many else None)
                if level.values.get(f.key) != kept:
                    level.values[f.key], again = kept, True
        for row in level.rows(f) if f.is_many else ():
            again = _conditions(draft, row, None) or again
    return again


def _state(f: Field, level: Level) -> FieldState:
    context = level.context
    visible = f.visible_when is None or bool(f.visible_when.evaluate(context))
    required = visible and (f.required or (f.required_when is not None and bool(f.required_when.evaluate(context))))
    readonly = f.readonly or (f.readonly_when is not None and bool(f.readonly_when.evaluate(context)))
    return STATES[(visible, required, readonly)]
