"""Quick search as a condition: folded texts of the record, the name of a record that it links to, a taken value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from engine.language import search_key
from engine.model import Entity, Field
from engine.services.access.grants import held
from engine.services.access.predicate import visible
from engine.storage.names import SEARCH_TEXT
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.search import rank, search_clause

LONGEST = 200
ANYWHERE = 3
"""The rank of a record that holds the words somewhere; `engine.storage.search.rank` gives the better ones."""


Way = tuple[sa.ColumnElement, sa.ColumnElement]
"""A condition that finds records, and the rank of what it finds."""


def found_by(view, statement: Statement, entity: Entity, source: EntitySource, text: str) -> sa.ColumnElement:
    """Quick search: the entity's own texts, or the name of a linked record that its `search` names.

    The ids come from a union of index searches, because an OR over two tables would read every row. A text that
    is hidden on some row is not searched at all: finding a record by it would tell what it says.
    """
    folded = search_key(text)[:LONGEST]
    if not folded:
        return sa.true()
    here = EntitySource(statement, entity)
    own = list(_own(view, entity, here, text, folded))
    linked = list(_linked(view, statement, entity, text, folded))
    if not linked and len(own) == 1 and _whole(view, entity):
        return search_clause(source.dialect, source.table, folded)
    found = [sa.select(here.table.c.id).where(condition) for condition, _ in own]
    found += [sa.select(mine.table.c.id).select_from(place).where(*conditions) for mine, place, conditions, _ in linked]
    if not found:
        return sa.false()
    return source.table.c.id.in_(found[0] if len(found) == 1 else sa.union(*found))


def ranked(
    view, statement: Statement, entity: Entity, text: str, conditions: Callable[[EntitySource], list[sa.ColumnElement]]
) -> Iterator[sa.Select]:
    """SELECTs of (id, rank) that together find what `found_by` finds; 0 is the best rank.

    `conditions` gives what must hold besides, where it is told how the record stands in the query.
    """
    folded = search_key(text)[:LONGEST]
    if not folded:
        return
    here = EntitySource(statement, entity)
    for condition, how_well in _own(view, entity, here, text, folded):
        yield sa.select(here.table.c.id, how_well).where(condition, *conditions(here))
    for mine, place, found, how_well in _linked(view, statement, entity, text, folded):
        yield sa.select(mine.table.c.id, how_well).select_from(place).where(*found, *conditions(mine))


def _linked(
    view, statement: Statement, entity: Entity, text: str, folded: str
) -> Iterator[tuple[EntitySource, sa.FromClause, list[sa.ColumnElement], sa.ColumnElement]]:
    """For each link or lookup that `search` names: our record, the join, what must hold, the rank of what is there.

    Through a link one finds by what one may read of the record behind it. A lookup is a field of this record: whoever
    reads it may find by it, also where the record behind the link is closed to them.
    """
    shown = shown_everywhere(view, entity)
    for key in entity.search:
        f = entity.fields.get(key)
        if f is None or key not in shown:
            continue
        link = entity.fields[f.taken[0]] if f.taken else f
        if len(link.targets) != 1 or link.is_many:
            continue
        target = view.catalog.entity(link.targets[0])
        there, mine = EntitySource(statement, target), EntitySource(statement, entity)
        place = there.table.join(mine.table, link.kind.expression(link, mine.table) == there.table.c.id)
        if f.taken:
            if way := _taken(target.fields[f.taken[1]], target, there, text, folded):
                yield mine, place, [way[0]], way[1]
            continue
        for condition, how_well in _own(view, target, there, text, folded) if target.search else ():
            yield mine, place, [condition, *visible(statement, target, there)], how_well


def _taken(f: Field, target: Entity, there: EntitySource, text: str, folded: str) -> Way | None:
    """The way over one field behind a link; None where what it holds is not kept as a text of its own."""
    if f not in target.search_fields:
        return None
    # The folded text is asked first because it has an index; it holds other fields too, so it decides nothing alone.
    found = sa.and_(search_clause(there.dialect, there.table, folded), _holding([f], there, text))
    return found, _rank_alone([f], there, text)


def _own(view, entity: Entity, source: EntitySource, text: str, folded: str) -> Iterator[Way]:
    """The ways over the entity's own fields that the actor may search by: its texts, and each encrypted value."""
    shown = shown_everywhere(view, entity)
    fields = [f for f in entity.search_fields if f.key in shown]
    if _whole(view, entity):
        column = source.table.c[SEARCH_TEXT]
        yield search_clause(source.dialect, source.table, folded), rank(column, folded)
    elif fields:
        yield _holding(fields, source, text), _rank_alone(fields, source, text)
    for key in entity.search:
        f = entity.fields.get(key)
        if f is not None and f.encrypted and key in shown and (values := _whole_value(view, f, text)):
            yield f.kind.clause(f, source.table, "is", values), sa.literal(0)


def _whole_value(view, f: Field, text: str) -> list[Any]:
    """The text as a value of the field, which can only be found whole; nothing while it is none."""
    try:
        return f.kind.filter_values(f, "is", [text.strip()], view.language)
    except (KeyError, ValidationError, ValueError, ArithmeticError):
        return []


def _holding(fields: list[Field], source: EntitySource, text: str) -> sa.ColumnElement:
    """Every word stands in one of the fields, as in the folded text of a whole record."""
    return sa.and_(*(
        sa.or_(*(f.kind.clause(f, source.table, "contains", [word]) for f in fields)) for word in text.split()
    ))


def _rank_alone(fields: list[Field], source: EntitySource, text: str) -> sa.ColumnElement:
    """The rank by these fields: the folded text of the record holds what is hidden too and may not tell the order."""
    starting = [f.kind.clause(f, source.table, "starts", [text.strip()]) for f in fields if _starts(f)]
    return sa.case((sa.or_(*starting), 0), else_=ANYWHERE) if starting else sa.literal(ANYWHERE)


def _starts(f: Field) -> bool:
    return any(o.name == "starts" for o in f.kind.operators_for(f))


def _whole(view, entity: Entity) -> bool:
    """May the actor search everything that the folded text of a record holds?"""
    own = entity.search_fields
    return bool(own) and all(f.key in shown_everywhere(view, entity) for f in own)


def shown_everywhere(view, entity: Entity) -> frozenset[str]:
    """The fields that every grant of the actor shows: on whatever row, none of them is hidden."""
    grants = held(view.catalog, view.actor, entity, "read")
    return frozenset.intersection(*(g.read for g in grants)) if grants else frozenset()
