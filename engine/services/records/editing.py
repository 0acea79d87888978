"""Edit: the changed fields of one record, guarded by the version that its reader saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.errors import BadRequest, Conflict, Problem, Stale
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can, writable
from engine.services.attaching import attach
from engine.services.audit import Entry, difference
from engine.services.lookups import Lookups
from engine.services.records.clashes import clash
from engine.services.records.judging import judge, problems_of, refuse_verb, require, require_right
from engine.services.records.reading import Record, as_seen, editable, entity_at, load_one
from engine.services.records.steps import Change, run_steps, sealed
from engine.services.trees import move_in_tree
from engine.services.validation import parse
from engine.storage.names import SEARCH_TEXT
from engine.storage.queries.writing import record_columns, replace_rows, update_record
from engine.storage.search import search_fields, search_value

STALE = N_("Somebody saved this record before you. Compare the values and save again")
LOCKED = N_("A posted document cannot be changed: reverse it instead")
IN_ARCHIVE = N_("The record is in the archive: restore it first")
VERSION = N_("Send the version of the record that you saw")


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
    written = require_right(uow, draft, "edit", lookups)
    if {k for k in values if k not in written and draft.values.get(k) != before.get(k)}:
        raise refuse_verb(uow, entity, "edit")
    save(uow, entity, before, draft.values, "edit")
    return as_seen(uow, entity, draft.values)


def seen(version: Any) -> int:
    """The version that the reader saw, as a number. Raises BadRequest."""
    try:
        return int(str(version))
    except ValueError:
        raise BadRequest([Problem("record.version", VERSION, "version")]) from None


def load_for(uow, entity: Entity, id: Any, verb: str) -> dict[str, Any]:
    """The record for a verb that changes it: one that may be read but not changed is refused, not hidden."""
    from engine.errors import NotFound

    try:
        return load_one(uow, entity, id, verb, revision=True)
    except NotFound:
        load_one(uow, entity, id, "read")
        raise refuse_verb(uow, entity, verb) from None


def save(
    uow,
    entity: Entity,
    before: Mapping[str, Any],
    after: dict[str, Any],
    operation: str,
    expect: Mapping[str, Any] | None = None,
    extra: frozenset[str] = frozenset(),
) -> None:
    """Write what differs, one version further, and journal it. Raises Stale when somebody was quicker.

    `extra`: built-in fields that the verb sets (state, number, posted_at, archived_at).
    """
    changed = frozenset(
        f.key
        for f in entity.column_fields
        if (not f.builtin or f.key in extra) and after.get(f.key) != before.get(f.key)
    )
    rows = [f for f in entity.row_fields if after.get(f.key) != before.get(f.key)]
    if not changed and not rows:
        return
    after.update(version=before["version"] + 1, updated_at=uow.now, updated_by=uow.actor.user_id)
    columns = record_columns(entity, sealed(entity, after), changed | {"version", "updated_at", "updated_by"})
    if any(f.key in changed for f in search_fields(entity)):
        columns[SEARCH_TEXT] = search_value(entity, after)
    attach(uow, entity, [(after, before)])
    try:
        if not update_record(uow.connection, uow.catalog, entity, before["id"], before["version"], columns, expect):
            raise Stale([Problem("record.stale", STALE)])
        for f in rows:
            replace_rows(
                uow.connection,
                uow.catalog,
                f,
                before["id"],
                after.get("organisation"),
                before.get(f.key),
                after.get(f.key),
            )
    except IntegrityError as error:
        raise clash(uow, entity, [after], error, restoring=operation == "restore") from error
    if entity.tree:
        move_in_tree(uow, entity, after, before)
    run_steps(uow, Change(entity, operation, before, after))
    uow.record(
        Entry(
            operation,
            entity.address,
            before["id"],
            after["version"],
            difference(entity, before, after),
            after.get("organisation"),
        )
    )
