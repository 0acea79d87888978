"""Reading the journal: entries by person, record, period, kind and module, newest first; one entry in words.

Two statements a page and one for each of a few entities whose records are named; none grows with the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem, Refusal
from engine.ids import parse_id
from engine.language import N_, translate
from engine.language.formats import YES, write_moment
from engine.model import Entity
from engine.services.access import can, readable
from engine.services.display import names_of
from engine.services.identity.actors import USER
from engine.services.journal.operations import KINDS, OTHER, of_kind, said
from engine.services.journal.rights import shown_to
from engine.services.person_keys import opened
from engine.services.records.history import Change, Teller, people
from engine.services.records.reading import as_seen, entity_at, load_one
from engine.services.registries import Query, listing
from engine.services.seeing import LOOK, saw
from engine.storage.system.tables import JOURNAL, SEAL

PAGE, MOST = 50, 200
NAMED = 8
"""Entities whose records are named on a page: one statement each."""
FOUND = 100
"""People that a searched name may mean."""
BAD_TOKEN = Problem("page.token", N_("This page token cannot be read: start from the first page"), "before")
BAD_KIND = Problem("journal.kind", N_("Choose one of the offered kinds"), "kind")
SHOWING = (LOOK, "export", "print")
"""Operations whose entries name fields and not their changes."""
KEYED = ("key", "key narrowed", "key revoked", "key refused")
"""Operations on keys of a user: what they tell is no field of the record."""
KEY_WORDS = ("key", "name", "read_only", "entities", "roles_left", "ends")
PLAIN = (
    "format", "scope", "records", "file", "name", "rows", "created", "changed", "revision", "key", "head", "refused",
    "digest", "version", "dialect",
)
"""Words of entries without a record that are shown as they are: none holds a value of a record."""


@dataclass(frozen=True)
class Asked:
    """What is looked for; everything that is given must hold."""

    kind: str = ""
    module: str = ""
    entity: str = ""
    record_id: UUID | None = None
    person: str = ""
    """Part of a login or name, or the id of a user."""
    since: date | None = None
    until: date | None = None
    """The last day, inclusive."""


@dataclass(frozen=True)
class Line:
    """One entry in a list, without values of records."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    who: str
    """Empty for the engine itself."""
    operation: str
    done: str
    """The operation in words."""
    entity: Entity | None
    address: str
    """Of the entity, whether it is still known or not."""
    record_id: UUID | None
    record: str
    """The record's name, where the reader may see the record."""
    fields: int
    """How many fields it tells of."""


@dataclass(frozen=True)
class Lines:
    lines: Sequence[Line]
    next: UUID | None = None


@dataclass(frozen=True)
class Told:
    """One entry, whole: what it changed in words, as far as the reader may see it."""

    line: Line
    kind: str
    where: str
    """The address that it came from."""
    session: str
    request: str
    version: int | None
    changes: Sequence[Change] = ()
    hidden: int = 0
    """Fields whose values the reader may not see."""
    seen: Sequence[str] = ()
    """Titles of restricted fields that were shown."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    sealed: bool = False


def entries(view: Any, asked: Asked, before: Any = None, limit: int = PAGE) -> Lines:
    """A page of the journal. Raises NotFound for who may not read it, BadRequest."""
    limit = min(max(limit, 1), MOST)
    rows = view.execute(_statement(view, asked, _token(before), limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Lines(lines_of(view, rows), rows[-1].id if more else None)


def _token(before: Any) -> UUID | None:
    if not before:
        return None
    token = parse_id(before)
    if token is None:
        raise BadRequest([BAD_TOKEN])
    return token


def _statement(view: Any, asked: Asked, before: UUID | None, limit: int) -> Any:
    """The newest entries of each part that the reader may see, put together: either follows its own index."""
    conditions = [*conditions_of(view, asked), *([JOURNAL.c.id < before] if before else [])]
    columns = [c for c in JOURNAL.c if c.key != "code"]
    parts = [sa.select(*columns).where(part, *conditions).order_by(JOURNAL.c.id.desc()).limit(limit)
             for part in shown_to(view)]
    if len(parts) == 1:
        return parts[0]
    whole = sa.union_all(*(sa.select(p.subquery()) for p in parts)).subquery()
    return sa.select(whole).order_by(whole.c.id.desc()).limit(limit)


def conditions_of(view: Any, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """The conditions of what is asked. Raises BadRequest for a kind that is none."""
    found: list[sa.ColumnElement[bool]] = []
    if asked.kind:
        if asked.kind not in KINDS and asked.kind != OTHER:
            raise BadRequest([BAD_KIND])
        found.append(of_kind(asked.kind))
    if asked.module:
        found.append(JOURNAL.c.entity.like(f"{asked.module.replace('%', '').replace('_', '')}.%"))
    if asked.entity:
        found.append(JOURNAL.c.entity == asked.entity)
    if asked.record_id is not None:
        found.append(JOURNAL.c.record_id == asked.record_id)
    if asked.person:
        found.append(JOURNAL.c.actor_id.in_(_people_called(view, asked.person)))
    zone = view.site.clock.zone
    if asked.since is not None:
        found.append(JOURNAL.c.at >= datetime.combine(asked.since, time(), zone))
    if asked.until is not None:
        found.append(JOURNAL.c.at < datetime.combine(asked.until + timedelta(days=1), time(), zone))
    return found


def _people_called(view: Any, text: str) -> list[UUID]:
    """Users whom the text may mean, of those that the reader may see."""
    id = parse_id(text)
    if id is not None:
        return [id]
    try:
        page = listing(view, USER, Query(search=text[:100], fields=("login",), limit=FOUND))
    except Refusal:  # users are not the reader's to search
        return []
    return [r["id"] for r in page.records]


def lines_of(view: Any, rows: Sequence[Any]) -> list[Line]:
    names = people(view, {r.actor_id for r in rows if r.actor_id is not None})
    records = _named(view, rows)
    return [_line(view, row, names, records) for row in rows]


def _named(view: Any, rows: Iterable[Any]) -> dict[tuple[str, UUID], str]:
    """Names of the records that may be seen, of the entities met first."""
    kinds: dict[str, list[UUID]] = {}
    for row in rows:
        entity = view.catalog.entities.get(row.entity)
        if entity is None or row.record_id is None or not can(view.catalog, view.actor, entity, "read"):
            continue
        if row.entity in kinds or len(kinds) < NAMED:
            kinds.setdefault(row.entity, []).append(row.record_id)
    return {(address, id): name for address, ids in kinds.items()
            for id, name in names_of(view, address, list(dict.fromkeys(ids))).items()}


def _line(view: Any, row: Any, names: Mapping[UUID, str], records: Mapping[tuple[str, UUID], str]) -> Line:
    changes = row.changes or {}
    fields = len(changes.get("fields", ())) if row.operation in SHOWING else len(changes) if row.record_id else 0
    return Line(
        row.id, row.at, row.actor_id, names.get(row.actor_id, "") if row.actor_id else "", row.operation,
        said(row.operation, view.language), view.catalog.entities.get(row.entity), row.entity or "", row.record_id,
        records.get((row.entity, row.record_id), ""), fields)


def entry(view: Any, id: Any) -> Told:
    """One entry. Raises NotFound for one that is not there, or not the reader's."""
    wanted = parse_id(id)
    if wanted is None:
        raise NotFound()
    sealed = sa.exists().where(SEAL.c.entry_id == JOURNAL.c.id).label("sealed")
    columns = [c for c in JOURNAL.c if c.key != "code"]
    row = view.execute(sa.select(*columns, sealed).where(JOURNAL.c.id == wanted, sa.or_(*shown_to(view)))).first()
    if row is None:
        raise NotFound()
    line = lines_of(view, [row])[0]
    changes = opened(view.connection, [row])[row.id]
    told = Told(line, row.actor_kind, row.address or "", row.session_id or "", row.request_id or "", row.version,
                sealed=bool(row.sealed))
    if row.operation in KEYED:
        return replace(told, facts=_key_facts(view, changes))
    if line.entity is None:
        return replace(told, facts={k: v for k, v in changes.items() if k in PLAIN})
    if row.record_id is None or row.operation in SHOWING:
        return replace(told, seen=_titles(view, line.entity, changes.get("fields", ())),
                       facts={k: v for k, v in changes.items() if k in PLAIN})
    shown, hidden = _changes(view, line.entity, row.record_id, changes)
    return replace(told, changes=shown, hidden=hidden)


def _key_facts(view: Any, changes: Mapping[str, Any]) -> dict[str, str]:
    """What the entry tells of an API key, in words."""
    known, language = view.catalog, view.language
    found = {word: value[1] for word, value in changes.items() if word in KEY_WORDS}
    for word, described in (("entities", known.entities), ("roles_left", known.roles)):
        if word in found:
            names = [described[n].title.in_(language) if n in described else n for n in found[word]]
            found[word] = ", ".join(names)
    if "read_only" in found:
        found["read_only"] = translate(YES, language)
    if "ends" in found:
        found["ends"] = write_moment(datetime.fromisoformat(found["ends"]))
    return found


def _titles(view: Any, entity: Entity, keys: Iterable[str]) -> list[str]:
    """Fields by their titles, of an entity that the reader knows."""
    if not can(view.catalog, view.actor, entity, "read"):
        return []
    return [entity.fields[k].title.in_(view.language) if k in entity.fields else k for k in keys]


def _changes(view: Any, entity: Entity, id: UUID, changes: Mapping[str, Any]) -> tuple[list[Change], int]:
    """What the entry changed, in words, and how many fields of it are not the reader's to see."""
    allowed = _allowed(view, entity, id) & readable(view.catalog, view.actor, entity)
    saw(view, entity, [key for key in changes if key in allowed], (id,))
    teller = Teller(view, entity, allowed)
    teller.prepare(changes)
    teller.fetch()
    return teller.tell(changes), sum(1 for key in changes if key not in allowed)


def _allowed(view: Any, entity: Entity, id: UUID) -> frozenset[str]:
    """Fields that the reader may see of this record as it stands now; none of a record that is not theirs."""
    try:
        record = as_seen(view, entity_at(view, entity.address), load_one(view, entity, id))
    except Refusal:
        return frozenset()
    return frozenset(record.values)


__all__ = ["Asked", "Line", "Lines", "Told", "entries", "entry"]
