"""The order in which computed values are computed, and which links must be followed to judge a record.

Both are facts of the Catalog, worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from engine.model import Catalog, Entity, Field


@dataclass(frozen=True)
class Step:
    """Compute one field: of the record (`rows` is None), or of each row of `rows`."""

    field: Field
    rows: Field | None = None


def compute_order(catalog: Catalog, entity: Entity) -> tuple[Step, ...]:
    """Computed fields of the record and of its rows, each after what it reads. Loading has refused cycles."""
    return catalog.derived(("compute order", entity.address), lambda: _order(entity))


def _order(entity: Entity) -> tuple[Step, ...]:
    steps: dict[str, Step] = {}
    for f in entity.fields.values():
        if f.is_computed:
            steps[f.key] = Step(f)
        for inner in f.fields.values():
            if inner.is_computed:
                steps[f"{f.key}.{inner.key}"] = Step(inner, f)
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, step in steps.items():
        sorter.add(name, *(d for d in _reads(step, entity) if d in steps and d != name))
    return tuple(steps[name] for name in sorter.static_order())


def _reads(step: Step, entity: Entity) -> Iterator[str]:
    for path in step.field.value.paths:
        head = path[0]
        if step.rows is not None and path in step.field.value.row_paths:
            yield f"{step.rows.key}.{head}"
            continue
        yield head
        if len(path) > 1:
            yield f"{head}.{path[1]}"
        elif head in entity.fields:
            yield from (f"{head}.{i}" for i in entity.fields[head].fields)


def rules_of(f: Field) -> Iterator[Any]:
    """Every rule said about one field."""
    for rule in (f.required_when, f.visible_when, f.readonly_when, f.value, f.check, f.default, *f.options.values()):
        if hasattr(rule, "evaluate"):
            yield rule


def link_paths(
    catalog: Catalog, entity: Entity, extra: Iterable[Any] = ()
) -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
    """For each link (`("payer",)`, `("lines", "service")`) the paths beyond it that rules read.

    `extra`: rules besides the entity's own, such as the `where` of access.
    """
    wanted: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for f in entity.fields.values():
        if f.kind.targets(f):
            wanted.setdefault((f.key,), set())
        for inner in f.fields.values():
            if inner.kind.targets(inner):
                wanted.setdefault((f.key, inner.key), set())
    for rule, rows in _all_rules(entity, extra):
        for path in rule.paths:
            for link in wanted:
                full = (rows.key, *path) if rows is not None and path in rule.row_paths else path
                if len(full) > len(link) and full[: len(link)] == link:
                    wanted[link].add(tuple(full[len(link) :]))
    return {k: frozenset(v) for k, v in wanted.items()}


def _all_rules(entity: Entity, extra: Iterable[Any]) -> Iterator[tuple[Any, Field | None]]:
    for f in entity.fields.values():
        for rule in rules_of(f):
            yield rule, None
        for inner in f.fields.values():
            for rule in rules_of(inner):
                yield rule, f
    for check in entity.rules.values():
        yield check.rule, None
    for rule in extra:
        yield rule, None
