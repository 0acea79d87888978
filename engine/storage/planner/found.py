"""What the database holds now, read with a few statements however many tables there are."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

import sqlalchemy as sa

FTS_PARTS = ("data", "idx", "content", "docsize", "config")
"""Tables in which SQLite keeps a search table."""
ForeignKey = tuple[tuple[str, ...], str, tuple[str, ...]]


@dataclass
class FoundTable:
    name: str
    columns: dict[str, str] = field(default_factory=dict)
    """Name -> type, in lower case, as the database spells it."""
    foreign_keys: dict[ForeignKey, str] = field(default_factory=dict)
    """(columns, table, its columns) -> name of the constraint ('' on SQLite)."""
    checks: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    triggers: set[str] = field(default_factory=set)
    original_name: str = ""
    """Its name in the database as long as the planned renames have not been done."""
    original_columns: dict[str, str] = field(default_factory=dict)
    """New name -> name in the database, for planned renames."""

    def __post_init__(self) -> None:
        self.original_name = self.original_name or self.name

    def rename_column(self, old: str, new: str) -> None:
        self.original_columns[new] = self.original_columns.pop(old, old)
        self.columns = {new if name == old else name: kind for name, kind in self.columns.items()}
        self.foreign_keys = {
            (tuple(new if c == old else c for c in columns), table, to): name
            for (columns, table, to), name in self.foreign_keys.items()}


@dataclass
class Found:
    tables: dict[str, FoundTable]
    virtual: set[str] = field(default_factory=set)
    """Search tables of SQLite."""
    trigrams: bool = True
    """Whether PostgreSQL has, or may have, the extension pg_trgm."""

    def rename_table(self, old: str, new: str) -> None:
        table = self.tables.pop(old)
        table.name = new
        self.tables[new] = table
        for other in self.tables.values():
            other.foreign_keys = {
                (columns, new if target == old else target, to): name
                for (columns, target, to), name in other.foreign_keys.items()}


def inspect(connection: sa.Connection) -> Found:
    """Everything that the planner compares. The engine's own tables are among it."""
    return _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)


def _sqlite(connection: sa.Connection) -> Found:
    run = connection.exec_driver_sql
    found = Found({})
    for kind, name, sql in run("SELECT type, name, sql FROM sqlite_master ORDER BY type DESC, rowid"):
        if kind == "table" and (sql or "").upper().startswith("CREATE VIRTUAL"):
            found.virtual.add(name)
        elif kind == "table":
            checks = set(re.findall(r'CONSTRAINT "?(ck_\w+)"?', sql or ""))
            found.tables[name] = FoundTable(name, checks=checks)
    for shadow in [f"{v}_{part}" for v in found.virtual for part in FTS_PARTS]:
        found.tables.pop(shadow, None)
    for kind, name, table in run("SELECT type, name, tbl_name FROM sqlite_master WHERE type IN ('index', 'trigger')"):
        if table in found.tables:
            (found.tables[table].indexes if kind == "index" else found.tables[table].triggers).add(name)
    for table, name, kind in run(
        "SELECT m.name, x.name, x.type FROM sqlite_master m JOIN pragma_table_xinfo(m.name) x "
        "WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'"
    ):
        if table in found.tables:
            found.tables[table].columns[name] = kind.lower()
    keys: dict[tuple[str, int], list[tuple[str, str, str]]] = defaultdict(list)
    for table, key, target, column, to in run(
        'SELECT m.name, f.id, f."table", f."from", f."to" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f '
        "WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.name, f.id, f.seq"
    ):
        keys[table, key].append((target, column, to))
    for (table, _), parts in keys.items():
        key = (tuple(p[1] for p in parts), parts[0][0], tuple(p[2] for p in parts))
        found.tables[table].foreign_keys[key] = ""
    return found


def _postgresql(connection: sa.Connection) -> Found:
    def run(sql: str):
        return connection.execute(sa.text(sql))

    found = Found({})
    for table, name, kind in run("""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        ORDER BY c.relname, a.attnum"""):
        columns = found.tables.setdefault(table, FoundTable(table)).columns
        if name is not None:
            columns[name] = kind.lower()
    for table, name, kind, target, columns, to in run("""
        SELECT c.relname, k.conname, k.contype::text, t.relname,
               ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
                     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
               ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
                     JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class t ON t.oid = k.confrelid
        WHERE k.contype IN ('f', 'c') AND c.relnamespace = current_schema()::regnamespace"""):
        if kind == "f":
            found.tables[table].foreign_keys[tuple(columns), target, tuple(to)] = name
        else:
            found.tables[table].checks.add(name)
    for table, name in run("SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema()"):
        found.tables[table].indexes.add(name)
    return found


def count(connection: sa.Connection, table: str) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar() or 0
