"""The pulse on PostgreSQL: in the row of the job itself, over a connection of its own.

A row that the job's own transaction has locked (it has just been marked done there) is passed over, never waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.storage.purposes import BOOKKEEPING
from engine.storage.queue.base import Beat
from engine.storage.system.tables import JOB


class PulseRow:
    def __init__(self, database: Any):
        self._database = database

    def begin(self, id: UUID, attempt: int, now: datetime) -> None:
        """Nothing: the claim has written all of it into the row."""

    def tell(self, id: UUID, attempt: int, worker: str, now: datetime, done: int, total: int | None,
             said: Mapping[str, Any] | None) -> bool | None:
        words = {} if said is None else {"said": dict(said)}
        with self._database.writing(BOOKKEEPING) as connection:
            row = connection.execute(sa.select(JOB.c.cancel_asked).where(_mine(id, attempt, worker))).first()
            if row is not None:
                self._set(connection, _mine(id, attempt, worker), seen_at=now, done=done, total=total, **words)
        return None if row is None else row.cancel_asked

    def beat(self, running: Mapping[UUID, int], worker: str, now: datetime) -> None:
        if running:
            with self._database.writing(BOOKKEEPING) as connection:
                mine = sa.and_(JOB.c.id.in_(list(running)), JOB.c.worker == worker, JOB.c.state == "running")
                self._set(connection, mine, seen_at=now)

    def ask_to_stop(self, id: UUID, attempt: int) -> None:
        with self._database.writing(BOOKKEEPING) as connection:
            self._set(connection, sa.and_(JOB.c.id == id, JOB.c.attempts == attempt, JOB.c.state == "running"),
                      cancel_asked=True)

    def look(self, ids: Iterable[UUID]) -> dict[UUID, Beat]:
        """Nothing beyond the rows."""
        return {}

    def forget(self, id: UUID) -> None:
        """Nothing to forget."""

    @staticmethod
    def _set(connection: sa.Connection, which: sa.ColumnElement[bool], **values: Any) -> None:
        free = sa.select(JOB.c.id).where(which).with_for_update(skip_locked=True)
        connection.execute(sa.update(JOB).where(JOB.c.id.in_(free)).values(values))


def _mine(id: UUID, attempt: int, worker: str) -> sa.ColumnElement[bool]:
    return sa.and_(JOB.c.id == id, JOB.c.attempts == attempt, JOB.c.worker == worker, JOB.c.state == "running")
