"""How a record stood at an earlier version: the journal undone from what stands now."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import sqlalchemy as sa

from engine.model import Entity, Field
from engine.services.merging.snapshots import Snapshot
from engine.services.person_keys import ERASED, opened
from engine.storage.system.tables import JOURNAL

FARTHEST = 200
"""Versions that are undone; whoever kept a form open for longer compares two values instead of three."""


def base_values(view: Any, entity: Entity, id: Any, now: Snapshot, version: int, current: int) -> Snapshot | None:
    """`now` (the snapshot at version `current`) as it was at `version`; None when the journal does not say it all."""
    if not 0 < version <= current or current - version > FARTHEST:
        return None
    if version == current:
        return deepcopy(now)
    rows = view.execute(
        sa.select(JOURNAL.c.id, JOURNAL.c.version, JOURNAL.c.changes)
        .where(JOURNAL.c.entity == entity.address, JOURNAL.c.record_id == id, JOURNAL.c.version > version)
        .where(JOURNAL.c.version <= current)
        .order_by(JOURNAL.c.version.desc(), JOURNAL.c.id.desc())
    ).all()
    if {row.version for row in rows} != set(range(version + 1, current + 1)):
        return None
    changes = opened(view.connection, rows)
    if any(isinstance(change, Mapping) and ERASED in change for told in changes.values() for change in told.values()):
        return None
    base = deepcopy(now)
    for row in rows:
        for key, change in changes[row.id].items():
            if key in base:
                base[key] = undone(entity.fields[key], base[key], change)
    return base


def undone(f: Field, now: Any, change: Any) -> Any:
    """A value as it was before a journalled change."""
    if isinstance(change, list) and len(change) == 2:
        return change[0]
    if not isinstance(change, Mapping):
        return now
    if "before" in change:
        return change["before"]
    return _rows_undone(f, now, change)


def _rows_undone(f: Field, rows: list[Snapshot], change: Mapping[str, Any]) -> list[Snapshot]:
    added = {row["id"] for row in change.get("added", ())}
    changed = {row["id"]: row for row in change.get("changed", ())}
    before = []
    for row in rows:
        if row["id"] in added:
            continue
        told = changed.get(row["id"], {})
        before.append({k: undone(f.fields[k], v, told[k]) if k in told and k in f.fields and k != "id" else v
                       for k, v in row.items()})
    before += [_whole(f, row) for row in change.get("removed", ())]
    if "order" in change:
        places = {id: n for n, id in enumerate(change["order"][0])}
        before.sort(key=lambda row: places.get(row["id"], len(places)))
    return before


def _whole(f: Field, row: Mapping[str, Any]) -> Snapshot:
    """A removed row, of which the journal keeps what was filled."""
    whole: Snapshot = {"id": row["id"]}
    for key, inner in f.fields.items():
        if inner.is_input:
            value = row.get(key)
            nested = inner.kind.by_line and value
            whole[key] = [_whole(inner, one) for one in value] if nested else value if value is not None else \
                [] if inner.is_many else None
    return whole
