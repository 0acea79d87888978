"""Quick search: one folded text a record, found by substring over a trigram index.

SQLite: an FTS5 table beside the entity's, kept by triggers. PostgreSQL: a GIN index of pg_trgm. Both are filled from
the column `search_text`, which whoever writes a record sets to `search_value`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.language import search_key
from engine.model import Entity
from engine.storage.names import ROW, SEARCH_TEXT, search_table, signed

TRIGRAM = 3


def search_value(entity: Entity, record: Mapping[str, Any]) -> str | None:
    """What `search_text` holds for a record of field values; None when there is nothing to find it by."""
    texts: list[str] = []
    for field in entity.search_fields:
        value = record.get(field.key)
        texts += value.values() if isinstance(value, Mapping) else [value]
    return "\n".join(search_key(str(text)) for text in texts if text) or None


def search_clause(dialect: str, table: sa.FromClause, folded_text: str) -> sa.ColumnElement:
    """True for records whose searched text contains every word of `folded_text` (made by `search_key`).

    `table` is the entity's table or an alias of it. Words shorter than a trigram are looked for in the rows that the
    longer ones leave; a search of short words only reads the column of the whole table.
    """
    words = folded_text.split()
    column = table.c[SEARCH_TEXT]
    if dialect != "sqlite":
        return sa.and_(sa.true(), *(_contains(column, word) for word in words))
    indexed = [word for word in words if len(word) >= TRIGRAM]
    clauses = [_contains(column, word) for word in words if len(word) < TRIGRAM]
    if indexed:
        clauses.insert(0, _matches(table, indexed))
    return sa.and_(sa.true(), *clauses)


def rank(column: sa.ColumnElement, folded_text: str) -> sa.ColumnElement:
    """How well a text that was found fits: 0 begins with what was typed, 1 a word of it does, 2 a word begins with the
    first word that was typed, 3 holds it somewhere."""
    first = folded_text.split()[0]
    begins = sa.or_(column.like(f"{_plain(folded_text)}%", escape="\\"), _contains(column, f"\n{folded_text}"))
    return sa.case((begins, 0), (_contains(column, f" {folded_text}"), 1),
                   (sa.or_(_contains(column, f" {first}"), _contains(column, f"\n{first}"),
                           column.like(f"{_plain(first)}%", escape="\\")), 2), else_=3)


def _plain(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _contains(column: sa.ColumnElement, word: str) -> sa.ColumnElement:
    return column.like(f"%{_plain(word)}%", escape="\\")


def _matches(table: sa.FromClause, words: list[str]) -> sa.ColumnElement:
    # Each word is a quoted string of FTS5, in which only the quotation mark is special.
    query = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
    original = table.element if isinstance(table, sa.sql.expression.AliasedReturnsRows) else table
    index = sa.table(search_table(original.name), sa.column("rowid", sa.Integer), sa.column(SEARCH_TEXT, sa.Text))
    found = sa.select(index.c.rowid).where(index.c[SEARCH_TEXT].op("MATCH", is_comparison=True)(query))
    return sa.ColumnClause(ROW, sa.Integer(), _selectable=table).in_(found)


# -- what the planner makes ------------------------------------------------------------------------------------------


def signature(entity: Entity) -> str:
    """Changes when other fields are searched, which means filling the column anew."""
    return ",".join(f.key for f in entity.search_fields)


def trigger_names(entity: Entity) -> dict[str, str]:
    table = entity.table
    return {event: signed(f"tr_{event}", table, signature(entity)) for event in ("insert", "update", "delete")}


def sqlite_index(entity: Entity) -> str:
    """The FTS5 table; its text stays in the entity's table and is not kept twice."""
    name = search_table(entity.table)
    return (f'CREATE VIRTUAL TABLE "{name}" USING fts5({SEARCH_TEXT}, content="{entity.table}", content_rowid="{ROW}", '
            f"tokenize='trigram case_sensitive 1')")


def sqlite_rebuild(entity: Entity) -> str:
    name = search_table(entity.table)
    return f"""INSERT INTO "{name}" ("{name}") VALUES ('rebuild')"""  # noqa: S608 - names of the Catalog


def sqlite_triggers(entity: Entity) -> dict[str, str]:
    """Trigger name -> SQL, so that the index follows every write in the same transaction."""
    table, index, names = entity.table, search_table(entity.table), trigger_names(entity)
    add = f'INSERT INTO "{index}" (rowid, {SEARCH_TEXT}) VALUES (new."{ROW}", new.{SEARCH_TEXT});'  # noqa: S608
    remove = (f'INSERT INTO "{index}" ("{index}", rowid, {SEARCH_TEXT}) '  # noqa: S608
              f"""VALUES ('delete', old."{ROW}", old.{SEARCH_TEXT});""")
    return {
        names["insert"]: f'CREATE TRIGGER "{names["insert"]}" AFTER INSERT ON "{table}" BEGIN {add} END',
        names["update"]: f'CREATE TRIGGER "{names["update"]}" AFTER UPDATE OF {SEARCH_TEXT} ON "{table}" '
                         f"WHEN old.{SEARCH_TEXT} IS NOT new.{SEARCH_TEXT} BEGIN {remove} {add} END",
        names["delete"]: f'CREATE TRIGGER "{names["delete"]}" AFTER DELETE ON "{table}" BEGIN {remove} END',
    }


def postgresql_index(entity: Entity) -> tuple[str, str]:
    """Name and SQL of the trigram index (needs the extension pg_trgm)."""
    name = signed("tx", entity.table, signature(entity))
    return name, f'CREATE INDEX "{name}" ON "{entity.table}" USING gin ({SEARCH_TEXT} gin_trgm_ops)'
