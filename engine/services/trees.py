"""Trees: a record's place among its kin, kept in the entity's closure table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.model import Entity
from engine.storage import closure

CYCLE = N_("A record cannot stand below itself: choose another parent")


def enter_tree(uow, entity: Entity, records: Sequence[Mapping[str, Any]]) -> None:
    """Enter new records below their parents."""
    closure.enter(uow.connection, uow.catalog, entity, [(r["id"], r.get("parent")) for r in records])


def move_in_tree(uow, entity: Entity, record: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Move a record with all that is below it. Raises Invalid when it would stand below itself."""
    if record.get("parent") == before.get("parent"):
        return
    try:
        closure.move(uow.connection, uow.catalog, entity, record["id"], record.get("parent"))
    except closure.Cycle as error:
        raise Invalid([Problem("tree.cycle", CYCLE, "parent")]) from error
