"""Quick search as a condition: folded texts of the record, or the name of a record that it links to."""

from __future__ import annotations

import sqlalchemy as sa

from engine.language import search_key
from engine.model import Entity
from engine.services.access.grants import held
from engine.services.access.predicate import visible
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.search import search_clause, search_fields


def found_by(
    view, statement: Statement, entity: Entity, source: EntitySource, text: str, depth: int = 0
) -> sa.ColumnElement:
    """Quick search: the entity's own texts, or the name of a linked record that its `search` names.

    The ids come from a union of index searches, because an OR over two tables would read every row. A text that
    is hidden on some row is not searched at all: finding a record by it would tell what it says.
    """
    folded = search_key(text)[:200]
    if not folded:
        return sa.true()
    shown = shown_everywhere(view, entity)
    own = search_fields(entity)
    whole = bool(own) and all(f.key in shown for f in own)
    found = []
    for key in entity.search if not depth else ():
        f = entity.fields.get(key)
        if f is None or key not in shown or len(f.kind.targets(f)) != 1 or f.is_many:
            continue
        target = view.catalog.entity(f.kind.targets(f)[0])
        if not target.search:
            continue
        there, mine = EntitySource(statement, target), EntitySource(statement, entity)
        inner = sa.select(there.table.c.id).where(
            found_by(view, statement, target, there, text, depth + 1), *visible(statement, target, there)
        )
        found.append(sa.select(mine.table.c.id).where(f.kind.expression(f, mine.table).in_(inner)))
    if whole and not found:
        return search_clause(source.dialect, source.table, folded)
    here = EntitySource(statement, entity)
    if whole:
        found.append(sa.select(here.table.c.id).where(search_clause(source.dialect, here.table, folded)))
    else:
        plain = [f.kind.clause(f, here.table, "contains", [text.strip()]) for f in own if f.key in shown]
        found += [sa.select(here.table.c.id).where(sa.or_(*plain))] if plain else []
    if not found:
        return sa.false()
    return source.table.c.id.in_(found[0] if len(found) == 1 else sa.union(*found))


def shown_everywhere(view, entity: Entity) -> frozenset[str]:
    """The fields that every grant of the actor shows: on whatever row, none of them is hidden."""
    grants = held(view.catalog, view.actor, entity, "read")
    return frozenset.intersection(*(g.read for g in grants)) if grants else frozenset()
