"""Trees: a table of every ancestor and descendant, kept by set-wise SQL in the transaction of the change.

"Everything under this unit" is then one join, whatever the depth.
"""

from __future__ import annotations

import zlib
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.language import N_

CYCLE = N_("A record cannot stand under itself or under its own parts")


def add_leaves(connection: sa.Connection, closure: sa.Table, pairs: list[tuple[UUID, UUID | None]]) -> None:
    """Enter new records, each as (id, parent or None). A parent among them must come before its children."""
    rows = [{"ancestor_id": record, "descendant_id": record, "depth": 0} for record, _ in pairs]
    if not rows:
        return
    if any(parent is not None for _, parent in pairs):
        _one_at_a_time(connection, closure)
    connection.execute(sa.insert(closure), rows)
    above = closure.alias()
    for record, parent in pairs:
        if parent is not None:
            connection.execute(sa.insert(closure).from_select(
                ["ancestor_id", "descendant_id", "depth"],
                sa.select(above.c.ancestor_id, sa.literal(record, closure.c.descendant_id.type), above.c.depth + 1)
                .where(above.c.descendant_id == parent)))


def move(connection: sa.Connection, closure: sa.Table, record: UUID, parent: UUID | None, path: str = "parent") -> None:
    """Put `record` with everything under it below `parent` (None: to the top). Invalid when that makes a cycle."""
    _one_at_a_time(connection, closure)
    if parent is not None and connection.execute(
        sa.select(sa.literal(1)).where(closure.c.ancestor_id == record, closure.c.descendant_id == parent)
    ).first():
        raise Invalid([Problem("tree.cycle", CYCLE, path)])
    below, above = closure.alias("below"), closure.alias("above")
    inside = sa.select(below.c.descendant_id).where(below.c.ancestor_id == record)
    outside = sa.select(above.c.ancestor_id).where(above.c.descendant_id == record, above.c.ancestor_id != record)
    connection.execute(sa.delete(closure).where(
        closure.c.descendant_id.in_(inside), closure.c.ancestor_id.in_(outside)))
    if parent is not None:
        connection.execute(sa.insert(closure).from_select(
            ["ancestor_id", "descendant_id", "depth"],
            sa.select(above.c.ancestor_id, below.c.descendant_id, above.c.depth + below.c.depth + 1)
            # Every one above the new parent meets every one below the record: a product, and meant so.
            .select_from(above.join(below, sa.true()))
            .where(above.c.descendant_id == parent, below.c.ancestor_id == record)))


def _one_at_a_time(connection: sa.Connection, closure: sa.Table) -> None:
    """Wait until nobody else changes this tree: two moves, each right by itself, could close a ring between them.

    On SQLite a write transaction is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(closure.name.encode()))))


def rebuild(connection: sa.Connection, closure: sa.Table, table: sa.FromClause) -> None:
    """Fill the table anew from the column `parent_id` of `table`."""
    connection.execute(sa.delete(closure))
    start = sa.select(
        table.c.id.label("ancestor_id"), table.c.id.label("descendant_id"), sa.literal(0).label("depth"))
    walk = start.cte("walk", recursive=True)
    child = table.alias("child")
    walk = walk.union_all(
        sa.select(walk.c.ancestor_id, child.c.id, walk.c.depth + 1)
        .join(child, child.c.parent_id == walk.c.descendant_id))
    connection.execute(sa.insert(closure).from_select(
        ["ancestor_id", "descendant_id", "depth"],
        sa.select(walk.c.ancestor_id, walk.c.descendant_id, walk.c.depth)))
