"""What the database should look like: every table of the Catalog with its keys, foreign keys, checks and indexes.

Fields stay nullable, because a draft may be empty where a posted document may not. Links inside an organisation are
foreign keys over (organisation_id, id), so that even wrong SQL cannot join two schools. Nothing cascades.
Names of indexes and checks hold a hash of what they say: the planner compares names, never definitions.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles

from engine.fields.column_types import ScaledDecimal, UtcDateTime
from engine.model import Catalog, Entity, Field
from engine.storage.names import ROW, closure_table, compared, digest, signed
from engine.storage.tables import (
    closure_columns,
    entity_columns,
    inner_fields,
    inner_row_fields,
    rows_columns,
    rows_table_name,
)

ORGANISATION = "organisation_id"
KEPT = {"id", "version", ORGANISATION}
"""Columns of records that are never empty."""
KEPT_IN_ROWS = {"id", "owner_id", "position"}
LIVE = "archived_at"


class DeclaredDecimal(ScaledDecimal):
    """Declared with its places on SQLite: otherwise a change of `places` could not be seen in the database."""

    cache_ok = True


class DeclaredMoment(UtcDateTime):
    """Declared unlike any text on SQLite: otherwise a text could become a moment without anybody asking."""

    cache_ok = True


@compiles(DeclaredDecimal, "sqlite")
def _decimal(kind, compiler, **more):
    return f"BIGINT({kind.places})"


@compiles(DeclaredMoment, "sqlite")
def _moment(kind, compiler, **more):
    return "UTCTEXT"


def _declared(kind: sa.types.TypeEngine) -> sa.types.TypeEngine:
    if type(kind) is ScaledDecimal:
        return DeclaredDecimal(kind.places)
    return DeclaredMoment() if type(kind) is UtcDateTime else kind


def desired_schema(catalog: Catalog, dialect: str = "sqlite") -> sa.MetaData:
    """All described tables. `table.info` holds `entity`, `field` (tables of rows) and `part`: record, rows or tree."""
    metadata = sa.MetaData()
    for entity in catalog.entities.values():
        table = _entity_table(metadata, catalog, entity, dialect)
        if entity.tree:
            _closure_table(metadata, entity, table)
        for field in entity.row_fields:
            _rows_table(metadata, catalog, entity, field, table)
    # Foreign keys last: their targets are looked up by name, and any order of files will do.
    for table in metadata.tables.values():
        for constraint in _links(catalog, table):
            table.append_constraint(constraint)
    return metadata


def _entity_table(metadata: sa.MetaData, catalog: Catalog, entity: Entity, dialect: str) -> sa.Table:
    columns = _required(entity_columns(entity), KEPT)
    if dialect == "sqlite":
        keys = [sa.Column(ROW, sa.Integer, primary_key=True), sa.UniqueConstraint("id")]
    else:
        keys = [sa.PrimaryKeyConstraint("id")]
    table = sa.Table(entity.table, metadata, *columns, *keys, info={"entity": entity, "part": "record"})
    scoped = _scope(table)
    if scoped:
        _index(table, [ORGANISATION, "id"], unique=True)
    if scoped and entity.kind == "settings":
        _index(table, scoped, unique=True, where=_live(table))
    for field in entity.column_fields:
        names = _names(table, field)
        for name in names:
            if name.endswith("__key"):
                _index(table, [*scoped, name, "id"])
        if field.unique:
            _index(table, [*scoped, *_compared(table, field)], unique=True, where=_live(table))
        if field.index:
            _index(table, [*scoped, *_compared(table, field), "id"])
        if not field.builtin:
            _several(table, field, names)
            for name in names:
                if field.kind.targets(field):
                    _index(table, [name])
    if entity.is_document:
        _index(table, [*scoped, "date", "id"])
    for unique in entity.unique.values():
        where = [*_live(table), *_standing(table, entity)]
        if unique.when:
            where.append(_equals(table, entity.fields[unique.when[0]], unique.when[1]))
        _index(table, [*scoped, *_compared_all(table, entity, unique.fields)], unique=True, where=where)
    for index in entity.indexes.values():
        _index(table, [*scoped, *_compared_all(table, entity, index.fields), "id"])
    for names in sorted_by(catalog, entity, table):
        _index(table, [*scoped, *names, "id"])
    return table


def sorted_by(catalog: Catalog, entity: Entity, table: sa.Table) -> list[list[str]]:
    """The columns of the orders that the lists of the entity are opened in: each is read off an index of its own.

    Only the first field counts: what stands after it is put in order within its equals. A linked record's name and a
    text in several languages have no such column.
    """
    found: list[list[str]] = []
    for layout in catalog.registries.get(entity.address, ()):
        orders = [layout.sort, *(v.sort or ((v.by,) if v.by else ()) for v in layout.views.values())]
        for key in (order[0].removeprefix("-") for order in orders if order):
            f = entity.fields.get(key)
            column = None if f is None else order_column(entity, table, f)
            if column is not None:
                found.append([column.name])
    return found


def order_column(entity: Entity, table: sa.Table, f: Field) -> sa.Column | None:
    """The column of the record's own table that the field sorts by; None where it sorts by anything else."""
    if f not in entity.column_fields or f.kind.targets(f) or not f.kind.can_sort(f):
        return None
    found = f.kind.order(f, table)
    return found if isinstance(found, sa.Column) and found.name not in ("id", "version") else None


def _rows_table(metadata: sa.MetaData, catalog: Catalog, entity: Entity, field: Field, owner: sa.Table) -> None:
    table = sa.Table(
        rows_table_name(catalog, field), metadata, *_required(rows_columns(field), KEPT_IN_ROWS),
        sa.PrimaryKeyConstraint("id"), info={"entity": entity, "field": field, "part": "rows"})
    table.append_constraint(_foreign(table, ["owner_id"], owner.name, ["id"]))
    _index(table, ["owner_id", "position"])
    for inner in inner_fields(field):
        names = _names(table, inner)
        _several(table, inner, names)
        if inner.index:
            _index(table, _compared(table, inner))
        for name in names:
            if inner.kind.targets(inner):
                _index(table, [name])
    for inner in inner_row_fields(field):
        _rows_table(metadata, catalog, entity, inner, table)


def _closure_table(metadata: sa.MetaData, entity: Entity, owner: sa.Table) -> None:
    table = sa.Table(
        closure_table(entity.table), metadata, *_required(closure_columns(), {"depth"}),
        sa.PrimaryKeyConstraint("ancestor_id", "descendant_id"), info={"entity": entity, "part": "tree"})
    for name in ("ancestor_id", "descendant_id"):
        table.append_constraint(_foreign(table, [name], owner.name, ["id"]))
    _index(table, ["descendant_id", "depth"])


# -- links -----------------------------------------------------------------------------------------------------------


def _links(catalog: Catalog, table: sa.Table) -> list[sa.ForeignKeyConstraint]:
    entity, rows = table.info["entity"], table.info.get("field")
    if table.info["part"] == "tree":
        return []
    found = []
    for field in inner_fields(rows) if rows else entity.column_fields:
        targets = [catalog.entities.get(address) for address in field.kind.targets(field)]
        for column, target in zip(_names(table, field), targets, strict=False):
            if target is not None:
                found.append(_link(table, field, column, target))
    return found


def _link(table: sa.Table, field: Field, column: str, target: Entity) -> sa.ForeignKeyConstraint:
    """Composite within an organisation; plain to what is shared, and for who wrote it and whose it is.

    An organisation may stand under another one, so links between organisations themselves are plain as well.
    """
    entity = table.info["entity"]
    organisation = entity.fields.get("organisation")
    between = organisation is not None and entity.address in organisation.kind.targets(organisation)
    plain = (
        field.builtin or target.scope == "shared" or ORGANISATION not in table.c
        or entity.scope == "shared" or (between and target is entity)
    )
    if plain:
        return _foreign(table, [column], target.table, ["id"])
    return _foreign(table, [ORGANISATION, column], target.table, [ORGANISATION, "id"])


def _foreign(table: sa.Table, columns: list[str], target: str, to: list[str]) -> sa.ForeignKeyConstraint:
    name = signed("fk", table.name, f"{columns} {target} {to}")
    return sa.ForeignKeyConstraint(columns, [f"{target}.{column}" for column in to], name=name, link_to_name=True)


def _several(table: sa.Table, field: Field, names: list[str]) -> None:
    """A link to one of several entities points to at most one record."""
    if len(field.kind.targets(field)) > 1:
        filled = " + ".join(f'CASE WHEN "{name}" IS NULL THEN 0 ELSE 1 END' for name in names)
        table.append_constraint(sa.CheckConstraint(
            sa.text(f"{filled} <= 1"), name=f"ck_{digest(filled)}"))


# -- columns and indexes ---------------------------------------------------------------------------------------------


def _required(columns: Iterable[sa.Column], names: set[str]) -> list[sa.Column]:
    columns = list(columns)
    for column in columns:
        column.nullable = column.name not in names
        column.primary_key = False
        column.type = _declared(column.type)
        column.unique = column.index = None
    return columns


def _scope(table: sa.Table) -> list[str]:
    return [ORGANISATION] if ORGANISATION in table.c else []


def _names(table: sa.Table, field: Field) -> list[str]:
    """The columns of a field. Remembered, because making columns is what costs when there are thousands of fields."""
    known = table.info.setdefault("names", {})
    if field not in known:
        known[field] = [column.name for column in field.kind.columns(field)]
    return known[field]


def _compared(table: sa.Table, field: Field) -> list[str]:
    return compared(_names(table, field))


def _compared_all(table: sa.Table, entity: Entity, keys: Iterable[str]) -> list[str]:
    return [name for key in keys for name in _compared(table, entity.fields[key])]


def _live(table: sa.Table) -> list[sa.ColumnElement]:
    return [table.c[LIVE].is_(None)] if LIVE in table.c else []


def _standing(table: sa.Table, entity: Entity) -> list[sa.ColumnElement]:
    """Of documents, those that count: what was annulled or reversed, and the reversal itself, leave the values free."""
    if not entity.is_document:
        return []
    return [table.c.reverses_id.is_(None), sa.or_(table.c.state == "draft", table.c.state == "posted")]


def _equals(table: sa.Table, field: Field, literal: object) -> sa.ColumnElement:
    return sa.and_(*(
        table.c[name].is_(value) if isinstance(value, bool) or value is None else table.c[name] == value
        for name, value in field.kind.to_columns(field, literal).items()))


def _index(table: sa.Table, names: list[str], unique: bool = False, where: Iterable[sa.ColumnElement] = ()) -> None:
    condition = sa.and_(*where) if where else None
    said = "" if condition is None else str(
        condition.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    name = index_name(unique, table.name, names, said)
    if any(index.name == name for index in table.indexes):
        return  # the same index asked for twice: a sorted field that is declared as an index, say
    sa.Index(name, *(table.c[n] for n in dict.fromkeys(names)), unique=unique, info={"names": names, "where": said},
             sqlite_where=condition, postgresql_where=condition)


def index_name(unique: bool, table: str, names: list[str], where: str) -> str:
    return signed("ux" if unique else "ix", table, f"{names} {where}")
