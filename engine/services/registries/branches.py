"""A list of a tree by its branches: what stands on top, what stands below, how much, and what leads to what was found.

The conditions of the list hold throughout: a record whose parent is not in the list stands on top of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH
from engine.services.registries.columns import Columns
from engine.services.registries.listing import conditions_of, listing
from engine.services.registries.query import Page, Query
from engine.storage.queries.source import EntitySource
from engine.storage.tables import tables_of

PARENT = "parent"
NO_TREE = N_("These records stand in no tree")


def _tree(view: Any, address: str) -> Entity:
    entity = view.catalog.entities.get(address)
    if entity is None:
        raise NotFound([NO_SUCH])
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    if not entity.tree:
        raise BadRequest([Problem("list.tree", NO_TREE)])
    return entity


def roots(view: Any, address: str, query: Query) -> Page:
    """The page of records on top: those whose parent is not in the list, or that have none."""
    entity = _tree(view, address)
    return listing(view, address, replace(query, besides=(_on_top(view, entity, query),)))


def _on_top(view: Any, entity: Entity, query: Query) -> Any:
    """(columns of the list) -> the condition of standing on top of it."""

    def condition(columns: Columns) -> sa.ColumnElement:
        columns.field(PARENT, PARENT)
        above = EntitySource(columns.source.statement, entity)
        listed = conditions_of(view, Columns(view, entity, above), replace(query, besides=()))
        parent, shown = columns.source.table.c.parent_id, columns.condition_of(PARENT)
        if shown is not None:  # where the parent is hidden the record has none, as in every other answer
            parent = sa.case((shown, parent))
        return sa.or_(parent.is_(None), ~sa.exists(sa.select(sa.literal(1)).where(above.table.c.id == parent, *listed)))

    return condition


def below(view: Any, address: str, query: Query, parents: Sequence[UUID]) -> Page:
    """The records directly below any of `parents`, at most `query.limit` of them, in the order of the list."""
    _tree(view, address)
    if not parents:
        return Page([])
    return listing(view, address, replace(query, besides=(_under(parents),), after=None, before=None, count=False))


def _under(parents: Sequence[UUID]) -> Any:
    def condition(columns: Columns) -> sa.ColumnElement:
        columns.field(PARENT, PARENT)
        return columns.guarded(PARENT, columns.source.table.c.parent_id.in_(list(parents)))

    return condition


def children_of(view: Any, address: str, query: Query, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many records of the list stand directly below each of `ids`; nothing for those with none. One statement."""
    entity = _tree(view, address)
    if not ids:
        return {}
    columns = Columns(view, entity, EntitySource(view.statement(), entity))
    conditions = conditions_of(view, columns, replace(query, besides=(_under(ids),)))
    parent = columns.source.table.c.parent_id
    statement = sa.select(parent, sa.func.count()).select_from(columns.source.table).where(*conditions)
    return dict(view.select(statement.group_by(parent)).all())


def above(view: Any, address: str, ids: Sequence[UUID]) -> list[UUID]:
    """The ids of all records above any of `ids`. Whether they may be seen is for who reads them. One statement."""
    entity = _tree(view, address)
    if not ids:
        return []
    closure = tables_of(view.catalog).closure(entity)
    wanted = sa.select(closure.c.ancestor_id).where(closure.c.descendant_id.in_(list(ids)), closure.c.depth > 0)
    return [row[0] for row in view.select(wanted.distinct())]
