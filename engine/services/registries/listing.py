"""A page of records. Two statements at most (the page, the count with totals), however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem
from engine.language import N_, search_key
from engine.model import Entity, Field
from engine.services.access.grants import can, held
from engine.services.access.predicate import visible
from engine.services.display import joined, linked
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH
from engine.services.registries.columns import ALWAYS, Columns, no_field
from engine.services.registries.cursor import Key, beyond, decode, encode, ordering
from engine.services.registries.query import MOST, Page, Query
from engine.storage.queries.rows import fill_rows
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.search import search_clause, search_fields

LIMIT = N_("Ask for 1 to %(most)s records at once")


def listing(view, address: str, query: Query) -> Page:
    """The records that the actor may see and the query asks for.

    Raises NotFound for an entity that is not theirs, BadRequest for names, values and tokens that do not fit.
    """
    entity = view.catalog.entities.get(address)
    if entity is None:
        raise NotFound([NO_SUCH])
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    if not 1 <= query.limit <= MOST:
        raise BadRequest([Problem("page.limit", LIMIT, "limit", {"most": MOST})])
    columns = Columns(view, entity)
    conditions = _conditions(view, columns, query)
    keys = columns.keys(query.sort)
    beyond_links = [key for key in dict.fromkeys(query.fields or ()) if "." in key]
    reader = Reader(view, columns, _plain_fields(columns, query), query.shown, beyond_links)
    records, page = _page(view, columns, reader, keys, conditions, query)
    if query.count or query.totals:
        _count(view, columns, conditions, query, page)
    if query.rows:
        wanted = [
            f for f in entity.row_fields if f.key in columns.allowed and (query.fields is None or f.key in query.fields)
        ]
        fill_rows(view, wanted, records)
    return page


def _plain_fields(columns: Columns, query: Query) -> list[Field]:
    entity = columns.entity
    if query.fields is None:
        found = [f for f in entity.fields.values() if f.key in columns.allowed and not f.kind.secret]
    else:
        found = [columns.field(key) for key in dict.fromkeys(query.fields) if "." not in key]
    found = [f for f in found if not f.is_many and (not f.kind.virtual or f.is_computed)]
    present = {f.key for f in found}
    return [*(entity.fields[k] for k in ALWAYS if k not in present), *found]


def _conditions(view, columns: Columns, query: Query) -> list[sa.ColumnElement]:
    table = columns.source.table
    conditions = list(visible(columns.statement, columns.entity, columns.source))
    if "archived_at" in table.c:
        conditions.append(table.c.archived_at.is_not(None) if query.archived else table.c.archived_at.is_(None))
    for key, operator, values in query.filters:
        conditions.append(columns.filter(key, operator, values))
    if query.where is not None and query.where != "":
        conditions.append(
            columns.rule(query.where) if isinstance(query.where, str) else columns.source.clause(query.where)
        )
    if query.search.strip():
        conditions.append(found_by(view, columns.statement, columns.entity, columns.source, query.search))
    return conditions


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


class Reader:
    """Turns rows of the page's statement into records: values, masks of rights, displays of links."""

    def __init__(self, view, columns: Columns, fields: Sequence[Field], shown: bool, paths: Sequence[str] = ()):
        self.columns, self.fields = columns, list(fields)
        self._decode = columns.source.decoder(tuple(f.key for f in self.fields))
        self.selected: list[sa.ColumnElement] = []
        for f in self.fields:
            self.selected.extend(columns.source.columns(f))
        self.displays: list[tuple[str, int, Callable[[Sequence[Any], int], str | None]]] = []
        for f in self.fields if shown else ():
            if not f.kind.targets(f):
                continue
            for names in columns.names(f):
                self.displays.append((f"@{f.key}", len(self.selected), names.reader(view)))
                self.selected.extend(names.columns)
        self.beyond: list[tuple[str, int, Field, EntitySource]] = []
        for path in paths:
            names, inner = columns.beyond(path)
            self.beyond.append((path, len(self.selected), inner, names.source))
            self.selected.extend(names.source.columns(inner))
            for other in (
                linked(columns.statement, inner, names.source, 1) if shown and inner.kind.targets(inner) else ()
            ):
                columns.joins.extend(other.joins)
                self.displays.append((f"@{path}", len(self.selected), other.reader(view)))
                self.selected.extend(other.columns)
        self.masks: list[tuple[int, list[str]]] = []
        self._mask()

    def _mask(self) -> None:
        """A column for each group of fields that is shown on some rows only."""
        groups: dict[frozenset[str], list[str]] = {}
        for f in self.fields:
            if f.key in ALWAYS:
                continue
            showing = frozenset(g.role for g in self.columns.grants if f.key in g.read)
            groups.setdefault(showing, []).append(f.key)
        for path, *_ in self.beyond:
            link = path.partition(".")[0]
            showing = frozenset(g.role for g in self.columns.grants if link in g.read)
            groups.setdefault(showing, [link]).append(path)
        for keys in groups.values():
            condition = self.columns.condition_of(keys[0])
            if condition is not None:
                self.masks.append((len(self.selected), keys))
                self.selected.append(condition)

    def read(self, row: Sequence[Any]) -> dict[str, Any]:
        record = self._decode(row, 0, {})
        for key, offset, read in self.displays:
            text = read(row, offset)
            if text is not None or key not in record:
                record[key] = text
        for path, offset, inner, source in self.beyond:
            record[path] = source.decode((inner.key,), row, offset, {})[inner.key]
        for offset, keys in self.masks:
            if not row[offset]:
                for key in keys:
                    record[key] = None
                    record.pop(f"@{key}", None)
        return record


def _page(view, columns: Columns, reader: Reader, keys: Sequence[Key], conditions, query: Query):
    backwards = query.before is not None
    token = query.before if backwards else query.after
    places = [_place(reader.selected, k.column) for k in keys]
    selected = list(reader.selected)
    for n, key in enumerate(keys):
        if places[n] is None:
            places[n] = len(selected)
            selected.append(key.column)
    statement = sa.select(*(c.label(f"c{i}") for i, c in enumerate(selected)))
    statement = statement.select_from(joined(columns.source.table, columns.joins)).where(*conditions)
    if token:
        statement = statement.where(beyond(keys, decode(token, keys), backwards))
    statement = statement.order_by(*ordering(keys, backwards)).limit(query.limit + 1)
    rows = view.select(statement).all()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backwards:
        rows.reverse()
    records = [reader.read(row) for row in rows]
    page = Page(records)
    if rows:
        if more or backwards:
            page.next = encode([rows[-1][n] for n in places])
        if more if backwards else bool(token):
            page.previous = encode([rows[0][n] for n in places])
    return records, page


def _place(selected: Sequence[sa.ColumnElement], column: sa.ColumnElement) -> int | None:
    """Where a column is selected already."""
    return next((n for n, c in enumerate(selected) if c is column), None)


def _count(view, columns: Columns, conditions, query: Query, page: Page) -> None:
    selected: list[sa.ColumnElement] = [sa.func.count()]
    fields = []
    for key in query.totals:
        f = columns.field(key, "totals")
        if f.kind.align != "end" or f.is_many:
            raise no_field(key, "totals")
        column = columns.source.column(key)
        condition = columns.condition_of(key)
        column = column if condition is None else sa.case((condition, column))
        selected.append(sa.type_coerce(sa.func.sum(column), column.type))
        fields.append(f)
    row = view.select(sa.select(*selected).select_from(columns.source.table).where(*conditions)).one()
    page.count = row[0]
    page.totals = {f.key: None if v is None else f.kind.fitted(f, v) for f, v in zip(fields, row[1:], strict=True)}


__all__ = ["found_by", "listing"]
