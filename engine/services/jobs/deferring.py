"""Leaving work for later, in the transaction that decides upon it: rolled back with it, never lost after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Conflict, Problem
from engine.hooks import registry
from engine.ids import new_id
from engine.language import N_
from engine.services.actor import Actor
from engine.services.jobs.leaving import leave
from engine.services.sentences import Said, kept
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import JOB
from engine.storage.system.work import UNFINISHED

MOST_ATTEMPTS = 3
BUSY = N_("Somebody has begun this work already: wait until it ends")


def defer(
    uow, kind: str, arguments: Mapping[str, Any], *, title: Said, key: str | None = None,
    not_before: datetime | None = None, most_attempts: int = MOST_ATTEMPTS,
) -> UUID:
    """The id of a job that a worker takes up after the commit, with the rights that the actor has by then.

    `kind` is a handler of the hook `job_handlers`, `arguments` are JSON, `title` says to people what it is.
    With a `key` there is one unfinished job a key and organisation: while the actor's own is unfinished its id is
    returned and nothing is added. Raises Conflict when that one is somebody else's, ValueError for an unknown kind.
    """
    actor = uow.actor
    if actor.user_id is None and not actor.is_system:
        raise ValueError("nobody defers no work")
    return leave_for(uow, actor, kind, arguments, title=title, key=key, not_before=not_before,
                     most_attempts=most_attempts)


def leave_for(
    uow, actor: Actor, kind: str, arguments: Mapping[str, Any], *, title: Said, key: str | None = None,
    not_before: datetime | None = None, most_attempts: int = MOST_ATTEMPTS, schedule: str | None = None,
) -> UUID:
    """As `defer`, for another actor than that of the transaction: schedules leave work for every organisation."""
    if kind not in registry().job_handlers:
        raise ValueError(f"there is no handler of jobs {kind!r}")
    full = None if key is None else f"{actor.organisation_id or ''}:{key}"
    id = new_id()
    row = {
        "id": id, "kind": kind, "arguments": dict(arguments), "title": kept(title), "key": full, "schedule": schedule,
        "user_id": actor.user_id, "organisation_id": actor.organisation_id, "language": uow.language,
        "state": "waiting", "most_attempts": most_attempts, "created_at": uow.now, "not_before": not_before or uow.now,
    }
    if full is None:
        uow.execute(sa.insert(JOB).values(row))
    elif not _claimed(uow, row):
        other = uow.execute(
            sa.select(JOB.c.id, JOB.c.user_id).where(JOB.c.key == full, JOB.c.state.in_(("waiting", "running")))
        ).first()
        if other is not None and other.user_id == actor.user_id:
            return other.id
        raise Conflict([Problem("job.busy", BUSY)])
    leave(uow, id, row["not_before"])
    return id


def _claimed(uow, row: Mapping[str, Any]) -> bool:
    """True when no unfinished job held the key. ON CONFLICT, since a failed INSERT ends a PostgreSQL transaction."""
    added = insert_into(uow.connection, JOB).values(row)
    added = added.on_conflict_do_nothing(index_elements=["key"], index_where=sa.text(UNFINISHED))
    return uow.execute(added.returning(JOB.c.id)).first() is not None
