"""The journal: who did what to which record, and what changed. Written in the transaction of the change.

Entries are only ever added; triggers in the database refuse anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from engine.ids import new_id
from engine.model import Entity, Field
from engine.services.person_keys import seal_changes
from engine.storage.journal_codes import code_of
from engine.storage.queries.writing import insert_many
from engine.storage.system.tables import JOURNAL

if TYPE_CHECKING:
    from engine.services.unit_of_work import UnitOfWork, View

Encoder = Callable[[Any], Any]

@dataclass(frozen=True)
class Entry:
    """One operation on one record. `changes`: field -> [before, after] as JSON; rows -> added, changed, removed."""

    operation: str
    entity: str | None
    record_id: UUID | None
    version: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    organisation_id: UUID | None = None
    person: UUID | None = None
    """Whom personal fields among the changes tell of: they are kept under a key of that person."""


def write_entries(connection: sa.Connection, uow: UnitOfWork, entries: list[Entry]) -> None:
    """All entries of a transaction in one statement, each with its code."""
    rows = rows_of(uow, entries)
    seal_changes(connection, uow, [(row, e.person) for row, e in zip(rows, entries, strict=True)])
    add_entries(connection, uow.site.journal_key, rows)


def rows_of(view: View, entries: list[Entry]) -> list[dict[str, Any]]:
    """Entries as rows of the journal: who, when and from where are the view's."""
    actor = view.actor
    return [
        {
            "id": new_id(),
            "at": view.now,
            "actor_id": actor.user_id,
            "actor_kind": actor.kind,
            "session_id": actor.session_id or None,
            "address": actor.address or None,
            "request_id": view.request_id or None,
            "operation": e.operation,
            "entity": e.entity or None,
            "record_id": e.record_id,
            "version": e.version,
            "organisation_id": e.organisation_id or actor.organisation_id,
            "changes": dict(e.changes),
        }
        for e in entries
    ]


def add_entries(connection: sa.Connection, key: bytes, rows: list[dict[str, Any]]) -> None:
    """Rows of the journal, made elsewhere, under their codes."""
    for row in rows:
        row["code"] = code_of(key, row)
    insert_many(connection, JOURNAL, rows)


def difference(entity: Entity, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    """What changed between two states of a record, ready for JSON. Secrets are named, never shown."""
    changes: dict[str, Any] = {}
    for f, encode in _journalled(entity):
        old, new = before.get(f.key) if before else None, after.get(f.key)
        if new is old or old == new:
            continue
        if f.is_many:
            changed = rows_difference(f, old or [], new or [])
            if changed:
                changes[f.key] = changed
        elif getattr(f.kind, "secret", False):
            changes[f.key] = [None, "***"]
        else:
            changes[f.key] = [encode(old), encode(new)]
    return changes


_FIELDS: WeakKeyDictionary[Any, tuple[tuple[Field, Encoder], ...]] = WeakKeyDictionary()
"""Of an entity, or of a field of rows, the fields that the journal tells of, with their encoders: found once."""


def _journalled(owner: Entity | Field) -> tuple[tuple[Field, Encoder], ...]:
    found = _FIELDS.get(owner)
    if found is None:
        told = ("number", "state", "archived_at")
        found = _FIELDS[owner] = tuple(
            (f, encoder_of(f)) for f in owner.fields.values()
            if f.stored and not f.kind.virtual and not (isinstance(owner, Entity) and f.builtin and f.key not in told)
        )
    return found


def rows_difference(f: Field, old: Collection[Any], new: Collection[Any]) -> dict[str, Any]:
    """Rows told apart by their ids, with both orders where they changed places; plain lists (links, choices, files)
    as two lists."""
    first = next(iter(new or old), None)  # rows or plain values, never both
    if first is not None and not isinstance(first, Mapping):
        encode = encoder_of(f)
        return {"before": encode(list(old)), "after": encode(list(new))}
    if not old:
        return {"added": [told_row(f, r) for r in new]} if new else {}
    was, now = {r["id"]: r for r in old}, {r["id"]: r for r in new}
    changed = [
        {"id": str(i), **difference_of_row(f, was[i], now[i])}
        for i in now
        if i in was and difference_of_row(f, was[i], now[i])
    ]
    found = {
        "added": [told_row(f, r) for i, r in now.items() if i not in was],
        "changed": changed,
        "removed": [told_row(f, r) for i, r in was.items() if i not in now],
    }
    if [i for i in was if i in now] != [i for i in now if i in was]:
        found["order"] = [[str(i) for i in was], [str(i) for i in now]]
    return {k: v for k, v in found.items() if v}


def difference_of_row(f: Field, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for inner, encode in _journalled(f):
        a, b = old.get(inner.key), new.get(inner.key)
        if a == b:
            continue
        if inner.is_many:
            nested = rows_difference(inner, a or [], b or [])
            if nested:
                changes[inner.key] = nested
        else:
            changes[inner.key] = [encode(a), encode(b)]
    return changes


def told_row(f: Field, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the journal tells of it: its id and what is filled in."""
    shown: dict[str, Any] = {"id": str(row["id"])}
    for inner, encode in _journalled(f):
        value = row.get(inner.key)
        if value is None:
            continue
        rows = inner.is_many and value and isinstance(value[0], Mapping)
        shown[inner.key] = [told_row(inner, r) for r in value] if rows else encode(value)
    return shown


_ENCODERS: WeakKeyDictionary[Field, Any] = WeakKeyDictionary()
"""Made once a field: the journal asks for them with every record."""


def encoder_of(f: Field) -> Encoder:
    """The field's JSON encoder, tolerant of an empty value."""
    made = _ENCODERS.get(f)
    if made is None:
        made = _ENCODERS[f] = _encoder(f)
    return made


def _encoder(f: Field):
    encode = f.kind.encoder(f)
    if encode is None:
        return lambda value: value
    return lambda value: None if value is None else encode(value)
