"""A place in a query where an entity stands: its table under an alias, read by rules and by selections.

Names of columns come from the Catalog only; a request's names are looked up there before they reach this room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Self

import sqlalchemy as sa

from engine.expression.typed import FieldValue
from engine.fields.base import FieldType
from engine.model import Catalog, Entity, Field
from engine.storage.queries.statement import Statement
from engine.storage.rules import clause, value
from engine.storage.tables import tables_of

Decode = Callable[[Sequence[Any], int, dict[str, Any]], dict[str, Any]]


class FieldsSource:
    """What `EntitySource` and `RowsSource` share: columns by name, links, rows. A `Source` of the rule language."""

    fields: Mapping[str, Field]
    table: sa.FromClause
    address: str

    def __init__(self, statement: Statement):
        self.statement = statement
        self.catalog: Catalog = statement.catalog
        self.dialect: str = statement.dialect

    def on(self, statement: Statement) -> Self:
        """The same place in a statement that continues this one (`Statement.fork`)."""
        other = copy(self)
        other.statement = statement
        return other

    def column(self, name: str) -> sa.ColumnElement:
        if name == "id":
            return self.table.c.id
        f = self.fields[name]
        if f.is_computed and not f.stored:
            return value(f.value, self, self.statement.binds_for(f.value))
        return f.kind.expression(f, self.table)

    def link(self, name: str) -> tuple[sa.ColumnElement, Callable[[], EntitySource]]:
        f = self.fields[name]
        target = self.catalog.entity(f.kind.targets(f)[0])
        return f.kind.expression(f, self.table), lambda: EntitySource(self.statement, target)

    def order(self, f: Field) -> sa.ColumnElement:
        """What the field sorts by. A value taken over links sorts as it does where it is kept: a name by the
        alphabet, not by its letters' numbers."""
        if not f.is_computed or f.stored:
            return f.kind.order(f, self.table)
        taken = f.value.node
        if isinstance(taken, FieldValue) and taken.hops:
            over = self._order_over([hop.name for hop in taken.hops], taken.name)
            if over is not None:
                return over
        return self.column(f.key)

    def _order_over(self, links: Sequence[str], name: str) -> sa.ColumnElement | None:
        if not links:
            return self.order(self.fields[name]) if name in self.fields else None
        link = self.fields[links[0]]
        if link.is_computed and not link.stored:
            return None
        key, make = self.link(link.key)
        there = make()
        inner = there._order_over(links[1:], name)
        if inner is None:
            return None
        found = sa.select(inner).where(there.table.c.id == key).correlate_except(there.table)
        return sa.type_coerce(found.scalar_subquery(), inner.type)

    def rows(self, name: str) -> tuple[FieldsSource, sa.ColumnElement, sa.ColumnElement]:
        """Child rows, or the records behind a backlink: (their source, their column that points here, our id)."""
        f = self.fields[name]
        if f.kind.virtual:
            other = EntitySource(self.statement, self.catalog.entity(f.options["from"]))
            return other, other.link(f.options["field"])[0], self.table.c.id
        child = RowsSource(self.statement, f)
        return child, child.table.c.owner_id, self.table.c.id

    def tree(self, address: str) -> sa.FromClause:
        """The pairs of a tree under an alias of their own."""
        return self.statement.alias(tables_of(self.catalog).closure(address))

    def values(self, name: str) -> tuple[sa.ColumnElement, sa.ColumnElement, sa.ColumnElement]:
        """Several choices or links: (the column of one value, its owner's id column, our id)."""
        child, owner, own = self.rows(name)
        inner = next(iter(child.fields.values()))
        return inner.kind.expression(inner, child.table), owner, own

    def filter(self, name: str, operator: str, values: Sequence[Any]) -> sa.ColumnElement:
        """The condition of one filter; `values` are of the field's type. KeyError for an operator it does not have."""
        f = self.fields[name]
        if f.is_many:
            child = RowsSource(self.statement, f)
            exists = sa.exists().where(child.table.c.owner_id == self.table.c.id)
            if operator == "empty":
                return ~exists if values[0] else exists
            if operator == "not":
                return ~exists.where(f.kind.clause(f, child.table, "is", values))
            return exists.where(f.kind.clause(f, child.table, operator, values))
        if f.is_computed and not f.stored:
            return f.kind.operator(operator).clause(self.column(f.key), values)
        return f.kind.clause(f, self.table, operator, values)

    # -- selections ----------------------------------------------------------------------------------------------

    def columns(self, f: Field) -> list[sa.ColumnElement]:
        """What must be selected to decode the field."""
        if f.is_computed and not f.stored:
            return [value(f.value, self, self.statement.binds_for(f.value))]
        return [self.table.c[c.name] for c in plain_columns(self.catalog, f)]

    def clause(self, rule: Any) -> sa.ColumnElement:
        """A condition of the rule language as SQL over this source."""
        return clause(rule, self, self.statement.binds_for(rule))

    def decode(self, keys: Sequence[str], row: Sequence[Any], offset: int, into: dict[str, Any]) -> dict[str, Any]:
        """The values of `keys` from a row whose columns begin at `offset`, in the order of `columns`."""
        return self.decoder(tuple(keys))(row, offset, into)

    def decoder(self, keys: tuple[str, ...]) -> Decode:
        """The compiled `decode` of these keys, kept for others who ask for the same."""
        return self.catalog.spelled(("decoder", self.address, keys), lambda: self._compile(keys))

    def _compile(self, keys: tuple[str, ...]) -> Decode:
        simple: list[tuple[str, int]] = []
        others: list[tuple[str, int, Any, Field, list[str]]] = []
        place = 0
        for key in keys:
            f = self.fields[key]
            if f.is_computed and not f.stored:
                others.append((key, place, _computed, f, []))
                place += 1
                continue
            names = column_names(self.catalog, f)
            if len(names) == 1 and plain(f):
                simple.append((key, place))
            else:
                others.append((key, place, _composed, f, names))
            place += len(names)

        def decode(row: Sequence[Any], offset: int, into: dict[str, Any]) -> dict[str, Any]:
            for key, at in simple:
                into[key] = row[offset + at]
            for key, at, read, f, names in others:
                into[key] = read(f, names, row, offset + at, into)
            return into

        return decode


def _computed(f: Field, names: list[str], row: Sequence[Any], at: int, into: dict[str, Any]) -> Any:
    found = row[at]
    return None if found is None else f.kind.fitted(f, found)


def _composed(f: Field, names: list[str], row: Sequence[Any], at: int, into: dict[str, Any]) -> Any:
    return f.kind.from_columns(f, {"id": into.get("id"), **dict(zip(names, row[at : at + len(names)], strict=True))})


class EntitySource(FieldsSource):
    """One entity under an alias of its own."""

    def __init__(self, statement: Statement, entity: Entity):
        super().__init__(statement)
        self.entity = entity
        self.address = entity.address
        self.fields = entity.fields
        self.table = statement.alias(tables_of(self.catalog).of(entity))


class RowsSource(FieldsSource):
    """The rows of a many-valued field under an alias of their own."""

    def __init__(self, statement: Statement, f: Field):
        super().__init__(statement)
        self.address = f.address
        self.fields = f.fields
        self.table = statement.alias(tables_of(self.catalog).rows(f))


def plain_columns(catalog: Catalog, f: Field) -> list[sa.Column]:
    """The kind's columns without the keys that exist for sorting; made once a Catalog."""
    return catalog.derived(("columns", f), lambda: [c for c in f.kind.columns(f) if not c.name.endswith("__key")])


def column_names(catalog: Catalog, f: Field) -> list[str]:
    return catalog.derived(("column names", f), lambda: [c.name for c in plain_columns(catalog, f)])


def plain(f: Field) -> bool:
    """True when the value is the column, with nothing to put together."""
    return type(f.kind).from_columns is FieldType.from_columns or getattr(f.kind, "single_column", False)
