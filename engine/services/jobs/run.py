"""One attempt at a job, as its handler sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeVar

import sqlalchemy as sa

from engine.services.actor import Actor
from engine.services.jobs.claiming import Hands
from engine.services.jobs.ending import end
from engine.services.jobs.results import keep_result
from engine.services.sentences import Said, kept
from engine.storage.system.tables import JOB

T = TypeVar("T")
WRITTEN_EVERY = 1.0
"""Seconds between two writes of progress at least."""


class Cancelled(Exception):
    """The person asked to stop. Let it pass: what is not committed is taken back and the job ends as cancelled."""


class Interrupted(Exception):
    """The worker is stopping. Let it pass: the job begins anew when a worker is there again."""


class Lost(Exception):
    """The job is no longer this worker's: another one took it up. Whatever is not committed is taken back."""


class Run:
    """What a handler works with: who asked for what, with which rights now, and how to say how far it is."""

    def __init__(self, site: Any, row: Any, hands: Hands, actor: Actor):
        self.site, self.id, self.kind = site, row.id, row.kind
        self.arguments: Mapping[str, Any] = row.arguments
        self.actor, self.language = actor, row.language
        self.attempt, self.most_attempts = row.attempts, row.most_attempts
        self.created_at = row.created_at
        self.finished = False
        self.file: dict[str, Any] | None = None
        self.user_id, self.organisation_id, self.title = row.user_id, row.organisation_id, row.title
        self._hands, self._written = hands, 0.0

    def mine(self) -> sa.ColumnElement[bool]:
        """The row, as long as it is still in this attempt's hands."""
        return sa.and_(JOB.c.id == self.id, JOB.c.state == "running", JOB.c.attempts == self.attempt,
                       JOB.c.worker == self._hands.name)

    def read(self, work: Callable[[Any], T]) -> T:
        """`site.read` as the actor of the job."""
        return self.site.read(self.actor, work, language=self.language)

    def write(self, work: Callable[[Any], T]) -> T:
        """`site.write` as the actor of the job; the journal names the job where a request would stand."""
        return self.site.write(self.actor, work, language=self.language, request_id=f"job {self.id}")

    def progress(self, done: int, total: int | None = None, said: Said | None = None) -> None:
        """Say how far it is; call it as often as you like, it is written once a second.

        Raises Cancelled when the person asked to stop, Interrupted when the worker is stopping, Lost when the job was
        taken away. Call it between transactions or inside one: it never waits for yours.
        """
        if self._hands.stopping.is_set():
            raise Interrupted
        now = time.monotonic()
        if now - self._written < WRITTEN_EVERY:
            return
        self._written = now
        asked = self.site.pulse.tell(self.id, self.attempt, self._hands.name, self.site.clock.now(), done, total,
                                     None if said is None else kept(said))
        if asked is None:
            raise Lost
        if asked:
            raise Cancelled

    def keep_file(self, name: str, media_type: str, write: Callable[[BinaryIO], None]) -> None:
        """Keep what `write` puts into a file as the job's result: its owner may download it for a week.

        The job names it once it is finished; a file of an attempt that came to nothing is swept.
        """
        self.file = keep_result(self.site, self.id, name, media_type, write)

    def finish(self, uow: Any, result: Mapping[str, Any] | None = None, said: Said | None = None) -> None:
        """Mark the job done inside the transaction of `uow`: both are committed or neither is.

        `result` is JSON for programs; its `url`, a path of this site, is where a person finds what came of it. `said`
        tells them what came of it in a sentence.

        Call it last in the transaction that does the job's work; then a kill right after the commit never does the
        work twice. Raises Lost when another worker has taken the job up: your transaction is taken back.
        """
        if not end(uow, self, "done", result=result, said=said):
            raise Lost
        uow.after(self._done)

    def _done(self) -> None:
        self.finished = True
