"""Opening a record whose masked fields lists hide: a deliberate act, so the journal notes it."""

from __future__ import annotations

from typing import Any

from engine.services.audit import Entry

READ = "read"


def note_opening(site: Any, actor: Any, record: Any, request_id: str = "") -> None:
    """Note who was shown masked fields of the record whole; nothing where it holds none. A transaction of its own."""
    keys = [f.key for f in record.entity.fields.values() if f.masks_within and record.values.get(f.key)]
    if keys:
        entry = Entry(READ, record.entity.address, record.id, changes={"fields": keys},
                      organisation_id=record.values.get("organisation"))
        site.write(actor, lambda uow: uow.record(entry), request_id=request_id)
