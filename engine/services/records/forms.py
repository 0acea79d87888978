"""Forms: a new record with its defaults, and what a record would become with the values typed so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.errors import Problem
from engine.model import Catalog, Check, Entity
from engine.services.access.grants import can, readable, writable
from engine.services.display import show_links
from engine.services.lookups import Lookups, look_up
from engine.services.records.judging import _early_defaults, access_rules, problems_of, refuse_verb
from engine.services.records.reading import ROWS, Record, as_seen, entity_at, load_one
from engine.services.seeing import saw_record
from engine.services.validation import Draft, parse, settle


def new(view, address: str, given: Mapping[str, Any] | None = None) -> Draft:
    """An empty form with its defaults and, of those asked for, the `given` raw values that fit."""
    entity = entity_at(view, address)
    if not can(view.catalog, view.actor, entity, "create"):
        raise refuse_verb(view, entity, "create")
    return preview(view, address, given or {})


def preview(view, address: str, raw: Mapping[str, Any], id: Any = None) -> Draft:
    """The draft that `raw` makes, of the stored record `id` or of a new one. Problems are in it, not raised.

    Values that cannot be read are left out of `values` and named in `problems`.
    """
    return _settled(view, entity_at(view, address), raw, id)[0]


def step_problems(view, address: str, raw: Mapping[str, Any], fields: Collection[str], checks: Collection[Check],
                  ) -> list[Problem]:
    """What stands in the way of leaving a step of a wizard: mistakes in its `fields`, and `checks` that do not hold.

    Checks are judged when the fields of the step are in order, whatever is still missing elsewhere.
    """
    entity = entity_at(view, address)
    draft, lookups = _settled(view, entity, raw, None, tuple(c.rule for c in checks))
    found = [p for p in draft.problems if _head(p) in fields and not p.code.startswith("rules.")]
    context = view.context(draft.values, follow=lookups.follow)
    return found or [
        Problem(f"rules.{c.key}", c.message, c.fields[0] if c.fields else "")
        for c in checks if not c.rule.names_empty(context) and not c.rule.evaluate(context)
    ]


def _settled(view, entity: Entity, raw: Mapping[str, Any], id: Any, rules: tuple[Any, ...] = (),
             ) -> tuple[Draft, Lookups]:
    """The draft and the linked records it was judged by; `rules` beside the entity's own and its forms' are read."""
    stored = load_one(view, entity, id) if id is not None else None
    verb = "edit" if stored is not None else "create"
    allowed = writable(view.catalog, view.actor, entity, verb)
    values, problems = parse(view.catalog, entity, {k: v for k, v in raw.items() if k in allowed}, allowed)
    lookups = Lookups()
    first = {**(stored or {}), **values}
    if stored is None:
        _early_defaults(view, entity, first)
    look_up(view, entity, [first], lookups, (*access_rules(view, entity), *layout_rules(view.catalog, entity), *rules))
    draft = settle(view, entity, values, stored, lookups.follow, shown=True)
    said = {p.path for p in problems}
    draft.problems = [*problems, *(p for p in problems_of(view, draft, lookups) if p.path not in said)]
    keys = readable(view.catalog, view.actor, entity) | allowed
    if stored is not None:
        # Rights of other rows show nothing of this one: beside what is seen here, only what was typed just now.
        typed = {k for k, v in values.items() if draft.values.get(k) == v}
        keys = frozenset(as_seen(view, entity, stored).values) | typed
    draft.values = {k: v for k, v in draft.values.items() if k in keys or k in ("id", "version")}
    said_of = keys | (allowed & set(raw))
    draft.problems = [p for p in draft.problems if _head(p) in said_of or not p.path]
    show_links(view, entity, [draft.values])
    draft.follow = lookups.follow
    return draft, lookups


def layout_rules(catalog: Catalog, entity: Entity) -> tuple[Any, ...]:
    """Rules by which the entity's forms choose what they show: their links are followed with the entity's own."""
    return catalog.derived(("rules of forms", entity.address), lambda: tuple(_layout_rules(catalog, entity)))


def _layout_rules(catalog: Catalog, entity: Entity) -> Iterator[Any]:
    for form in catalog.forms[entity.address]:
        parts = (*form.all_sections, *form.tabs.values())
        rules = (form.when, *(p.visible_when for p in parts), *(s.when for s in form.steps.values()))
        yield from (rule for rule in rules if rule is not None and any(len(path) > 1 for path in rule.paths))


def opened(view, address: str, id: Any) -> tuple[Record, Draft]:
    """The stored record as the actor may see it, with what its conditions say of each field. Raises NotFound."""
    entity = entity_at(view, address)
    stored = load_one(view, entity, id, shown=ROWS)
    lookups = Lookups()
    look_up(view, entity, [stored], lookups, (*access_rules(view, entity), *layout_rules(view.catalog, entity)))
    draft = settle(view, entity, {}, stored, lookups.follow, shown=True)
    record = as_seen(view, entity, stored, shown=True)
    draft.values, draft.follow = record.values, lookups.follow
    saw_record(view, entity, record.values)
    return record, draft


def _head(problem: Problem) -> str:
    return problem.path.split("[")[0].split(".")[0]
