"""Pages of records, at most two statements each (the page, the count with totals); or all records, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can
from engine.services.access.predicate import visible
from engine.services.display import linked, show_links
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH
from engine.services.registries.columns import Columns
from engine.services.registries.cursor import decode, encode, ordering, stretches
from engine.services.registries.masking import mask_records
from engine.services.registries.page_plan import PagePlan, page_plan
from engine.services.registries.query import Page, Query
from engine.services.registries.searching import found_by
from engine.services.registries.summing import count_and_totals
from engine.services.seeing import saw_page
from engine.storage.queries.rows import fill_rows
from engine.storage.queries.source import EntitySource

PART = 1_000
"""Records read at a time where all are read."""
LIMIT = N_("Ask for 1 to %(most)s records at once")


def listing(view: Any, address: str, query: Query) -> Page:
    """The records that the actor may see and the query asks for.

    Raises NotFound for an entity that is not theirs, BadRequest for names, values and tokens that do not fit.
    """
    if not 1 <= query.limit <= query.most:
        raise BadRequest([Problem("page.limit", LIMIT, "limit", {"most": query.most})])
    plan, columns, conditions = _begun(view, address, query)
    page = _page(view, plan, conditions, query)
    if query.count or query.totals:
        count_and_totals(view, columns, conditions, query, page)
    if query.rows:
        fill_rows(view, _row_fields(columns.entity, columns, query), page.records)
    saw_page(view, columns.entity, page.records)
    mask_records(view, columns.entity, page.records)
    return page


def stream(view: Any, address: str, query: Query) -> Iterator[list[dict[str, Any]]]:
    """All records that the query asks for, some at a time, in bounded memory; its limit and its place are not read.

    One statement for the records and, for each part, one a table of rows. Only inside `Site.read_long`.
    Raises as `listing` does, before the first record.
    """
    plan, columns, conditions = _begun(view, address, query)
    fields = _row_fields(columns.entity, columns, query) if query.rows else []
    read = plan.reader(view)
    statement = plan.query.where(*conditions).order_by(*ordering(plan.keys))

    def parts() -> Iterator[list[dict[str, Any]]]:
        for rows in view.stream(statement, PART):
            records = [read(row) for row in rows]
            if fields:
                fill_rows(view, fields, records, linked)
                show_links(view, columns.entity, records, many_only=True)
            yield records

    return parts()


def place_of(view: Any, address: str, query: Query, id: Any) -> str | None:
    """The token of the record's place in the list; None when it does not stand in it."""
    plan, columns, conditions = _begun(view, address, query)
    row = view.select(plan.query.where(*conditions, columns.source.table.c.id == id)).first()
    return None if row is None else encode([row[n] for n in plan.places])


def figures(view: Any, address: str, query: Query) -> Page:
    """How many records the query finds and what they come to, without the records: one statement."""
    entity = listed_entity(view, address, query)
    columns = Columns(view, entity, EntitySource(view.statement(), entity), query.verb)
    page = Page([])
    count_and_totals(view, columns, conditions_of(view, columns, query), query, page)
    return page


def listed_entity(view: Any, address: str, query: Query) -> Entity:
    """The entity of the list. Raises NotFound where there is none for the actor."""
    entity = view.catalog.entities.get(address)
    if entity is None:
        raise NotFound([NO_SUCH])
    if not can(view.catalog, view.actor, entity, query.verb):
        raise refuse_verb(view, entity, query.verb)
    return entity


def _begun(view: Any, address: str, query: Query) -> tuple[PagePlan, Columns, list[sa.ColumnElement]]:
    """How the query is read, and its conditions."""
    entity = listed_entity(view, address, query)
    plan = page_plan(view, entity, query)
    columns = Columns(view, entity, plan.source.on(plan.statement.fork(view)), query.verb)
    return plan, columns, conditions_of(view, columns, query)


def _row_fields(entity: Entity, columns: Columns, query: Query) -> list[Any]:
    wanted = entity.fields if query.fields is None else query.fields
    seen = [f for f in entity.row_fields if f.key in columns.allowed and f.key in wanted]
    # Rows are read apart from their records, where no mask reaches: shown on some records only means not in lists.
    return [f for f in seen if columns.condition_of(f.key) is None]


def conditions_of(view: Any, columns: Columns, query: Query) -> list[sa.ColumnElement]:
    """What the actor's rights and the query leave of the records. Raises BadRequest."""
    source = columns.source
    conditions = visible(source.statement, columns.entity, source, query.verb)
    if "archived_at" in source.table.c:
        archived = source.table.c.archived_at
        conditions.append(archived.is_not(None) if query.archived else archived.is_(None))
    conditions += [more(columns) for more in query.besides]
    if query.ids is not None:
        conditions.append(source.table.c.id.in_(list(query.ids)))
    for key, operator, values in query.filters:
        conditions.append(columns.filter(key, operator, values))
    for where in query.where if isinstance(query.where, tuple) else (query.where,):
        if where is not None and where != "":
            conditions.append(columns.rule(where) if isinstance(where, str) else source.clause(where))
    if query.search.strip():
        conditions.append(found_by(view, source.statement, columns.entity, source, query.search))
    return conditions


def _page(view: Any, plan: PagePlan, conditions: list[sa.ColumnElement], query: Query) -> Page:
    backwards = query.before is not None
    token = query.before if backwards else query.after
    values = decode(token, plan.keys) if token else None
    rows = view.select(_rows(plan, conditions, values, backwards, query.limit + 1)).all()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    read = plan.reader(view)
    page = Page([read(row) for row in rows])
    if rows:
        if bool(token) if backwards else more:
            page.next = encode([rows[-1][n] for n in plan.places])
        if more if backwards else bool(token):
            page.previous = encode([rows[0][n] for n in plan.places])
    return page


def _rows(
    plan: PagePlan, conditions: list[sa.ColumnElement], values: list[Any] | None, backwards: bool, limit: int
) -> sa.Select:
    """The first `limit` rows from `values` on, stretch after stretch of the order."""
    parts = stretches(plan.keys, values, backwards)
    chosen = [plan.query.where(*conditions, *p.conditions).order_by(*p.order).limit(limit) for p in parts]
    if len(chosen) == 1:
        return chosen[0]
    subqueries = [one.subquery() for one in chosen]
    whole = sa.union_all(*(sa.select(s, sa.literal(n).label("part")) for n, s in enumerate(subqueries))).subquery()
    # Two short lists, each in order; the whole is put in order once more, because SQL promises none for a union.
    keys = [replace(key, column=whole.c[f"c{place}"]) for key, place in zip(plan.keys, plan.places, strict=True)]
    return sa.select(whole).order_by(whole.c.part, *ordering(keys, backwards)).limit(limit)


__all__ = ["found_by", "listing", "stream"]
