"""What a person changed of late, from the journal: the way back to the work of this morning and of last week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from engine.ids import oldest_id
from engine.model import Entity
from engine.services.access import can
from engine.services.display import names_of
from engine.services.seeing import LOOK
from engine.storage.system.tables import JOURNAL

DAYS = 30
"""Days that are looked back: they bound what the statement reads in a journal of years."""
LOOKED = 60
"""Entries that are looked at; several may be of one record."""
KINDS = 2
"""Entities whose records are named: one statement each, so that the first page costs the same for everybody."""


@dataclass(frozen=True)
class Changed:
    entity: Entity
    id: UUID
    title: str
    operation: str
    at: datetime


def recent(view, limit: int = 8) -> list[Changed]:
    """Up to `limit` records that the actor changed last, newest first, each once; only what may still be read."""
    actor = view.actor
    if actor.user_id is None or actor.organisation_id is None:
        return []
    found = view.select(
        sa.select(JOURNAL.c.entity, JOURNAL.c.record_id, JOURNAL.c.operation, JOURNAL.c.at)
        .where(
            JOURNAL.c.organisation_id == actor.organisation_id,
            JOURNAL.c.id >= oldest_id(view.now - timedelta(days=DAYS)),
            JOURNAL.c.actor_id == actor.user_id,
            JOURNAL.c.record_id.is_not(None),
            JOURNAL.c.operation != LOOK,
        )
        .order_by(JOURNAL.c.id.desc())
        .limit(LOOKED)
    )
    last: dict[tuple[str, UUID], tuple[str, datetime]] = {}
    kinds: dict[str, list[UUID]] = {}
    for address, id, operation, at in found:
        entity = view.catalog.entities.get(address)
        if entity is None or (address, id) in last or not can(view.catalog, actor, entity, "read"):
            continue
        if address in kinds or len(kinds) < KINDS:
            kinds.setdefault(address, []).append(id)
            last[address, id] = operation, at
    shown = dict(list(last.items())[:limit])
    names = {
        address: names_of(view, address, [i for a, i in shown if a == address])
        for address in dict.fromkeys(a for a, _ in shown)
    }
    return [
        Changed(view.catalog.entity(address), id, names[address][id], operation, at)
        for (address, id), (operation, at) in shown.items()
        if names[address].get(id)
    ]
