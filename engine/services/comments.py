"""What people say beside a record: read by whoever reads the record, written by whoever holds `comment` on it.

A comment is plain text. Its author changes it for half an hour and may take it back at any time; each of these is in
the journal with the words as they were. `@login` tells that person of it, if the record may be read by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from engine.ids import new_id, parse_id
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can
from engine.services.audit import Entry
from engine.services.identity.actors import PERSON, USER, actor_statement, read_actor
from engine.services.notices import tell
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import NO_SUCH, Record, as_seen, entity_at, load_one
from engine.services.unit_of_work import View
from engine.storage.system.tables import COMMENT
from engine.storage.tables import tables_of

LONGEST = 4_000
"""Characters of one comment."""
MOST = 200
"""Comments that a page shows, the latest ones."""
MENTIONS = 10
"""People whom one comment tells, at most."""
EDITABLE = timedelta(minutes=30)
"""For so long the author may still change the words."""
MENTION = re.compile(r"(?<![\w@/.])@([A-Za-z0-9](?:[A-Za-z0-9._\-]{0,60}[A-Za-z0-9])?)")

EMPTY = N_("Write something first")
TOO_LONG = N_("Shorten the comment to %(most)s characters")
TOO_LATE = N_("A comment can be changed for half an hour only: write another one")
NOT_YOURS = N_("Only its author may do this")
MENTIONED = N_("%(who)s mentioned you beside: %(record)s")


@dataclass(frozen=True)
class Comment:
    id: UUID
    author: str
    login: str
    at: datetime
    text: str
    edited: bool = False
    mine: bool = False
    editable: bool = False
    """The reader may still change its words."""


def comments(view, address: str, id: Any) -> list[Comment]:
    """The comments beside a record, the oldest first. Raises NotFound."""
    entity = entity_at(view, address)
    return comments_of(view, as_seen(view, entity, load_one(view, entity, id)))


def comments_of(view, record: Record) -> list[Comment]:
    """The comments beside a record that was read already."""
    tables = tables_of(view.catalog)
    user, person = tables.of(USER), tables.of(PERSON)
    people = COMMENT.outerjoin(user, user.c.id == COMMENT.c.author_id)
    query = sa.select(COMMENT, user.c.login, person.c.full_name)
    query = query.select_from(people.outerjoin(person, person.c.id == user.c.person_id))
    query = query.where(_beside(record), COMMENT.c.removed_at.is_(None))
    rows = view.execute(query.order_by(COMMENT.c.id.desc()).limit(MOST)).all()
    mine, open_ = view.actor.user_id, "comment" in record.allowed
    return [
        Comment(
            r.id, r.full_name or r.login or "", r.login or "", r.at, r.text, r.edited_at is not None,
            r.author_id == mine, open_ and r.author_id == mine and view.now - r.at <= EDITABLE,
        )
        for r in reversed(rows)
    ]


def _beside(record: Record) -> sa.ColumnElement[bool]:
    return sa.and_(COMMENT.c.entity == record.entity.address, COMMENT.c.record_id == record.id)


def comment(uow, address: str, id: Any, text: str) -> UUID:
    """Say `text` beside a record. Raises NotFound, NotAllowed, Invalid."""
    record = _open(uow, address, id)
    said, made = _said(text), new_id()
    uow.execute(
        sa.insert(COMMENT).values(
            id=made,
            entity=address,
            record_id=record.id,
            organisation_id=uow.actor.organisation_id,
            author_id=uow.actor.user_id,
            at=uow.now,
            text=said,
        )
    )
    _journal(uow, record, "comment", None, said)
    _tell(uow, record, mentioned(said))
    return made


def change_comment(uow, address: str, id: Any, comment_id: Any, text: str) -> None:
    """Put other words in place of one's own of a moment ago. Raises NotFound, NotAllowed, Conflict, Invalid."""
    record = _open(uow, address, id)
    found = _mine(uow, record, comment_id)
    if uow.now - found.at > EDITABLE:
        raise Conflict([Problem("comment.late", TOO_LATE)])
    said = _said(text)
    if said == found.text:
        return
    uow.execute(sa.update(COMMENT).where(COMMENT.c.id == found.id).values(text=said, edited_at=uow.now))
    _journal(uow, record, "comment change", found.text, said)
    _tell(uow, record, [login for login in mentioned(said) if login not in mentioned(found.text)])


def remove_comment(uow, address: str, id: Any, comment_id: Any) -> None:
    """Take one's own comment back. Raises NotFound, NotAllowed."""
    entity = entity_at(uow, address)
    record = as_seen(uow, entity, load_one(uow, entity, id))
    found = _mine(uow, record, comment_id)
    uow.execute(sa.update(COMMENT).where(COMMENT.c.id == found.id).values(removed_at=uow.now))
    _journal(uow, record, "comment remove", found.text, None)


def mentioned(text: str) -> list[str]:
    """The logins that a text mentions, each once."""
    return list(dict.fromkeys(found.lower() for found in MENTION.findall(text)))


def _open(uow, address: str, id: Any) -> Record:
    """The record, when the actor may say something beside it."""
    entity = entity_at(uow, address)
    record = as_seen(uow, entity, load_one(uow, entity, id))
    if uow.actor.user_id is None or not can(uow.catalog, uow.actor, entity, "comment") \
            or "comment" not in record.allowed:
        raise refuse_verb(uow, entity, "comment")
    return record


def _mine(uow, record: Record, comment_id: Any) -> sa.Row:
    wanted = parse_id(comment_id)
    live = sa.select(COMMENT).where(_beside(record), COMMENT.c.id == wanted, COMMENT.c.removed_at.is_(None))
    found = uow.execute(live).first() if wanted else None
    if found is None:
        raise NotFound([NO_SUCH])
    if found.author_id != uow.actor.user_id or uow.actor.user_id is None:
        raise NotAllowed([Problem("comment.author", NOT_YOURS)])
    return found


def _said(text: str) -> str:
    said = "".join(c for c in text.replace("\r\n", "\n") if c == "\n" or c.isprintable()).strip()
    if not said:
        raise Invalid([Problem("comment.empty", EMPTY, "text")])
    if len(said) > LONGEST:
        raise Invalid([Problem("comment.long", TOO_LONG, "text", {"most": LONGEST})])
    return said


def _journal(uow, record: Record, operation: str, before: str | None, after: str | None) -> None:
    uow.record(Entry(operation, record.entity.address, record.id, changes={"comment": [before, after]}))


# -- mentions ---------------------------------------------------------------------------------------------------------


def _tell(uow, record: Record, logins: Iterable[str]) -> None:
    """A notice to each of these people who may read the record; nobody learns who may not."""
    for user_id in _users(uow, list(logins)[:MENTIONS]):
        if user_id != uow.actor.user_id and (name := _name_for(uow, record.entity, record.id, user_id)):
            said = (MENTIONED, {"who": uow.actor.name or uow.actor.login, "record": name})
            tell(uow, user_id, "info", said, f"{record.entity.url}/{record.id}#comments")


def _users(uow, logins: list[str]) -> list[UUID]:
    if not logins:
        return []
    user = tables_of(uow.catalog).of(USER)
    own = user.c.organisation_id == uow.actor.organisation_id
    found = sa.select(user.c.id).where(sa.func.lower(user.c.login).in_(logins), own, user.c.archived_at.is_(None))
    return list(uow.execute(found).scalars())


def _name_for(uow, entity: Entity, id: UUID, user_id: UUID) -> str:
    """What the record is called for that person; empty when it is not shown to them."""
    origin = sa.select(sa.literal(user_id, COMMENT.c.author_id.type).label("user_id")).subquery("asked")
    rows = uow.execute(actor_statement(uow.catalog, origin, origin.c.user_id, [])).all()
    reader = read_actor(uow.site, rows, "user", "", "")
    if reader is None or not can(uow.catalog, reader, entity, "read"):
        return ""
    view = View(uow.site, uow.catalog, uow.connection, reader, reader.language or "kk")
    try:
        record = as_seen(view, entity, load_one(view, entity, id, shown="links"), shown=True)
    except NotFound:
        return ""
    return record.display(view.language, view.names) or entity.title.in_(view.language)
