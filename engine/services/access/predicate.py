"""Access rules as one SQL predicate, and as a judgement of one record. Nothing leaves the database without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.model import Entity
from engine.services.access.grants import Grant, can, held
from engine.services.access.reach import READS, UNIT
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement


def visible(
    statement: Statement, entity: Entity, source: EntitySource, verb: str = "read", showing: Iterable[str] = ()
) -> list[sa.ColumnElement]:
    """Conditions that leave only the records on which the statement's actor holds `verb`.

    `showing`: only by grants that also show these fields. No right at all: no record.
    """
    actor = statement.actor
    if actor.is_system and actor.organisation_id is None:
        return []
    conditions = []
    if "organisation" in entity.fields and not (actor.reaches_beyond and verb in READS):  # there each rule says it
        conditions.append(source.table.c.organisation_id == statement.organisation)
    found = [g for g in held(statement.catalog, actor, entity, verb) if g.read.issuperset(showing)]
    if not found or not can(statement.catalog, actor, entity, verb):
        return [sa.false()]
    if all(g.where is not None for g in found):
        conditions.append(sa.or_(*(source.clause(g.where) for g in found)))
    return conditions


def holds(grant: Grant, context: Any) -> bool:
    """Does the grant cover the record that `context` holds?"""
    return grant.where is None or bool(grant.where.evaluate(context))


def covering(view, entity: Entity, verb: str, context: Any) -> tuple[Grant, ...]:
    """The actor's grants of `verb` that cover one record, judged on its values in memory where these are enough."""
    return covering_each(view, entity, verb, [context])[0]


def covering_each(view, entity: Entity, verb: str, contexts: Sequence[Any]) -> list[tuple[Grant, ...]]:
    """For each of several records the grants of `verb` that cover it: one statement at most, however many they are."""
    if not can(view.catalog, view.actor, entity, verb):
        return [()] * len(contexts)
    found = held(view.catalog, view.actor, entity, verb)
    if all(g.where is None for g in found):
        return [found] * len(contexts)
    beside = beside_the_record(entity, (g.where for g in found))
    stand(view, entity, (c.record for c in contexts))
    true = true_of_each(view, entity, [c.record.get("id") for c in contexts], beside)
    return [
        tuple(
            g
            for g in found
            if (g.where in true.get(c.record.get("id"), ()) if g.where in beside else holds(g, c))
        )
        for c in contexts
    ]


def stand(view, entity: Entity, records: Iterable[Mapping[str, Any]]) -> None:
    """Read where the records stand in the tree of units, of all by one statement, when the actor's rules will ask."""
    if view.actor.is_parted and "organisation" in entity.fields:
        keys = [k for k in (entity.unit, "organisation") if k is not None]
        view.read_places(UNIT, {id for r in records for k in keys if (id := r.get(k)) is not None})


def beside_the_record(entity: Entity, rules: Iterable[Any]) -> frozenset[Any]:
    """Of the rules those that read records which only point to this one: no values of its own can answer them."""
    behind = {f.key for f in entity.fields.values() if f.kind.virtual and not f.is_computed}
    return frozenset(r for r in rules if r is not None and any(path[0] in behind for path in r.paths))


def true_of_each(view, entity: Entity, ids: Iterable[Any], rules: Collection[Any]) -> dict[Any, frozenset[Any]]:
    """Which of the rules hold for each of the stored records: one statement, none where there is nothing to ask."""
    asked, wanted = tuple(rules), [id for id in ids if id is not None]
    if not asked or not wanted:
        return {}

    def build(statement: Statement) -> sa.Select:
        source = EntitySource(statement, entity)
        held_here = [sa.case((source.clause(r), 1), else_=0).label(f"r{n}") for n, r in enumerate(asked)]
        own = source.table.c.id
        return sa.select(own, *held_here).where(own.in_(sa.bindparam("ids", expanding=True)))

    rows = view.select(view.plan(("rules", entity.address, asked), build), ids=wanted)
    return {row[0]: frozenset(r for r, held_here in zip(asked, row[1:], strict=True) if held_here) for row in rows}
