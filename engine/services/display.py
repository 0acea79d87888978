"""A record in one line, and the names of the records it links to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Catalog, Entity, Field
from engine.services.access.grants import readable
from engine.services.access.predicate import visible
from engine.storage.queries.source import EntitySource


def display_text(entity: Entity, values: Mapping[str, Any], language: str, names: Any) -> str:
    """The entity's `display`, filled from the record; parts that are empty leave nothing behind."""
    parts = []
    for part in entity.display:
        if isinstance(part, str):
            parts.append(part)
        else:
            f = entity.fields[part[0]]
            parts.append(f.kind.formatter(f, language, names)(values))
    return " ".join("".join(parts).split()).strip(" ,;-·—")


def display_keys(catalog: Catalog, entity: Entity) -> tuple[str, ...]:
    """Fields that stand in the entity's display."""
    keys = [p[0] for p in entity.display if not isinstance(p, str) and p[0] in entity.fields]
    return tuple(k for k in dict.fromkeys(keys) if not entity.fields[k].is_many)


class Names:
    """The display of a linked entity inside a query: its columns, its joins and how to read them."""

    def __init__(self, view, entity: Entity, source: EntitySource, depth: int = 0):
        self.entity, self.source = entity, source
        allowed = readable(view.catalog, view.actor, entity) if not view.actor.is_system else frozenset(entity.fields)
        keys = display_keys(view.catalog, entity)
        self.keys = keys if set(keys) <= allowed else ()
        self.columns: list[sa.ColumnElement] = [source.table.c.id]
        self.joins: list[tuple[sa.FromClause, sa.ColumnElement]] = []
        self.inner: list[tuple[str, Names]] = []
        for key in self.keys:
            self.columns.extend(source.columns(entity.fields[key]))
        if depth < 2:
            for key in self.keys:
                f = entity.fields[key]
                for inner in linked(view, f, source, depth + 1):
                    self.inner.append((key, inner))
                    self.joins.extend(inner.joins)
                    self.columns.extend(inner.columns)
        self.language, self.names = view.language, view.names
        self.formats: list[str | Callable[[Mapping[str, Any]], str]] = [
            p
            if isinstance(p, str)
            else entity.fields[p[0]].kind.formatter(entity.fields[p[0]], view.language, view.names)
            for p in entity.display
        ]
        self.width = len(self.columns)

    def read(self, row: Sequence[Any], offset: int) -> str | None:
        """The text, or None when the record is not there or not shown."""
        if row[offset] is None:
            return None
        if not self.keys:
            return ""
        values = self.source.decode(self.keys, row, offset + 1, {})
        at = offset + self.width - sum(inner.width for _, inner in self.inner)
        for key, inner in self.inner:
            text = inner.read(row, at)
            if text is not None:
                values["@" + key] = text
            at += inner.width
        text = "".join(f if isinstance(f, str) else f(values) for f in self.formats)
        return " ".join(text.split()).strip(" ,;-·—")


def linked(view, f: Field, source: EntitySource, depth: int = 0) -> list[Names]:
    """For a link in a query: the display of each entity it may lead to, joined only where the actor may see it."""
    found = []
    targets = f.kind.targets(f)
    for address in targets:
        target = view.catalog.entities.get(address)
        if target is None:
            continue
        other = EntitySource(view, target)
        names = Names(view, target, other, depth)
        column = (
            f.kind.expression(f, source.table) if len(targets) == 1 else source.table.c[f.kind.column_of(f, address)]
        )
        names.joins.insert(0, (other.table, sa.and_(other.table.c.id == column, *visible(view, target, other))))
        found.append(names)
    return found


def names_of(view, address: str, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The display of several records of one entity that the actor may see: one statement."""
    wanted = list(ids)
    if not wanted or address not in view.catalog.entities:
        return {}
    entity = view.catalog.entity(address)
    view.new_statement()
    source = EntitySource(view, entity)
    names = Names(view, entity, source)
    statement = sa.select(*names.columns).select_from(joined(source.table, names.joins))
    statement = statement.where(source.table.c.id.in_(wanted), *visible(view, entity, source))
    return {row[0]: names.read(row, 0) or "" for row in view.execute(statement)}


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
