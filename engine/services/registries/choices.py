"""What may be chosen in a link: the records that its `where` and the actor's rights leave, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotFound
from engine.fields.column_types import Id
from engine.model import Entity, Field
from engine.services.access.predicate import visible
from engine.services.display import Display, display_keys, joined
from engine.services.records.reading import NO_SUCH, entity_at
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.rules import clause

MOST = 50


@dataclass(frozen=True)
class Choice:
    id: str
    text: str


class ValuesSource:
    """The record being filled in, as a source of bound values: a rule's outer names in a query over candidates."""

    def __init__(self, statement: Statement, fields: Mapping[str, Field], values: Mapping[str, Any]):
        self.statement, self.fields, self.record = statement, fields, values
        self.dialect = statement.dialect

    def column(self, name: str) -> sa.ColumnElement:
        if name == "id":
            return sa.literal(self.record.get("id"), Id())
        f = self.fields[name]
        kind = f.kind.columns(f)[0].type
        value = self.record.get(name)
        return (
            sa.cast(sa.null(), kind)
            if value is None
            else sa.literal(f.kind.to_columns(f, value)[f.kind.columns(f)[0].name], kind)
        )

    def link(self, name: str) -> tuple[sa.ColumnElement, Callable[[], EntitySource]]:
        f = self.fields[name]
        target = self.statement.catalog.entity(f.kind.targets(f)[0])
        there = EntitySource(self.statement, target)
        # The id was typed, so it may be anybody's: a record that is not shown is as good as none.
        shown = visible(self.statement, target, there)
        own = sa.select(there.table.c.id).where(there.table.c.id == self.column(name), *shown).scalar_subquery()
        return own, lambda: EntitySource(self.statement, target)

    def rows(self, name: str):
        raise NotFound([NO_SUCH])

    values = rows


def choices(
    view,
    address: str,
    path: str,
    search: str = "",
    values: Mapping[str, Any] | None = None,
    limit: int = 20,
    row: Mapping[str, Any] | None = None,
    include: UUID | None = None,
    any_of_them: bool = False,
) -> list[Choice]:
    """Options for the link at `path` (`payer`, `lines.service`), judged against the values typed so far.

    `row`: the row that holds the link. `include`: the present value, offered although its `where` moved on.
    `any_of_them`: for a filter, which may ask for whatever is linked already: the link's `where` is not judged.
    """
    from engine.services.access.grants import can, readable
    from engine.services.registries.searching import found_by

    entity = entity_at(view, address)
    f = field_at(entity, path)
    if f is None or path.split(".")[0] not in readable(view.catalog, view.actor, entity):
        raise NotFound([NO_SUCH])
    found: list[Choice] = []
    targets = f.kind.targets(f)
    for target_address in targets:
        target = view.catalog.entities.get(target_address)
        if target is None or not can(view.catalog, view.actor, target, "read"):
            continue
        statement = view.statement()
        source = EntitySource(statement, target)
        # Only what may be named: a choice is its name, and hidden fields must not be told by it.
        seen = visible(statement, target, source, showing=display_keys(view.catalog, target))
        conditions = [*seen, source.table.c.archived_at.is_(None)]
        where = f.options.get("where")
        if hasattr(where, "evaluate") and not any_of_them:
            outer = laid(entity, path, values or {}, row)
            conditions.append(
                clause(where, ValuesSource(statement, fields_around(entity, path), outer), view.binds, source)
            )
        if search.strip():
            conditions.append(found_by(view, statement, target, source, search))
        present = [source.table.c.id == include, *seen] if include else None
        found += _options(
            view, target, source, conditions, present, min(limit, MOST), target_address if len(targets) > 1 else ""
        )
    return found


def _options(view, target: Entity, source: EntitySource, conditions, present, limit: int, prefix: str) -> list[Choice]:
    display = Display(source.statement, target, source)
    wanted = sa.and_(*conditions) if present is None else sa.or_(sa.and_(*conditions), sa.and_(*present))
    statement = sa.select(*(c.label(f"c{i}") for i, c in enumerate([source.table.c.id, *display.columns])))
    statement = statement.select_from(joined(source.table, display.joins)).where(wanted).limit(limit)
    order = []
    if present is not None:
        order.append(sa.case((present[0], 0), else_=1))
    for key in display_keys(view.catalog, target)[:2]:
        f = target.fields[key]
        if f.kind.can_sort(f) and not f.kind.targets(f) and f.stored:
            order.append(f.kind.order(f, source.table))
    read = display.reader(view)
    rows = view.select(statement.order_by(*order, source.table.c.id))
    return [Choice(f"{prefix}:{r[0]}" if prefix else str(r[0]), read(r, 1) or str(r[0])) for r in rows]


def field_at(entity: Entity, path: str) -> Field | None:
    """The field at a path of keys, rows included."""
    fields: Mapping[str, Field] = entity.fields
    found = None
    for key in path.split("."):
        found = fields.get(key)
        if found is None:
            return None
        fields = found.fields
    if found is not None and found.fields and found.kind.targets(found):
        return next(iter(found.fields.values()))
    return found


def fields_around(entity: Entity, path: str) -> dict[str, Field]:
    """The record's fields with those of the row laid over them."""
    found = dict(entity.fields)
    fields: Mapping[str, Field] = entity.fields
    for key in path.split(".")[:-1]:
        fields = fields[key].fields
        found.update(fields)
    return found


def laid(entity: Entity, path: str, values: Mapping[str, Any], row: Mapping[str, Any] | None) -> dict[str, Any]:
    """The record's values with those of the row laid over them."""
    return {**values, **(row or {})}
