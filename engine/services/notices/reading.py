"""A person's notices: newest first, read or not. Nobody sees another one's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, NotFound, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.services.sentences import say
from engine.storage.system.tables import NOTICE

PAGE = 50


@dataclass(frozen=True)
class Notice:
    """A notice in the language of its reader."""

    id: UUID
    at: datetime
    tone: str
    text: str
    url: str
    read: bool


def notices(view, after: Any = None, limit: int = PAGE) -> tuple[list[Notice], UUID | None]:
    """A page of the actor's notices, newest first, and what to ask the next one with."""
    found = sa.select(NOTICE).where(NOTICE.c.user_id == view.actor.user_id)
    if after is not None:
        last = parse_id(after)
        if last is None:
            raise BadRequest([Problem("page.token", N_("This page token cannot be read: start from the first page"),
                                      "after")])
        found = found.where(NOTICE.c.id < last)
    rows = view.execute(found.order_by(NOTICE.c.id.desc()).limit(limit + 1)).all()
    shown = [Notice(r.id, r.at, r.tone, say(r.text, view.language), r.url or "", r.read_at is not None) for r in rows]
    return shown[:limit], rows[limit - 1].id if len(rows) > limit else None


def read_notice(uow, id: Any) -> str:
    """Mark one notice as read; where it leads. Raises NotFound when it is not there or somebody else's."""
    wanted = parse_id(id)
    url = wanted and uow.execute(
        sa.select(NOTICE.c.url).where(NOTICE.c.id == wanted, NOTICE.c.user_id == uow.actor.user_id)).first()
    if not url:
        raise NotFound()
    _read(uow, NOTICE.c.id == wanted)
    return url[0] or ""


def read_all(uow) -> int:
    """Mark all the actor's notices as read; how many were new."""
    return _read(uow, sa.true())


def read_of_job(uow, job_id: UUID) -> int:
    """Mark what the actor was told of a job as read: they have its page before them."""
    return _read(uow, NOTICE.c.job_id == job_id)


def _read(uow, which: sa.ColumnElement[bool]) -> int:
    mine = sa.update(NOTICE).where(NOTICE.c.user_id == uow.actor.user_id, NOTICE.c.read_at.is_(None))
    return uow.execute(mine.where(which).values(read_at=uow.now)).rowcount
