"""Edit: the changed fields of one record, guarded by the version that its reader saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Conflict, Problem, Stale
from engine.language import N_
from engine.services.access.grants import can, writable
from engine.services.lookups import Lookups
from engine.services.records.judging import judge, problems_of, refuse_verb, require, require_right
from engine.services.records.reading import Record, as_seen, editable, entity_at, load_one
from engine.services.records.saving import STALE, load_for, save, seen
from engine.services.validation import parse

LOCKED = N_("A posted document cannot be changed: reverse it instead")
IN_ARCHIVE = N_("The record is in the archive: restore it first")


def edit(uow, address: str, id: Any, raw: Mapping[str, Any], version: Any) -> Record:
    """The record with `raw` changes. Raises NotFound, NotAllowed, Stale, Invalid, Conflict (posted, archived)."""
    entity = entity_at(uow, address)
    if not can(uow.catalog, uow.actor, entity, "edit"):
        load_one(uow, entity, id, revision=True)
        raise refuse_verb(uow, entity, "edit")
    before = load_for(uow, entity, id, "edit")
    allowed = writable(uow.catalog, uow.actor, entity, "edit")
    values, problems = parse(uow.catalog, entity, raw, allowed)
    if seen(version) != before["version"]:
        raise Stale([Problem("record.stale", STALE)], current=as_seen(uow, entity, before), yours=dict(values))
    open_fields = editable(entity, before, allowed)
    if before.get("archived_at") is not None:
        raise Conflict([Problem("record.archived", IN_ARCHIVE)])
    if set(values) - open_fields:
        values = {k: v for k, v in values.items() if k in open_fields or v != before.get(k)}
        if set(values) - open_fields:
            raise Conflict([Problem("record.posted", LOCKED, k) for k in values if k not in open_fields])
    lookups = Lookups()
    draft = judge(uow, entity, [values], [before], lookups)[0]
    said = {p.path for p in problems}
    require(
        problems + [p for p in problems_of(uow, draft, lookups) if p.path not in said or not p.path], drafts=[draft]
    )
    written = require_right(uow, draft, "edit")
    if {k for k in values if k not in written and draft.values.get(k) != before.get(k)}:
        raise refuse_verb(uow, entity, "edit")
    save(uow, entity, before, draft.values, "edit")
    return as_seen(uow, entity, draft.values)
