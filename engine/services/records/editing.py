"""Edit: the changed fields of one record, guarded by the version that its reader saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.services.records.editing_many import refuse_any, weigh_edits
from engine.services.records.reading import Record, as_seen, entity_at
from engine.services.records.saving import save, seen


def edit(uow, address: str, id: Any, raw: Mapping[str, Any], version: Any) -> Record:
    """The record with `raw` changes. Raises NotFound, NotAllowed, Stale, Invalid, Conflict (posted, archived)."""
    entity = entity_at(uow, address)
    weighed = weigh_edits(uow, address, [(id, seen(version), raw)], details=True)
    refuse_any(weighed)
    save(uow, entity, weighed[0].before, weighed[0].after, "edit")
    return as_seen(uow, entity, weighed[0].after)
