"""Fields that something else on the form follows: when one of these changes, the server is asked while one types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.model import Catalog, Entity, Field
from engine.services.validation.order import rules_of


def live_names(catalog: Catalog, entity: Entity) -> frozenset[str]:
    """Names of inputs, `lines.quantity` for those in rows, that a rule of the entity or of one of its forms reads."""
    return catalog.derived(("live names", entity.address), lambda: frozenset(_names(catalog, entity)))


def _names(catalog: Catalog, entity: Entity) -> Iterator[str]:
    read = {path[0] for rule in _rules(catalog, entity) for path in rule.paths}
    read |= {step for rule in _rules(catalog, entity) for path in rule.paths for step in path[1:2]}
    for address, f in _inputs(entity.fields):
        if f.key in read:
            yield address


def _inputs(fields: Mapping[str, Field], before: str = "") -> Iterator[tuple[str, Field]]:
    for f in fields.values():
        if f.is_input and not f.kind.by_line:
            yield f"{before}{f.key}", f
        elif f.kind.by_line:
            yield from _inputs(f.fields, f"{before}{f.key}.")


def _rules(catalog: Catalog, entity: Entity) -> Iterator[Any]:
    yield from _of_fields(entity.fields)
    for form in catalog.forms[entity.address]:
        found = (form.when, *(p.visible_when for p in (*form.all_sections, *form.tabs.values())),
                 *(s.when for s in form.steps.values()))
        yield from (rule for rule in found if rule is not None)


def _of_fields(fields: Mapping[str, Field]) -> Iterator[Any]:
    for f in fields.values():
        yield from (rule for rule in rules_of(f) if rule is not f.check)
        where = f.options.get("where")
        if hasattr(where, "evaluate"):
            yield where
        yield from _of_fields(f.fields)
