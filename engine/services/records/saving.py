"""Rows, numbers and journal of one change, in the transaction of its verb. Whoever calls has judged the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.errors import BadRequest, NotFound, Problem, Stale
from engine.language import N_
from engine.model import Entity
from engine.services.attaching import attach
from engine.services.audit import Entry, difference
from engine.services.numbering import assign
from engine.services.person_keys import subject_of
from engine.services.records.clashes import clash
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import load_one
from engine.services.records.steps import Change, run_steps, sealed
from engine.services.trees import enter_tree, move_in_tree
from engine.storage.names import SEARCH_TEXT
from engine.storage.queries.writing import insert_records, record_columns, replace_rows, update_records
from engine.storage.search import search_value

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
                "create", entity.address, record["id"], 1, difference(entity, None, record), record.get("organisation"),
                subject_of(entity, record),
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
    expect: Sequence[str] = (),
    extra: frozenset[str] = frozenset(),
) -> None:
    """Write what differs, one version further, and journal it. Raises Stale when somebody was quicker.

    `expect`: columns that must still hold what they held before. `extra`: built-in fields that the verb sets (state,
    number, posted_at, archived_at).
    """
    save_many(uow, entity, [(before, after)], operation, expect, extra)


def save_many(
    uow,
    entity: Entity,
    pairs: Sequence[tuple[Mapping[str, Any], dict[str, Any]]],
    operation: str,
    expect: Sequence[str] = (),
    extra: frozenset[str] = frozenset(),
) -> None:
    """`save` for several records, each (before, after): a few statements a table, however many records there are."""
    changes = [_Difference(entity, before, after, extra) for before, after in pairs]
    changes = [c for c in changes if c.columns or c.rows]
    if not changes:
        return
    for c in changes:
        c.after.update(version=c.before["version"] + 1, updated_at=uow.now, updated_by=uow.actor.user_id)
    attach(uow, entity, [(c.after, c.before) for c in changes])
    try:
        for keys, found in _alike(entity, changes):
            written = [(c.before["id"], c.before["version"], _columns_of(entity, c.after, keys)) for c in found]
            expected = [{key: c.before[key] for key in expect} for c in found] if expect else ()
            if not update_records(uow.connection, uow.catalog, entity, written, expected):
                raise Stale([Problem("record.stale", STALE)])
        for f in entity.row_fields:
            replaced = [
                (c.before["id"], c.after.get("organisation"), c.before.get(f.key), c.after.get(f.key))
                for c in changes
                if f.key in c.rows
            ]
            if replaced:
                replace_rows(uow.connection, uow.catalog, f, replaced)
    except IntegrityError as error:
        raise clash(uow, entity, [c.after for c in changes], error, restoring=operation == "restore") from error
    for c in changes:
        if entity.tree:
            move_in_tree(uow, entity, c.after, c.before)
        run_steps(uow, Change(entity, operation, c.before, c.after))
        told = difference(entity, c.before, c.after)
        organisation = c.after.get("organisation")
        person = subject_of(entity, c.after)
        uow.record(Entry(operation, entity.address, c.before["id"], c.after["version"], told, organisation, person))


class _Difference:
    """What a save changes: `columns` are keys of the entity's own table, `rows` keys of fields with a table."""

    def __init__(self, entity: Entity, before: Mapping[str, Any], after: dict[str, Any], extra: frozenset[str]):
        self.before, self.after = before, after
        self.columns = frozenset(
            f.key
            for f in entity.column_fields
            if (not f.builtin or f.key in extra) and after.get(f.key) != before.get(f.key)
        )
        self.rows = frozenset(f.key for f in entity.row_fields if after.get(f.key) != before.get(f.key))


def _alike(entity: Entity, changes: Sequence[_Difference]) -> Iterator[tuple[frozenset[str], list[_Difference]]]:
    """The changes in groups that write the same columns, so that a group is one statement.

    A column that only some of a group change is written to the others as it was: their version guards it. A secret
    is not among these, because what is stored of it would be taken for what was typed.
    """
    secret = frozenset(f.key for f in entity.column_fields if f.kind.secret)
    groups: dict[frozenset[str], list[_Difference]] = {}
    for c in changes:
        groups.setdefault(c.columns & secret, []).append(c)
    for typed, found in groups.items():
        yield typed | frozenset().union(*(c.columns for c in found)), found


def _columns_of(entity: Entity, after: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    columns = record_columns(entity, sealed(entity, after, keys), keys | {"version", "updated_at", "updated_by"})
    if any(f.key in keys for f in entity.search_fields):
        columns[SEARCH_TEXT] = search_value(entity, after)
    return columns
