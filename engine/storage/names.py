"""Physical names: at most 63 bytes (PostgreSQL's limit), the same on both databases, told apart by a hash."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from engine.fields.naming import LIMIT
from engine.fields.naming import fitted as fit

HASH = 8
SEARCH_TEXT = "search_text"
"""Column with the folded text of the searched fields."""
ROW = "_row"
"""SQLite only: an explicit name for the rowid, so that VACUUM and backups keep it for the search index."""


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=HASH // 2).hexdigest()


def signed(prefix: str, table: str, definition: str) -> str:
    """A name that changes whenever `definition` does: comparing names then compares definitions."""
    mark = digest(f"{table} {definition}")
    return f"{prefix}_{table}"[: LIMIT - HASH - 1] + "_" + mark


def child_table(table: str, *keys: str) -> str:
    """Table of the rows of a field: `module_entity__field`, `module_entity__field__inner`."""
    return fit("__".join((table, *keys)))


def closure_table(table: str) -> str:
    return fit(f"{table}__tree")


def search_table(table: str) -> str:
    return fit(f"{table}__search")


def compared(columns: Sequence[str]) -> list[str]:
    """Of the columns of one field, those by which two values are equal: folded keys, blind indexes, otherwise all."""
    for mark in ("__key", "_blind"):
        if chosen := [name for name in columns if name.endswith(mark)]:
            return chosen
    return list(columns)
