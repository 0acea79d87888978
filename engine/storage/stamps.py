"""Stamps: how every process learns that something it keeps in memory is not so any more.

Whoever changes such a thing moves its stamp in the same transaction; whoever keeps it reads the stamp with the first
statement of a request, where it costs nothing, and drops what was read under another one.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.ids import new_id
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import STATE

DICTIONARIES = "dictionaries"
"""Items of dictionaries and days of the calendar."""
LISTS = "kept lists"
"""Saved views, and the columns that people chose."""


def stamp_of(key: str) -> sa.ScalarSelect:
    """The stamp as a part of a statement; empty until it is moved for the first time."""
    return sa.select(STATE.c.value).where(STATE.c.key == key).scalar_subquery()


def move(connection: sa.Connection, key: str) -> None:
    """Tell every process that what the stamp stands for has changed, once this transaction is committed."""
    stamp = str(new_id())
    statement = insert_into(connection, STATE).values(key=key, value=stamp)
    connection.execute(statement.on_conflict_do_update(index_elements=[STATE.c.key], set_={"value": stamp}))
