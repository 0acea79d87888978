"""Which stored records hold certain values: asked for sets, by what makes two values equal in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Entity
from engine.services.access.predicate import visible
from engine.storage.names import compared
from engine.storage.queries.source import EntitySource

PORTION = 2_000
"""Values of one statement: few enough for the limit of bound values, on both databases."""

Mark = tuple[Any, ...]
"""What stands in the compared columns of some fields: equal marks are equal values."""


@dataclass(frozen=True, slots=True)
class Holder:
    id: UUID
    archived: bool
    values: Mapping[str, Any]
    """The fields that were asked for besides."""


def mark_of(entity: Entity, keys: Sequence[str], values: Mapping[str, Any]) -> Mark | None:
    """The mark of a record's values; None when one of them is empty, for empty values equal nothing."""
    mark: list[Any] = []
    for key in keys:
        value = values.get(key)
        if value is None or value == []:
            return None
        f = entity.fields[key]
        columns = f.kind.to_columns(f, value, values.get("id"))
        mark += [columns[name] for name in compared(list(columns))]
    return tuple(mark)


def holders(
    view, entity: Entity, keys: Sequence[str], marks: Collection[Mark], *, seen: bool = True,
    also: Sequence[str] = (), conditions: Iterable[Any] = (),
) -> dict[Mark, list[Holder]]:
    """Records by mark, live ones first. `seen`: only those that the actor may see with these fields.

    `also`: fields whose values are wanted too. `conditions`: functions of the source that narrow the search.
    """
    found: dict[Mark, list[Holder]] = {}
    if not marks:
        return found
    statement = view.statement()
    source = EntitySource(statement, entity)
    columns = []
    for key in keys:
        f = entity.fields[key]
        named = [c.name for c in f.kind.columns(f)]
        columns += [source.table.c[name] for name in compared(named)]
    width = len(columns)
    narrowest = max(range(width), key=lambda n: len({mark[n] for mark in marks}))
    chosen = columns[narrowest]
    selected = [source.table.c.id, source.table.c.archived_at, *columns]
    at = len(selected)
    selected += [c for key in also for c in source.columns(entity.fields[key])]
    query = sa.select(*(c.label(f"c{i}") for i, c in enumerate(selected))).select_from(source.table)
    query = query.where(chosen.in_(sa.bindparam("marks", type_=chosen.type, expanding=True)))
    if seen:
        query = query.where(*visible(statement, entity, source, showing=(*keys, *also)))
    query = query.where(*(condition(source) for condition in conditions))
    decode = source.decoder(tuple(also))
    wanted = set(marks)
    every = list({mark[narrowest] for mark in marks if mark[narrowest] is not None})
    for start in range(0, len(every), PORTION):
        for row in view.select(query, marks=every[start : start + PORTION]):
            mark = tuple(row[2 : 2 + width])
            if mark in wanted:
                values = decode(row, at, {"id": row[0]}) if also else {}
                found.setdefault(mark, []).append(Holder(row[0], row[1] is not None, values))
    for held in found.values():
        held.sort(key=lambda h: h.archived)
    return found
