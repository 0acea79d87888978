"""A list in parts: how many records stand under each value of a field, and the first records of several parts at once.

Two statements (and one for the names of linked records), however many parts and records there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.services.access.grants import can
from engine.services.display import names_of
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import entity_at
from engine.services.registries.columns import Columns
from engine.services.registries.cursor import encode, ordering
from engine.services.registries.listing import conditions_of
from engine.services.registries.page_plan import page_plan
from engine.services.registries.query import Page, Query
from engine.services.registries.summing import totals_of
from engine.storage.queries.source import EntitySource

NO_PARTS = N_("This list cannot be divided by %(name)s")
Condition = tuple[str, str, Sequence[Any]]
"""(field, operator, values) of one more filter."""


@dataclass
class Part:
    """The records that hold one value of a field; None for those that hold none, or do not show it."""

    value: Any
    count: int
    totals: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    """The name of a linked record; other values are said by their field."""


def divide(view: Any, address: str, query: Query, by: str, most: int = 200) -> list[Part]:
    """The parts of the list by the values of `by`, the fullest first, at most `most` of them."""
    entity = entity_at(view, address)
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    columns = Columns(view, entity, EntitySource(view.statement(), entity))
    f = columns.field(by, "by")
    if f.is_many or "" not in f.kind.group_parts(f) or (f.is_computed and not f.stored):
        raise BadRequest([Problem("list.by", NO_PARTS, "by", {"name": by})])
    table, condition = columns.source.table, columns.condition_of(by)
    keys = f.kind.group_keys(f, table)
    if condition is not None:
        keys = [sa.case((condition, key)) for key in keys]
    totals = totals_of(columns, query.totals)
    selected = [*keys, sa.func.count(), *(c for t in totals for c in t.over(t.column))]
    statement = sa.select(*(c.label(f"c{n}") for n, c in enumerate(selected))).select_from(table)
    statement = statement.where(*conditions_of(view, columns, query)).group_by(*keys)
    statement = statement.order_by(sa.literal_column(f"c{len(keys)}").desc()).limit(most)
    parts = []
    for row in view.select(statement):
        at, found = len(keys) + 1, {}
        for total in totals:
            width = len(total.over(total.column))
            found[total.key] = total.value(row[at : at + width])
            at += width
        value = None if all(k is None for k in row[: len(keys)]) else f.kind.group_value(f, row[: len(keys)])
        parts.append(Part(value, row[len(keys)], found))
    _name(view, f, parts)
    return parts


def _name(view: Any, f: Any, parts: Sequence[Part]) -> None:
    targets = f.kind.targets(f)
    if len(targets) != 1:
        return
    texts = names_of(view, targets[0], [p.value for p in parts if p.value is not None])
    for part in parts:
        part.text = texts.get(part.value, "")


def firsts(view: Any, address: str, query: Query, divisions: Sequence[Sequence[Condition]]) -> list[Page]:
    """For each division the first `query.limit` records that its conditions leave besides those of the query."""
    entity = entity_at(view, address)
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    if not divisions:
        return []
    plan = page_plan(view, entity, query)
    columns = Columns(view, entity, plan.source.on(plan.statement.fork(view)))
    shared = conditions_of(view, columns, query)
    chosen = []
    for n, division in enumerate(divisions):
        own = [columns.filter(*condition) for condition in division]
        part = plan.query.where(*shared, *own).order_by(*ordering(plan.keys)).limit(query.limit + 1).subquery()
        chosen.append(sa.select(part, sa.literal(n).label("part")))
    rows: list[list[Any]] = [[] for _ in divisions]
    for row in view.select(sa.union_all(*chosen)):
        rows[row[-1]].append(row)  # a branch keeps its own order: it is read from one sorted subquery
    read = plan.reader(view)
    pages = []
    for found in rows:
        page = Page([read(row) for row in found[: query.limit]])
        if len(found) > query.limit:
            page.next = encode([found[query.limit - 1][place] for place in plan.places])
        pages.append(page)
    return pages
