"""What somebody typed and did not save yet: one draft a person, entity and place (a record, or `new`), on the server.

A draft is its person's alone and holds names and texts of inputs as they stood in the form, sealed, because it may
hold what the database must not show. Values of secrets are never kept. Nothing in it is trusted when it is continued:
rights and rules judge it like anything that is typed.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotFound, TooLarge
from engine.fields import cipher
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity, Field
from engine.services.access.grants import can
from engine.services.access.predicate import visible
from engine.services.records.history import people
from engine.services.records.reading import NO_SUCH, entity_at
from engine.storage.queries.source import EntitySource
from engine.storage.queries.writing import insert_into
from engine.storage.system.ciphers import draft_place
from engine.storage.system.personal import DRAFT

NEW = "new"
KEPT = timedelta(days=30)
LATELY = timedelta(minutes=2)
"""Whoever typed within this time counts as editing now."""
LONGEST = 1_500_000
"""Characters of one draft."""
Pairs = list[tuple[str, str]]


class TooLong(TooLarge):
    """The form holds more than a draft keeps. 413; the form itself stays as it is."""

    code = "draft.too-long"
    title = N_("There is too much in this form to keep a draft of it: save it")


@dataclass(frozen=True)
class Draft:
    """`version` is the record's when the form was opened; None for a new record."""

    pairs: Pairs
    version: int | None
    at: datetime


@dataclass(frozen=True)
class Standing:
    """How the record behind an open form stands: its version now, who saved it last, who else is typing."""

    version: int
    by: str = ""
    at: datetime | None = None
    others: tuple[str, ...] = ()


def keep(uow, address: str, place: str, pairs: Iterable[tuple[str, str]], version: int | None) -> None:
    """Keep the draft in the place of an older one. Raises NotFound, TooLong; nobody without an account has drafts."""
    entity = entity_at(uow, address)
    if uow.actor.user_id is None:
        raise NotFound([NO_SUCH])
    text = json.dumps([[n, v] for n, v in pairs if not _is_secret(entity.fields, n)], ensure_ascii=False)
    if len(text) > LONGEST:
        raise TooLong()
    sealed = b64encode(cipher.current().seal(text, _seal_place(uow, entity, place))).decode()
    values = {"values": sealed, "at": uow.now, "record_version": version}
    key = {"user_id": uow.actor.user_id, "entity": entity.address, "place": place}
    # Two pages of one person may send theirs at once.
    statement = insert_into(uow.connection, DRAFT).values(**key, **values)
    uow.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def kept(view, address: str, place: str) -> Draft | None:
    """The actor's own draft, if there is one that can be read and is not too old."""
    entity = entity_at(view, address)
    if view.actor.user_id is None:
        return None
    row = view.execute(sa.select(DRAFT).where(*_mine(view, entity, place), DRAFT.c.at >= view.now - KEPT)).first()
    if row is None:
        return None
    try:
        text = cipher.current().open(b64decode(row.values), _seal_place(view, entity, place))
        pairs = [(str(n), str(v)) for n, v in json.loads(text)]
    except (ValueError, TypeError):  # sealed with a key that is gone
        return None
    return Draft(pairs, row.record_version, row.at)


def discard(uow, address: str, place: str) -> None:
    """Forget the actor's draft; nothing where there is none."""
    if uow.actor.user_id is not None:
        uow.execute(sa.delete(DRAFT).where(*_mine(uow, entity_at(uow, address), place)))


def sweep(uow) -> int:
    """Forget everybody's drafts that are past their time; how many."""
    return uow.execute(sa.delete(DRAFT).where(DRAFT.c.at < uow.now - KEPT)).rowcount


def standing(view, address: str, id: Any) -> Standing:
    """How a record that the actor may edit stands now. Raises NotFound."""
    entity = entity_at(view, address)
    wanted = parse_id(id)
    if wanted is None or not can(view.catalog, view.actor, entity, "edit"):
        raise NotFound([NO_SUCH])
    statement = view.statement()
    source = EntitySource(statement, entity)
    c = source.table.c
    query = sa.select(c.version, c.updated_by_id, c.updated_at)
    row = view.select(query.where(c.id == wanted, *visible(statement, entity, source, "edit"))).first()
    if row is None:
        raise NotFound([NO_SUCH])
    editing = view.execute(
        sa.select(DRAFT.c.user_id).where(
            DRAFT.c.entity == entity.address, DRAFT.c.place == str(wanted), DRAFT.c.at >= view.now - LATELY,
            DRAFT.c.user_id != view.actor.user_id,
        ).limit(5)
    ).scalars().all()
    ids: set[UUID] = {*editing, *([row.updated_by_id] if row.updated_by_id else ())}
    names = people(view, ids)
    return Standing(row.version, names.get(row.updated_by_id, ""), row.updated_at,
                    tuple(sorted(names.get(i, "") for i in editing if names.get(i))))


def _mine(view, entity: Entity, place: str) -> tuple[Any, ...]:
    return DRAFT.c.user_id == view.actor.user_id, DRAFT.c.entity == entity.address, DRAFT.c.place == place


def _seal_place(view, entity: Entity, place: str) -> str:
    return draft_place({"user_id": view.actor.user_id, "entity": entity.address, "place": place})


def _is_secret(fields: Mapping[str, Field], name: str) -> bool:
    """Does an input hold what may never be kept?"""
    f: Field | None = None
    for part in name.split("-"):
        if part.isdecimal():
            continue
        f = fields.get(part)
        if f is None:
            return False
        fields = f.fields
    return f is not None and f.kind.secret
