"""The history of one record, from the journal, in words: only of fields that the actor may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from engine.errors import BadRequest, Problem
from engine.ids import parse_id
from engine.language import N_, translate
from engine.model import Entity, Field
from engine.services.access.grants import can
from engine.services.display import names_of
from engine.services.identity.actors import PERSON, USER
from engine.services.person_keys import ERASED, opened
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import Record, as_seen, entity_at, load_one
from engine.services.seeing import LOOK, saw
from engine.services.validation.parsing import optional
from engine.storage.system.tables import FILE, JOURNAL
from engine.storage.tables import tables_of

REORDERED = N_("the rows changed places")
FORGOTTEN = N_("no longer kept")
TOLD_ELSEWHERE = ("comment", "comment change", "comment remove", LOOK)
"""Entries that are no changes of the record: what people said beside it, who looked at it."""


@dataclass(frozen=True)
class Change:
    """One field, or one field of one row (`path` is `lines[2].price`; the title names both)."""

    path: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    id: Any
    at: datetime
    actor_name: str
    operation: str
    version: int | None
    changes: list[Change]


def history(view, address: str, id: Any, limit: int = 50, before: Any = None) -> list[Entry]:
    """Entries of the record, newest first. Raises NotFound, NotAllowed."""
    entity = entity_at(view, address)
    record = as_seen(view, entity, load_one(view, entity, id))
    if not can(view.catalog, view.actor, entity, "history") or "history" not in record.allowed:
        raise refuse_verb(view, entity, "history")
    statement = sa.select(JOURNAL).where(JOURNAL.c.entity == entity.address, JOURNAL.c.record_id == record.id)
    statement = statement.where(JOURNAL.c.operation.not_in(TOLD_ELSEWHERE))
    if before is not None:
        token = parse_id(before)
        if token is None:
            raise BadRequest(
                [Problem("page.token", N_("This page token cannot be read: start from the first page"), "before")]
            )
        statement = statement.where(JOURNAL.c.id < token)
    rows = view.execute(statement.order_by(JOURNAL.c.id.desc()).limit(min(max(limit, 1), 200))).all()
    return _told(view, entity, record, rows)


def _told(view, entity: Entity, record: Record, rows: list[Any]) -> list[Entry]:
    names = people(view, {r.actor_id for r in rows if r.actor_id is not None})
    teller = Teller(view, entity, frozenset(record.values))
    saw(view, entity, {key for row in rows for key in row.changes or () if key in record.values}, (record.id,))
    changes = opened(view.connection, rows)
    for row in rows:
        teller.prepare(changes[row.id])
    teller.fetch()
    return [
        Entry(
            row.id,
            row.at,
            names.get(row.actor_id, row.actor_kind),
            row.operation,
            row.version,
            teller.tell(changes[row.id]),
        )
        for row in rows
    ]


def people(view, ids: set[Any]) -> dict[Any, str]:
    """Names of users, shown to whoever sees what they did."""
    if not ids or USER not in view.catalog.entities:
        return {}
    tables = tables_of(view.catalog)
    user, person = tables.of(USER), tables.of(PERSON)
    rows = view.execute(
        sa.select(user.c.id, user.c.login, person.c.full_name)
        .select_from(user.outerjoin(person, person.c.id == user.c.person_id))
        .where(user.c.id.in_(ids))
    )
    return {r.id: r.full_name or r.login for r in rows}


class Teller:
    """Says journalled JSON values as people read them; linked records by name, one statement an entity."""

    def __init__(self, view, entity: Entity, allowed: frozenset[str]):
        self.view, self.entity, self.allowed = view, entity, allowed
        self.links: dict[str, set[Any]] = {}
        self.files: set[Any] = set()
        self.texts: dict[tuple[str, Any], str] = {}

    def prepare(self, changes: Mapping[str, Any]) -> None:
        self.tell(changes, collect=True)

    def fetch(self) -> None:
        for address, ids in self.links.items():
            for id, text in names_of(self.view, address, ids).items():
                self.texts[(address, id)] = text
        if self.files:
            named = self.view.execute(sa.select(FILE.c.id, FILE.c.name).where(FILE.c.id.in_(self.files)))
            self.texts |= {("", id): name for id, name in named}

    def tell(self, changes: Mapping[str, Any], collect: bool = False) -> list[Change]:
        found: list[Change] = []
        for key, change in changes.items():
            f = self.entity.fields.get(key)
            if f is None or key not in self.allowed:
                continue
            found += self._field(f, change, key, self._title(f), collect)
        return found

    def _title(self, f: Field) -> str:
        return f.title.in_(self.view.language)

    def _field(self, f: Field, change: Any, path: str, title: str, collect: bool) -> list[Change]:
        if isinstance(change, list) and len(change) == 2:
            return [Change(path, title, self.say(f, change[0], collect), self.say(f, change[1], collect))]
        if not isinstance(change, Mapping):
            return []
        if ERASED in change:
            said = translate(FORGOTTEN, self.view.language)
            return [Change(path, title, said, said)]
        if "before" in change:
            return [
                Change(path, title, self.say(f, change["before"], collect), self.say(f, change["after"], collect))
            ]
        found: list[Change] = []
        for row in change.get("added", ()):
            found += self._row(f, row, path, title, collect, added=True)
        for row in change.get("removed", ()):
            found += self._row(f, row, path, title, collect, added=False)
        for row in change.get("changed", ()):
            for key, inner in f.fields.items():
                if key in row:
                    found += self._field(
                        inner, row[key], f"{path}[{row['id'][:8]}].{key}", f"{title}: {self._title(inner)}", collect
                    )
        if "order" in change:
            found.append(Change(path, title, "", translate(REORDERED, self.view.language)))
        return found

    def _row(self, f: Field, row: Mapping[str, Any], path: str, title: str, collect: bool, added: bool) -> list[Change]:
        parts = [
            f"{self._title(i)}: {self.say(i, row[k], collect)}"
            for k, i in f.fields.items()
            if row.get(k) is not None and not i.is_many
        ]
        text = "; ".join(parts)
        return [Change(f"{path}[{row['id'][:8]}]", title, "" if added else text, text if added else "")]

    def say(self, f: Field, raw: Any, collect: bool = False) -> str:
        """A journalled value in words. `collect`: only note the links in it, whose names `fetch` asks for."""
        if raw is None or raw == []:
            return ""
        if f.kind.secret:
            return "***"
        try:
            value = optional(f.kind.schema(f)).deserialize(raw)
        except (ValidationError, ValueError, TypeError, ArithmeticError):
            return str(raw)  # the field's type has changed since: the raw value is still the truth
        if f.kind.upload(f) is not None:
            ids = value if isinstance(value, list) else [value]
            if collect:
                self.files.update(ids)
            return "" if collect else ", ".join(self.texts.get(("", id), "…") for id in ids)
        record: dict[str, Any] = {f.key: value}
        targets = f.kind.targets(f)
        if targets:
            ends = value if isinstance(value, list) else [value]
            pairs = [e if isinstance(e, tuple) else (targets[0], e) for e in ends]
            if collect:
                for address, id in pairs:
                    self.links.setdefault(address, set()).add(id)
                return ""
            return ", ".join(self.texts.get(p, "") or str(p[1])[:8] for p in pairs)
        return f.kind.formatter(f, self.view.language, self.view.names)(record)
