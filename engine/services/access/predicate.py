"""Access rules as one SQL predicate, and as a judgement of one record. Nothing leaves the database without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from engine.model import Entity
from engine.services.access.grants import Grant, can, held
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
    if "organisation" in entity.fields:
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
    """The actor's grants of `verb` that cover one record, judged in memory on its values."""
    if not can(view.catalog, view.actor, entity, verb):
        return ()
    return tuple(g for g in held(view.catalog, view.actor, entity, verb) if holds(g, context))
