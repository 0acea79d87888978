"""How many records several lists hold, by one statement: for pages that tell of many lists at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.services.access.grants import can
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import entity_at
from engine.services.registries.columns import Columns
from engine.services.registries.listing import conditions_of
from engine.services.registries.query import Query
from engine.storage.queries.source import EntitySource


def counts(view: Any, asked: Sequence[tuple[str, Query]]) -> list[int]:
    """The count of each list, with the same conditions by which `listing` would read it.

    Raises NotFound for an entity that is not the actor's to read, BadRequest for conditions that do not fit.
    """
    statement = view.statement()
    parts = []
    for number, (address, query) in enumerate(asked):
        entity = entity_at(view, address)
        if not can(view.catalog, view.actor, entity, "read"):
            raise refuse_verb(view, entity, "read")
        columns = Columns(view, entity, EntitySource(statement, entity))
        parts.append(
            sa.select(sa.literal(number).label("number"), sa.func.count().label("count"))
            .select_from(columns.source.table).where(*conditions_of(view, columns, query))
        )
    if not parts:
        return []
    found: dict[int, int] = dict(view.select(sa.union_all(*parts)).all())
    return [found[number] for number in range(len(parts))]
