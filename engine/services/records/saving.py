"""Rows, numbers and journal of one change, in the transaction of its verb. Whoever calls has judged the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.errors import BadRequest, NotFound, Problem, Stale
from engine.language import N_
from engine.model import Entity
from engine.services.attaching import attach
from engine.services.audit import Entry, difference
from engine.services.numbering import assign
from engine.services.records.clashes import clash
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import load_one
from engine.services.records.steps import Change, run_steps, sealed
from engine.services.trees import enter_tree, move_in_tree
from engine.storage.names import SEARCH_TEXT
from engine.storage.queries.writing import insert_records, record_columns, replace_rows, update_record
from engine.storage.search import search_fields, search_value

STALE = N_("Somebody saved this record before you. Compare the values and save again")
VERSION = N_("Send the version of the record that you saw")


def write_new(uow, entity: Entity, records: list[dict[str, Any]], origin: Mapping[str, Any] | None = None) -> None:
    """Number, write and journal records that were judged. `origin`: the record whose files they share."""
    assign(uow, entity, records, "on create")
    uow.check_revision()
    attach(uow, entity, [(record, origin) for record in records])
    try:
        insert_records(uow.connection, uow.catalog, entity, [sealed(entity, r) for r in records])
    except IntegrityError as error:
        raise clash(uow, entity, records, error) from error
    if entity.tree:
        enter_tree(uow, entity, records)
    for record in records:
        run_steps(uow, Change(entity, "create", None, record))
        uow.record(
            Entry(
                "create", entity.address, record["id"], 1, difference(entity, None, record), record.get("organisation")
            )
        )


def seen(version: Any) -> int:
    """The version that the reader saw, as a number. Raises BadRequest."""
    try:
        return int(str(version))
    except ValueError:
        raise BadRequest([Problem("record.version", VERSION, "version")]) from None


def load_for(uow, entity: Entity, id: Any, verb: str) -> dict[str, Any]:
    """The record for a verb that changes it: one that may be read but not changed is refused, not hidden."""
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
