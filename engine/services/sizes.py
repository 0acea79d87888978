"""Is a list long? By the books that the database keeps anyway: to count its records would read them all."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from engine.model import Entity
from engine.storage.tables import tables_of

LONG = 100_000
"""Records from which on a list is long: to count one of them then costs several times as much, because what is
counted is no longer near at hand."""
COUNTED, COUNTED_OF_LONG = 10_000, 500
"""Records that a page counts; of more it says "10 000+", and the exact figures when they are asked for."""
KEPT = 600.0
"""Seconds for which a size is not asked for again."""


class Sizes:
    """Of a site: which lists are long. Safe to share between threads: at worst two of them ask."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bool, float]] = {}

    def is_long(self, view: Any, entity: Entity) -> bool:
        known, until = self._known.get(entity.address, (False, 0.0))
        if time.monotonic() >= until:
            known = _about(view.connection, tables_of(view.catalog).of(entity)) >= LONG
            self._known[entity.address] = known, time.monotonic() + KEPT
        return known


def counted_to(view: Any, entity: Entity) -> int:
    """How far a page of this list counts."""
    return COUNTED_OF_LONG if view.site.sizes.is_long(view, entity) else COUNTED


def _about(connection: sa.Connection, table: sa.Table) -> int:
    if connection.dialect.name == "sqlite":
        newest = sa.select(sa.func.max(sa.literal_column("rowid"))).select_from(table)
        return connection.scalar(newest) or 0
    books = sa.text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
    return int(connection.scalar(books, {"name": table.name}) or 0)
