"""Data about people against the journal: whatever was not changed by a verb of the engine is named.

Every change of a record stands in the journal under a code whose key is not in the database. So the journal proves the
records: what it said last of each field is what must stand there. The journal itself is proved by `journal verify`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.cipher import Unreadable
from engine.model import Entity, Field
from engine.services.actor import system
from engine.services.audit import encoder_of, told_row
from engine.services.person_keys import ERASED, opened
from engine.services.records.reading import load
from engine.storage.system.tables import JOURNAL
from engine.storage.tables import tables_of

BATCH = 500
CHANGED, VERSION, LACKING, UNKNOWN, UNREADABLE = "changed", "version", "lacking", "unknown", "unreadable"


@dataclass(frozen=True)
class RecordFinding:
    """One record that is not as the journal says. `field`: the one that differs, empty for the record as a whole."""

    kind: str
    entity: str
    record_id: UUID
    field: str = ""


@dataclass
class Checked:
    findings: list[RecordFinding]
    records: int = 0
    """Records with data about people that were compared."""
    unproved: int = 0
    """Fields of which the journal tells nothing any more, because the person was erased."""


def check_records(site) -> Checked:
    """Compare every record that tells of people with the journal, some hundreds at a time."""
    checked = Checked([])
    entities = [e for e in site.catalog.entities.values() if e.kind != "settings" and _proved(e)]

    def work(view) -> None:
        for entity in entities:
            last: UUID | None = None
            while ids := _ids(view, entity, last):
                _compare(view, entity, ids, checked)
                last = ids[-1]

    site.read_long(system(), work)
    return checked


def _proved(entity: Entity) -> list[Field]:
    """Fields that people fill in and the law protects. What is computed follows from them, and publishing remakes it."""
    return [f for f in entity.fields.values() if f.is_personal and f.is_input and f.stored and not f.kind.secret]


def _ids(view, entity: Entity, last: UUID | None) -> list[UUID]:
    """The next ids, of records that are there and of those that the journal knows."""
    table = tables_of(view.catalog).of(entity)
    stored, told = sa.select(table.c.id.label("id")), sa.select(JOURNAL.c.record_id.label("id")).distinct()
    told = told.where(JOURNAL.c.entity.in_(_names(entity)), JOURNAL.c.version.is_not(None))
    if last is not None:
        stored, told = stored.where(table.c.id > last), told.where(JOURNAL.c.record_id > last)
    both = sa.union(stored.order_by(None), told).subquery()
    return list(view.execute(sa.select(both.c.id).order_by(both.c.id).limit(BATCH)).scalars())


def _names(entity: Entity) -> list[str]:
    was = entity.was if entity.was is None or "." in entity.was else f"{entity.module}.{entity.was}"
    return [name for name in (entity.address, was) if name]


def _compare(view, entity: Entity, ids: Sequence[UUID], checked: Checked) -> None:
    query = (
        sa.select(JOURNAL.c.id, JOURNAL.c.record_id, JOURNAL.c.version, JOURNAL.c.changes)
        .where(JOURNAL.c.entity.in_(_names(entity)), JOURNAL.c.record_id.in_(ids), JOURNAL.c.version.is_not(None))
        .order_by(JOURNAL.c.record_id, JOURNAL.c.version, JOURNAL.c.id)
    )
    rows = view.execute(query).all()
    changes = opened(view.connection, rows)
    told = {id: list(group) for id, group in groupby(rows, key=lambda row: row.record_id)}
    stored = dict(_stored(view, entity, ids, checked))
    for id in ids:
        if id in stored and id not in told:
            checked.findings.append(RecordFinding(UNKNOWN, entity.address, id))
        elif id in told and id not in stored:
            checked.findings.append(RecordFinding(LACKING, entity.address, id))
        elif id in stored and (record := stored[id]) is not None:
            checked.records += 1
            entries = told[id]
            if record["version"] != entries[-1].version:
                checked.findings.append(RecordFinding(VERSION, entity.address, id))
            for field in _proved(entity):
                said = _last_said(field, [changes[entry.id] for entry in entries])
                if said is None:
                    checked.unproved += 1
                elif not _same(field, said[0], record.get(field.key)):
                    checked.findings.append(RecordFinding(CHANGED, entity.address, id, field.key))


def _stored(
    view, entity: Entity, ids: Sequence[UUID], checked: Checked
) -> Iterator[tuple[UUID, dict[str, Any] | None]]:
    """Records as they stand; None for one with a cell that nothing opens, which is a finding of its own."""
    try:
        yield from ((r["id"], r) for r in load(view, entity, list(ids)))
    except Unreadable:
        for id in ids:
            try:
                yield from ((r["id"], r) for r in load(view, entity, [id]))
            except Unreadable:
                checked.findings.append(RecordFinding(UNREADABLE, entity.address, id))
                yield id, None


def _last_said(field: Field, history: Sequence[Mapping[str, Any]]) -> tuple[Any] | None:
    """What the journal says the field holds: a value as JSON, or rows by id. None where it tells nothing any more."""
    value: Any = None
    for changes in history:
        change = changes.get(field.key, changes.get(field.was) if field.was else None)
        if change is None:
            continue
        if isinstance(change, Mapping) and ERASED in change:
            return None
        if isinstance(change, list):
            value = change[1]
        elif "after" in change:
            value = change["after"]
        else:
            value = _rows(value or {}, change)
    return (value,)


def _rows(rows: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Rows by id after a journalled change of rows."""
    now = {id: dict(row) for id, row in rows.items()}
    for row in change.get("removed", ()):
        now.pop(row["id"], None)
    for row in change.get("added", ()):
        now[row["id"]] = dict(row)
    for row in change.get("changed", ()):
        for key, pair in row.items():
            if key != "id" and isinstance(pair, list):
                now.setdefault(row["id"], {"id": row["id"]})[key] = pair[1]
    return now


def _same(field: Field, said: Any, value: Any) -> bool:
    if field.is_many and value and isinstance(value[0], Mapping):
        plain = [f.key for f in field.fields.values() if not f.is_many and f.is_input]
        now = {str(row["id"]): told_row(field, row) for row in value}
        said = said if isinstance(said, Mapping) else {}
        return now.keys() == said.keys() and all(
            _json(now[id].get(key)) == _json(said[id].get(key)) for id in now for key in plain)
    if field.is_many:
        return _json(encoder_of(field)(list(value or []))) == _json(list(said or []))
    now = encoder_of(field)(value)
    # A column that came later began with its default, of which the journal does not tell.
    begun = encoder_of(field)(field.default) if field.default is not None and not field.has_ruled_default else None
    return _json(now) == _json(said) or (said is None and begun is not None and _json(now) == _json(begun))


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
