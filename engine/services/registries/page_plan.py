"""How a list is read, whatever is asked of its rows: columns, joins, masks of rights and the order.

Kept with the Catalog for all actors of the same roles, because building it costs more than running it; the
conditions of a request are added to it each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.model import Entity, Field
from engine.services.display import Display, joined, linked
from engine.services.registries.columns import ALWAYS, Columns
from engine.services.registries.cursor import Key
from engine.services.registries.query import Query
from engine.storage.queries.source import Decode, EntitySource
from engine.storage.queries.statement import Statement


@dataclass(frozen=True)
class PagePlan:
    statement: Statement
    source: EntitySource
    query: sa.Select
    """Everything but conditions, order and limit."""
    decode: Decode
    displays: tuple[tuple[str, int, Display], ...]
    """(`@key`, where its columns begin, how it is read)"""
    beyond: tuple[tuple[str, int, str, Decode], ...]
    """(path over a link, where its columns begin, the field there, how it is decoded)"""
    masks: tuple[tuple[int, tuple[str, ...]], ...]
    """(column that says whether they are shown on this row, fields)"""
    keys: tuple[Key, ...]
    places: tuple[int, ...]
    """Where the values of `keys` are selected."""

    def reader(self, view: Any) -> Callable[[Sequence[Any]], dict[str, Any]]:
        """Row -> record, in the view's language."""
        displays = [(key, offset, display.reader(view)) for key, offset, display in self.displays]
        decode, beyond, masks = self.decode, self.beyond, self.masks

        def read(row: Sequence[Any]) -> dict[str, Any]:
            record = decode(row, 0, {})
            for key, offset, say in displays:
                text = say(row, offset)
                if text is not None or key not in record:
                    record[key] = text
            for path, offset, key, decode_there in beyond:
                record[path] = decode_there(row, offset, {})[key]
            for offset, keys in masks:
                if not row[offset]:
                    _mask(record, keys)
            return record

        return read


def _mask(record: dict[str, Any], keys: Sequence[str]) -> None:
    for key in keys:
        if key in record:
            record[key] = None
        record.pop(f"@{key}", None)


def page_plan(view: Any, entity: Entity, query: Query) -> PagePlan:
    """The plan of `query` for this actor. Raises BadRequest for names that do not fit."""
    return view.plan(
        ("page", entity.address, query.fields, query.sort, query.shown, query.verb),
        lambda statement: _build(Columns(view, entity, EntitySource(statement, entity), query.verb), query),
    )


def _build(columns: Columns, query: Query) -> PagePlan:
    source, statement = columns.source, columns.source.statement
    fields = _fields(columns, query)
    keys = columns.keys(query.sort)
    selected = [c for f in fields for c in source.columns(f)]
    displays: list[tuple[str, int, Display]] = []
    for f in fields if query.shown else ():
        for display in columns.names(f) if f.kind.targets(f) else ():
            displays.append((f"@{f.key}", len(selected), display))
            selected.extend(display.columns)
    beyond = _beyond(columns, query, selected, displays)
    masks = _masks(columns, fields, [path for path, *_ in beyond], selected)
    places = []
    for key in keys:
        place = next((n for n, c in enumerate(selected) if c is key.column), len(selected))
        if place == len(selected):
            selected.append(key.column)
        places.append(place)
    base = sa.select(*(c.label(f"c{i}") for i, c in enumerate(selected)))
    return PagePlan(
        statement,
        source,
        base.select_from(joined(source.table, columns.joins)),
        source.decoder(tuple(f.key for f in fields)),
        tuple(displays),
        tuple(beyond),
        tuple(masks),
        tuple(keys),
        tuple(places),
    )


def _fields(columns: Columns, query: Query) -> list[Field]:
    """The fields of the entity's own table that are read, `id` and `version` always."""
    entity = columns.entity
    if query.fields is None:
        found = [f for f in entity.fields.values() if f.key in columns.allowed and not f.kind.secret]
    else:
        found = [columns.field(key) for key in dict.fromkeys(query.fields) if "." not in key]
    found = [f for f in found if not f.is_many and (not f.kind.virtual or f.is_computed)]
    present = {f.key for f in found}
    return [*(entity.fields[k] for k in ALWAYS if k not in present), *found]


def _beyond(
    columns: Columns, query: Query, selected: list[sa.ColumnElement], displays: list[tuple[str, int, Display]]
) -> list[tuple[str, int, str, Decode]]:
    """Fields of linked records (`payer.bin`)."""
    found = []
    for path in dict.fromkeys(query.fields or ()):
        if "." not in path:
            continue
        display, inner = columns.beyond(path)
        there = display.source
        found.append((path, len(selected), inner.key, there.decoder((inner.key,))))
        selected.extend(there.columns(inner))
        targets = inner.kind.targets(inner) if query.shown else ()
        for other in linked(there.statement, inner, there, 1) if targets else ():
            columns.joins.extend(other.joins)
            displays.append((f"@{path}", len(selected), other))
            selected.extend(other.columns)
    return found


def _masks(
    columns: Columns, fields: Sequence[Field], paths: Sequence[str], selected: list[sa.ColumnElement]
) -> list[tuple[int, tuple[str, ...]]]:
    """A column for each group of fields that is shown on some rows only."""
    groups: dict[frozenset[int], list[str]] = {}
    first: dict[frozenset[int], str] = {}
    for name in (*(f.key for f in fields if f.key not in ALWAYS), *paths):
        key = name.partition(".")[0]
        # By the grants, not by their roles: `also:` and what is lent give one role several, each on its own rows.
        showing = frozenset(n for n, g in enumerate(columns.grants) if key in g.read)
        groups.setdefault(showing, []).append(name)
        first.setdefault(showing, key)
    masks = []
    for showing, names in groups.items():
        condition = columns.condition_of(first[showing])
        if condition is not None:
            masks.append((len(selected), tuple(names)))
            selected.append(condition)
    return masks
