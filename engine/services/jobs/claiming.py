"""Who does a job: taken by one conditional UPDATE, so that of several workers one gets it.

A job whose worker died is taken up again. What a claim gives is a number (`attempts`) that every later change of the
row names: a worker that was thought dead and still lives changes nothing more.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.storage.system.tables import JOB

LOST = timedelta(seconds=30)
"""Silence after which the worker of a job counts as dead; a living one says so six times in this time."""


def worker_name() -> str:
    """A name for this process that no other one has."""
    return secrets.token_hex(8)


def claimable(now) -> sa.ColumnElement[bool]:
    """Jobs that may be begun: due ones, and those whose worker is silent."""
    waiting = sa.and_(JOB.c.state == "waiting", JOB.c.not_before <= now)
    return sa.or_(waiting, sa.and_(JOB.c.state == "running", JOB.c.seen_at < now - LOST))


def due(site, limit: int = 100) -> list[UUID]:
    """Ids of jobs that may be begun now, the longest waiting first."""
    now = site.clock.now()
    with site.database.reading() as connection:
        found = sa.select(JOB.c.id).where(claimable(now)).order_by(JOB.c.not_before, JOB.c.id).limit(limit)
        return list(connection.execute(found).scalars())


def claim(site, id: UUID, worker: str) -> Any | None:
    """The job's row when it is ours now; None when it is not due, not there, or somebody else's."""
    def take() -> Any | None:
        now = site.clock.now()
        with site.database.writing() as connection:
            return connection.execute(
                sa.update(JOB).where(JOB.c.id == id, claimable(now)).values(
                    state="running", attempts=JOB.c.attempts + 1, worker=worker, started_at=now, seen_at=now,
                    done=0, total=None, said=None,
                ).returning(*JOB.c)
            ).first()

    return site.database.retry_on_conflict(take)
