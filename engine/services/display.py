"""A record in one line, and the names of the records it links to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Catalog, Entity, Field
from engine.services.access.predicate import visible
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement

DEPTH = 2
"""Links that a display may follow from the record that it names."""


def display_text(entity: Entity, values: Mapping[str, Any], language: str, names: Any) -> str:
    """The entity's `display`, filled from the record."""
    return said(display_parts(entity, language, names), values)


def display_keys(catalog: Catalog, entity: Entity) -> tuple[str, ...]:
    """Fields that stand in the entity's display."""
    keys = [p[0] for p in entity.display if not isinstance(p, str) and p[0] in entity.fields]
    return tuple(k for k in dict.fromkeys(keys) if not entity.fields[k].is_many)


class Display:
    """The display of a linked entity inside a query: its columns, its joins and how to read them."""

    def __init__(self, statement: Statement, entity: Entity, source: EntitySource, depth: int = 0):
        self.entity, self.source = entity, source
        self.keys = display_keys(statement.catalog, entity)
        # The version says whether a record is joined there; an id would be decoded for nothing.
        self.columns: list[sa.ColumnElement] = [source.table.c.version]
        self.joins: list[tuple[sa.FromClause, sa.ColumnElement]] = []
        self.inner: list[tuple[str, Display]] = []
        for key in self.keys:
            self.columns.extend(source.columns(entity.fields[key]))
        self.inner_at = len(self.columns)
        for key in self.keys if depth < DEPTH else ():
            for inner in linked(statement, entity.fields[key], source, depth + 1):
                self.inner.append((key, inner))
                self.joins.extend(inner.joins)
                self.columns.extend(inner.columns)
        self.width = len(self.columns)

    def reader(self, view) -> Callable[[Sequence[Any], int], str | None]:
        """(row, offset of the columns) -> the text in the view's language; None when nothing is joined there."""
        entity, language, names = self.entity, view.language, view.names
        parts = names.kept(("display", entity, language), lambda: display_parts(entity, language, names))
        decode = self.source.decoder(self.keys)
        inner = [(f"@{key}", display.width, display.reader(view)) for key, display in self.inner]
        inner_at = self.inner_at

        def read(row: Sequence[Any], offset: int) -> str | None:
            if row[offset] is None:
                return None
            values = decode(row, offset + 1, {})
            at = offset + inner_at
            for key, width, inner_read in inner:
                text = inner_read(row, at)
                if text is not None or key not in values:
                    values[key] = text
                at += width
            return said(parts, values)

        return read


def display_parts(entity: Entity, language: str, names: Any) -> list[str | Callable[[Mapping[str, Any]], str]]:
    """The entity's `display` as literal texts and formatters."""
    return [
        p if isinstance(p, str) else entity.fields[p[0]].kind.formatter(entity.fields[p[0]], language, names)
        for p in entity.display
    ]


def said(parts: Iterable[str | Callable[[Mapping[str, Any]], str]], values: Mapping[str, Any]) -> str:
    """The parts put together. An empty one takes the words before it along: the display
    `№ {number}, {payer}` of a draft is the payer."""
    kept: list[str] = []
    words = ""
    for part in parts:
        if isinstance(part, str):
            words += part
            continue
        text = part(values)
        if text:
            kept += (words, text)
        words = ""
    return " ".join("".join((*kept, words)).split()).strip(" ,;-·—")


def linked(statement: Statement, f: Field, source: EntitySource, depth: int = 0) -> list[Display]:
    """For a link in a query: the display of each entity it may lead to, joined only where the actor may see it."""
    found = []
    targets = f.kind.targets(f)
    for address in targets:
        target = statement.catalog.entities.get(address)
        if target is None:
            continue
        other = EntitySource(statement, target)
        display = Display(statement, target, other, depth)
        if f.is_computed and not f.stored:
            column = source.column(f.key)  # a link taken through another one has no column of its own
        elif len(targets) == 1:
            column = f.kind.expression(f, source.table)
        else:
            column = source.table.c[f.kind.column_of(f, address)]
        shown = visible(statement, target, other, showing=display.keys)
        display.joins.insert(0, (other.table, sa.and_(other.table.c.id == column, *shown)))
        found.append(display)
    return found


def names_of(view, address: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The display of several records of one entity that the actor may see: one statement."""
    wanted = list(ids)
    if not wanted or address not in view.catalog.entities:
        return {}
    entity = view.catalog.entity(address)

    def build(statement: Statement) -> tuple[sa.Select, Display]:
        source = EntitySource(statement, entity)
        display = Display(statement, entity, source)
        query = sa.select(*(c.label(f"c{i}") for i, c in enumerate([source.table.c.id, *display.columns])))
        query = query.select_from(joined(source.table, display.joins))
        ids_given = source.table.c.id.in_(sa.bindparam("ids", expanding=True))
        return query.where(ids_given, *visible(statement, entity, source, showing=display.keys)), display

    query, display = view.plan(("names", address), build)
    read = display.reader(view)
    return {row[0]: read(row, 1) or "" for row in view.select(query, ids=wanted)}


def joined(table: sa.FromClause, joins: Iterable[tuple[sa.FromClause, sa.ColumnElement]]) -> sa.FromClause:
    found = table
    for other, condition in joins:
        found = found.outerjoin(other, condition)
    return found


def show_links(view, entity: Entity, records: Sequence[dict[str, Any]], many_only: bool = False) -> None:
    """Put the display of linked records beside the links, in records and their rows: one statement an entity.

    `many_only`: only fields of many links; the single ones were joined when the records were loaded.
    """
    places: dict[str, list[tuple[dict[str, Any], str, UUID]]] = {}
    for record in records:
        _collect(entity.fields, record, places, many_only)
    for address, found in places.items():
        texts = names_of(view, address, {id for *_, id in found})
        for holder, key, id in found:
            if not isinstance(holder.get(key), list):
                holder["@" + key] = texts.get(id)
            else:
                holder.setdefault("@" + key, []).append(texts.get(id))


def _collect(
    fields: Mapping[str, Field], record: dict[str, Any], places: dict[str, list], many_only: bool = False
) -> None:
    for f in fields.values():
        value = record.get(f.key)
        if value is None:
            continue
        if f.is_many:
            for row in value:
                if isinstance(row, dict):
                    _collect(f.fields, row, places, many_only)
                else:
                    for inner in f.fields.values():
                        for address in inner.kind.targets(inner)[:1]:
                            places.setdefault(address, []).append((record, f.key, row))
            continue
        targets = f.kind.targets(f)
        if many_only:
            continue
        if isinstance(value, tuple):
            places.setdefault(value[0], []).append((record, f.key, value[1]))
        elif targets:
            places.setdefault(targets[0], []).append((record, f.key, value))
