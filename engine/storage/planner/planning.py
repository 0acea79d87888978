"""The plan: what has to happen between the tables that are there and those that the Catalog describes."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex

from engine.model import Catalog, Entity, Field
from engine.storage import search
from engine.storage.names import closure_table, search_table
from engine.storage.planner import backfill
from engine.storage.planner.changes import TableChanges, create_table
from engine.storage.planner.computed import plan_computed
from engine.storage.planner.found import Found, FoundTable, count, inspect
from engine.storage.planner.renames import plan_renames
from engine.storage.planner.steps import COPIES, DECISION, SAFE, Plan, execute
from engine.storage.schema import desired_schema, index_name
from engine.storage.system.tables import STATE

REMEMBERED = "planner.tables"
INDEX_MARKS = ("ix_", "ux_")


class Rows:
    """Table -> number of its rows now; 0 for a new table. Counted when first asked for."""

    def __init__(self, changed: list[TableChanges]):
        self._changed = {c.table.name: c for c in changed}

    def __getitem__(self, table: str) -> int:
        return self._changed[table].rows if table in self._changed else 0


def make_plan(connection: sa.Connection, catalog: Catalog, agreed: Collection[str] = ()) -> Plan:
    """What publishing `catalog` would do to the database of `connection` (from `Database.altering`).

    `agreed`: addresses of fields whose change of type people decided on; their old columns are kept under another name.
    """
    found = inspect(connection)
    desired = desired_schema(catalog, connection.dialect.name)
    plan = Plan(tables=frozenset(desired.tables))
    plan_renames(plan, found, catalog)
    changed: list[TableChanges] = []
    new: list[sa.Table] = []
    for table in desired.tables.values():
        if table.name in found.tables:
            changes = TableChanges(plan, connection, found, table, agreed)
            changes.add()
            changed.append(changes)
        else:
            _create(plan, connection, table)
            new.append(table)
    rows = Rows(changed)
    # Indexes before keys: a key over (organisation, id) needs its unique index.
    for table in desired.tables.values():
        _indexes(plan, connection, found, table, rows)
    if connection.dialect.name != "sqlite":
        _foreign_keys(plan, connection, new)
    for changes in changed:
        changes.add_later()
    _computed(plan, catalog, changed)
    _search(plan, connection, found, catalog, rows)
    _trees(plan, found, catalog, rows)
    _retired(plan, connection, found, desired)
    return plan


def _create(plan: Plan, connection: sa.Connection, table: sa.Table) -> None:
    field = table.info.get("field")
    plan.add("create table", create_table(table, connection.dialect, keys=connection.dialect.name == "sqlite"),
             table=table.name, address=field.address if field else table.info["entity"].address)


def _foreign_keys(plan: Plan, connection: sa.Connection, tables: list[sa.Table]) -> None:
    """Tables may point to each other in circles, so PostgreSQL gets the keys when all tables are there."""
    for table in tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda c: c.name):
            plan.add("add constraint", str(AddConstraint(constraint).compile(dialect=connection.dialect)).strip(),
                     table=table.name, name=constraint.name, address=table.info["entity"].address)


def _indexes(plan: Plan, connection: sa.Connection, found: Found, table: sa.Table, rows: Rows) -> None:
    there = found.tables.get(table.name)
    present = set(there.indexes) if there else set()
    wanted = {index.name: index for index in table.indexes}
    said = {"table": table.name, "address": table.info["entity"].address}
    for name in sorted(wanted.keys() - present) if there else ():
        old = _old_name(there, wanted[name])
        # A renamed table keeps its indexes: foreign keys may lean on them.
        if old in present and connection.dialect.name != "sqlite":
            plan.add("rename index", f'ALTER INDEX "{old}" RENAME TO "{name}"', name=name, **said)
            present = present - {old} | {name}
    for name in sorted(n for n in present - wanted.keys() if n.startswith(INDEX_MARKS)):
        plan.add("drop index", f'DROP INDEX "{name}"', name=name, **said)
    for name in sorted(wanted.keys() - present):
        index = wanted[name]
        said["fields"] = ", ".join(c.name for c in index.columns)
        clashes = _clashes(connection, there, index) if there and index.unique and rows[table.name] else 0
        if clashes:
            plan.add("duplicates", level=DECISION, rows=clashes, count=clashes, **said)
        else:
            sql = CreateIndex(index).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plan.add("create index", str(sql).strip(), rows=rows[table.name], **said)


def _computed(plan: Plan, catalog: Catalog, changed: list[TableChanges]) -> None:
    """Values of new computed fields, when all columns are there; before the search text, which may hold some."""
    fresh: dict[str, list[Field]] = {}
    for changes in changed:
        if changes.fresh:
            fresh.setdefault(changes.table.info["entity"].address, []).extend(changes.fresh)
    rows = {changes.table.name: changes for changes in changed}
    for address, fields in fresh.items():
        entity = catalog.entity(address)
        plan_computed(plan, catalog, entity, fields, rows[entity.table].rows if entity.table in rows else 0)


def _old_name(there: FoundTable, index: sa.Index) -> str:
    """What the same index was called before the planned renames."""
    names = [there.original_columns.get(n, n) for n in index.info["names"]]
    return index_name(index.unique, there.original_name, names, index.info["where"])


def _clashes(connection: sa.Connection, there: FoundTable, index: sa.Index) -> int:
    """Groups of records that the new unique index would refuse. Columns yet to come hold nothing that could clash."""
    condition = index.dialect_options[connection.dialect.name]["where"]
    named = [c.name for c in index.columns]
    read = set(named)
    if condition is not None:
        read |= {c.name for c in sa.sql.visitors.iterate(condition) if isinstance(c, sa.Column)}
    if not read <= there.columns.keys():
        return 0
    originals = {name: there.original_columns.get(name, name) for name in read}
    table = sa.Table(there.original_name, sa.MetaData(),
                     *(sa.Column(old, index.table.c[name].type) for name, old in originals.items()))
    columns = [table.c[originals[n]] for n in named]
    query = sa.select(*columns).where(*(c.is_not(None) for c in columns)).group_by(*columns).having(sa.func.count() > 1)
    if condition is not None:
        moved = {index.table.c[name]: table.c[old] for name, old in originals.items()}
        query = query.where(sa.sql.visitors.replacement_traverse(condition, {}, lambda e, **_: moved.get(e)))
    return connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar() or 0


def _search(plan: Plan, connection: sa.Connection, found: Found, catalog: Catalog, rows: Rows) -> None:
    trigrams = None
    for entity in catalog.entities.values():
        there = found.tables.get(entity.table)
        if connection.dialect.name == "sqlite":
            _search_sqlite(plan, found, entity, there, rows)
            continue
        old = {n for n in there.indexes if n.startswith("tx_")} if there else set()
        name, sql = search.postgresql_index(entity) if entity.search else ("", "")
        for stale in sorted(old - {name}):
            plan.add("drop index", f'DROP INDEX "{stale}"', name=stale, table=entity.table, address=entity.address)
        if not entity.search or name in old:
            continue
        number = rows[entity.table]
        if trigrams is None:
            trigrams = _trigrams(connection)
        fill = partial(backfill.fill_search, entity=entity) if number else None
        if trigrams:
            plan.add("search", run=_then(fill, sql), rows=number, level=COPIES if number else SAFE, table=entity.table,
                     address=entity.address)
        else:
            plan.add("no trigrams", run=fill, rows=number, table=entity.table, address=entity.address)


def _search_sqlite(plan: Plan, found: Found, entity: Entity, there: FoundTable | None, rows: Rows) -> None:
    index = search_table(entity.table)
    wanted = search.sqlite_triggers(entity) if entity.search else {}
    old = {t for t in there.triggers if t.startswith("tr_")} if there else set()
    if wanted.keys() == old and (index in found.virtual) == bool(wanted):
        return
    drops = [f'DROP TRIGGER "{name}"' for name in sorted(old)]
    if not wanted:
        plan.add("drop search", *drops, *([f'DROP TABLE "{index}"'] if index in found.virtual else []),
                 table=entity.table, address=entity.address)
        return
    create = [] if index in found.virtual else [search.sqlite_index(entity)]
    number = rows[entity.table]
    fill = partial(backfill.fill_search, entity=entity) if number else None
    # The column is filled before the triggers are there; then the index is built at once, not row by row.
    plan.add("search", *drops, *create, run=_then(fill, search.sqlite_rebuild(entity), *wanted.values()), rows=number,
             level=COPIES if number else SAFE, table=entity.table, address=entity.address)


def _then(fill, *statements: str):
    """Run `fill`, then the statements."""
    def run(connection: sa.Connection) -> None:
        if fill:
            fill(connection)
        for statement in statements:
            execute(connection, statement)

    return run


def _trigrams(connection: sa.Connection) -> bool:
    """Whether pg_trgm is there or can be had (it is a trusted extension: the owner of a database may create it)."""
    if connection.execute(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).first():
        return True
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
    except sa.exc.DBAPIError:
        return False
    return True


def _trees(plan: Plan, found: Found, catalog: Catalog, rows: Rows) -> None:
    for entity in catalog.entities.values():
        name = closure_table(entity.table)
        if entity.tree and name not in found.tables and rows[entity.table]:
            plan.add("tree", run=partial(backfill.fill_tree, entity=entity, name=name), rows=rows[entity.table],
                     level=COPIES, table=entity.table, address=entity.address)


def _retired(plan: Plan, connection: sa.Connection, found: Found, desired: sa.MetaData) -> None:
    """Say what is kept though nothing describes it any more. Tables that the planner never made are not mentioned."""
    for table in desired.tables.values():
        there = found.tables.get(table.name)
        for column in there.columns if there else ():
            if column not in table.c:
                plan.add("retired column", table=table.name, column=column, address=table.info["entity"].address)
    remembered = connection.execute(sa.select(STATE.c.value).where(STATE.c.key == REMEMBERED)).scalar() or []
    for name in sorted(set(remembered) & found.tables.keys() - desired.tables.keys()):
        plan.add("retired table", table=name, rows=count(connection, found.tables[name].original_name))
