"""Who does a job: taken by one conditional UPDATE, so that of several workers one gets it.

A job whose worker died is taken up again: at once when its process was one of this machine and is gone, else when it
has been silent for a while. What a claim gives is a number (`attempts`) that every later change of the row names: a
worker that was thought dead and still lives changes nothing more.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.services.jobs.processes import is_gone, process_name
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queue import Beat
from engine.storage.system.tables import JOB
from engine.storage.system.work import UNFINISHED

LOST = timedelta(seconds=30)
"""Silence after which the worker of a job counts as dead; a living one says so six times in this time."""
LOOKED = (JOB.c.id, JOB.c.state, JOB.c.attempts, JOB.c.worker, JOB.c.seen_at, JOB.c.not_before)


class Hands:
    """A worker, as jobs know it: its name, what it has in hand (id -> attempt), whether it is to stop."""

    def __init__(self, name: str = "", stopping: threading.Event | None = None):
        self.name = name or process_name()
        self.stopping = stopping or threading.Event()
        self.holding: dict[UUID, int] = {}


def due(site, limit: int = 100) -> list[UUID]:
    """Ids of jobs that may be begun now, the longest waiting first: due ones, and those whose worker is dead."""
    now = site.clock.now()
    with site.database.reading(BOOKKEEPING) as connection:
        may = sa.or_(JOB.c.not_before <= now, JOB.c.state == "running")
        rows = connection.execute(
            sa.select(*LOOKED).where(sa.text(UNFINISHED), may).order_by(JOB.c.not_before, JOB.c.id).limit(limit)).all()
    beats = site.pulse.look(r.id for r in rows if r.state == "running")
    return [r.id for r in rows if _is_free(r, beats, now)]


def claim(site, id: UUID, worker: str) -> Any | None:
    """The job's row when it is ours now; None when it is not due, not there, or somebody else's."""
    beats: Mapping[UUID, Beat] = site.pulse.look([id])

    def take() -> Any | None:
        now = site.clock.now()
        with site.database.writing(BOOKKEEPING) as connection:
            seen = connection.execute(sa.select(*LOOKED).where(JOB.c.id == id)).first()
            if seen is None or not _is_free(seen, beats, now):
                return None
            as_seen = sa.and_(JOB.c.id == id, JOB.c.state == seen.state, JOB.c.attempts == seen.attempts,
                              JOB.c.worker.is_not_distinct_from(seen.worker))
            return connection.execute(sa.update(JOB).where(as_seen).values(
                state="running", attempts=JOB.c.attempts + 1, worker=worker, started_at=now, seen_at=now, done=0,
                total=None, said=None).returning(*JOB.c)).first()

    row = site.database.retry_on_conflict(take)
    if row is not None:
        site.pulse.begin(id, row.attempts, row.started_at)
    return row


def _is_free(row: Any, beats: Mapping[UUID, Beat], now: datetime) -> bool:
    if row.state == "waiting":
        return row.not_before <= now
    if row.state != "running":
        return False
    beat = beats.get(row.id)
    seen = max(row.seen_at, beat.seen_at) if beat is not None and beat.attempt == row.attempts else row.seen_at
    return seen < now - LOST or is_gone(row.worker or "")
