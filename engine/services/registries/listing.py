"""A page of records. Two statements at most (the page, the count with totals), however many rows there are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can
from engine.services.access.predicate import visible
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH
from engine.services.registries.columns import Columns, no_field
from engine.services.registries.cursor import beyond, decode, encode
from engine.services.registries.page_plan import PagePlan, page_plan
from engine.services.registries.query import MOST, Page, Query
from engine.services.registries.searching import found_by
from engine.storage.queries.rows import fill_rows

LIMIT = N_("Ask for 1 to %(most)s records at once")


def listing(view: Any, address: str, query: Query) -> Page:
    """The records that the actor may see and the query asks for.

    Raises NotFound for an entity that is not theirs, BadRequest for names, values and tokens that do not fit.
    """
    entity = view.catalog.entities.get(address)
    if entity is None:
        raise NotFound([NO_SUCH])
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    if not 1 <= query.limit <= MOST:
        raise BadRequest([Problem("page.limit", LIMIT, "limit", {"most": MOST})])
    plan = page_plan(view, entity, query)
    columns = Columns(view, entity, plan.source.on(plan.statement.fork(view)))
    conditions = _conditions(view, columns, query)
    page = _page(view, plan, conditions, query)
    if query.count or query.totals:
        _count(view, columns, conditions, query, page)
    if query.rows:
        fill_rows(view, _row_fields(entity, columns, query), page.records)
    return page


def _row_fields(entity: Entity, columns: Columns, query: Query) -> list[Any]:
    wanted = entity.fields if query.fields is None else query.fields
    seen = [f for f in entity.row_fields if f.key in columns.allowed and f.key in wanted]
    # Rows are read apart from their records, where no mask reaches: shown on some records only means not in lists.
    return [f for f in seen if columns.condition_of(f.key) is None]


def _conditions(view: Any, columns: Columns, query: Query) -> list[sa.ColumnElement]:
    source = columns.source
    conditions = visible(source.statement, columns.entity, source)
    if "archived_at" in source.table.c:
        archived = source.table.c.archived_at
        conditions.append(archived.is_not(None) if query.archived else archived.is_(None))
    for key, operator, values in query.filters:
        conditions.append(columns.filter(key, operator, values))
    if query.where is not None and query.where != "":
        conditions.append(columns.rule(query.where) if isinstance(query.where, str) else source.clause(query.where))
    if query.search.strip():
        conditions.append(found_by(view, source.statement, columns.entity, source, query.search))
    return conditions


def _page(view: Any, plan: PagePlan, conditions: list[sa.ColumnElement], query: Query) -> Page:
    backwards = query.before is not None
    token = query.before if backwards else query.after
    statement = plan.query.where(*conditions)
    if token:
        statement = statement.where(beyond(plan.keys, decode(token, plan.keys), backwards))
    statement = statement.order_by(*(plan.backwards if backwards else plan.forwards)).limit(query.limit + 1)
    rows = view.select(statement).all()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    read = plan.reader(view)
    page = Page([read(row) for row in rows])
    if rows:
        if more or backwards:
            page.next = encode([rows[-1][n] for n in plan.places])
        if more if backwards else bool(token):
            page.previous = encode([rows[0][n] for n in plan.places])
    return page


def _count(view, columns: Columns, conditions, query: Query, page: Page) -> None:
    selected: list[sa.ColumnElement] = [sa.func.count()]
    fields = []
    for key in query.totals:
        f = columns.field(key, "totals")
        if f.kind.align != "end" or f.is_many:
            raise no_field(key, "totals")
        column = columns.source.column(key)
        condition = columns.condition_of(key)
        column = column if condition is None else sa.case((condition, column))
        selected.append(sa.type_coerce(sa.func.sum(column), column.type))
        fields.append(f)
    row = view.select(sa.select(*selected).select_from(columns.source.table).where(*conditions)).one()
    page.count = row[0]
    page.totals = {f.key: None if v is None else f.kind.fitted(f, v) for f, v in zip(fields, row[1:], strict=True)}


__all__ = ["found_by", "listing"]
