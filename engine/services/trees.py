"""Trees: a record's place among its kin, kept in the entity's closure table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Entity
from engine.storage import closure
from engine.storage.tables import tables_of


def enter_tree(uow, entity: Entity, records: Sequence[Mapping[str, Any]]) -> None:
    """Enter new records below their parents."""
    closure.add_leaves(
        uow.connection, tables_of(uow.catalog).closure(entity), [(r["id"], r.get("parent")) for r in records]
    )


def move_in_tree(uow, entity: Entity, record: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Move a record with all that is below it. Raises Invalid when it would stand below itself."""
    if record.get("parent") != before.get("parent"):
        closure.move(uow.connection, tables_of(uow.catalog).closure(entity), record["id"], record.get("parent"))


def depths(view, entity: Entity, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How deep each of the records stands; 0 at the top. One statement."""
    if not ids:
        return {}
    table = tables_of(view.catalog).closure(entity)
    below = table.c.descendant_id
    return dict(view.select(sa.select(below, sa.func.max(table.c.depth)).where(below.in_(ids)).group_by(below)).all())
