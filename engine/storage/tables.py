"""Tables for queries: columns without constraints, built when first asked for, so that a start is quick."""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields.column_types import ByteText, Id
from engine.model import Catalog, Entity, Field
from engine.storage.names import SEARCH_TEXT, child_table, closure_table


class Tables:
    """The tables of one Catalog. Threads may ask at once: building twice gives equal tables, the first one stays."""

    def __init__(self, catalog: Catalog):
        self._catalog = catalog
        self._of: dict[str, sa.Table] = {}
        self._rows: dict[Field, sa.Table] = {}
        self._closures: dict[str, sa.Table] = {}

    def of(self, entity: Entity | str) -> sa.Table:
        """The entity's own table; KeyError for an address that the Catalog does not know."""
        address = entity if isinstance(entity, str) else entity.address
        try:
            return self._of[address]
        except KeyError:
            found = self._catalog.entities[address]
            return self._of.setdefault(address, sa.Table(found.table, sa.MetaData(), *entity_columns(found)))

    def rows(self, field: Field) -> sa.Table:
        """The table that holds the rows of a many-valued field (of an entity, or of rows inside it)."""
        try:
            return self._rows[field]
        except KeyError:
            return self._rows.setdefault(
                field, sa.Table(rows_table_name(self._catalog, field), sa.MetaData(), *rows_columns(field)))

    def closure(self, entity: Entity | str) -> sa.Table:
        """Every pair of ancestor and descendant of a `tree` entity; `depth` 0 is the record itself."""
        address = entity if isinstance(entity, str) else entity.address
        try:
            return self._closures[address]
        except KeyError:
            name = closure_table(self._catalog.entities[address].table)
            return self._closures.setdefault(address, sa.Table(name, sa.MetaData(), *closure_columns()))


def tables_of(catalog: Catalog) -> Tables:
    """The tables of `catalog`, the same object every time."""
    return catalog.derived("storage.tables", lambda: Tables(catalog))


def entity_columns(entity: Entity) -> list[sa.Column]:
    columns = [column for field in entity.column_fields for column in field.kind.columns(field)]
    if entity.search:
        columns.append(sa.Column(SEARCH_TEXT, ByteText()))
    return columns


def rows_columns(field: Field) -> list[sa.Column]:
    """`id`, the record or row it belongs to, its organisation, its place, and the inner fields."""
    columns = [
        sa.Column("id", Id()), sa.Column("owner_id", Id()), sa.Column("organisation_id", Id()),
        sa.Column("position", sa.Integer),
    ]
    for inner in inner_fields(field):
        columns += inner.kind.columns(inner)
    return columns


def inner_fields(field: Field) -> list[Field]:
    """The inner fields kept in columns of the row's own table."""
    return [f for f in field.fields.values() if not f.is_many and not f.kind.virtual and f.stored]


def inner_row_fields(field: Field) -> list[Field]:
    """The inner fields that have rows of their own."""
    return [f for f in field.fields.values() if f.is_many and not f.kind.virtual]


def closure_columns() -> list[sa.Column]:
    return [sa.Column("ancestor_id", Id()), sa.Column("descendant_id", Id()), sa.Column("depth", sa.Integer)]


def rows_table_name(catalog: Catalog, field: Field) -> str:
    """From the field's address: `accounting.invoice.lines.taxes` gives `accounting_invoice__lines__taxes`."""
    module, key, *outer = field.owner.split(".")
    return child_table(catalog.entities[f"{module}.{key}"].table, *outer, field.key)
