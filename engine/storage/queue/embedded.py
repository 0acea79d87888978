"""The queue of an installation on SQLite: huey over a file of its own, so that queueing never waits for the data.

huey forgets a job when a worker takes it; what a kill loses, the sweep over the rows of jobs hands over again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.ids import parse_id
from engine.storage.queue.base import Perform

NAME = "jobs"
FIRST_LOOK, LAST_LOOK = 0.05, 0.5
"""Seconds between looks into an empty queue: at first, and when it stays empty."""
PATIENCE = 30.0
"""Seconds that a running job is given to come to its next word when the worker stops."""


class EmbeddedQueue:
    def __init__(self, path: Path):
        self._path = path
        self._perform: Perform | None = None

    def leave(self, connection: sa.Connection, id: UUID, not_before: datetime | None) -> bool:
        return False  # the file is no part of the transaction

    def hand_over(self, ids: Iterable[UUID]) -> None:
        try:
            waiting = {bytes(item) for item in self._huey.storage.enqueued_items(1000)}
            for id in ids:
                if str(id).encode() not in waiting:
                    self._huey.enqueue(self._task.s(str(id)))
        finally:
            self._huey.storage.close()  # its connection is this thread's, and threads come and go

    def consume(self, perform: Perform, threads: int, stopping: threading.Event) -> None:
        from huey.consumer import Consumer

        class Quiet(Consumer):
            def _set_signal_handlers(self) -> None:
                """The process belongs to the command that began it, or to a server: signals are theirs."""

        self._perform = perform
        self._task  # noqa: B018 - made known to huey before it reads the queue
        consumer = Quiet(self._huey, workers=threads, periodic=False, initial_delay=FIRST_LOOK, backoff=1.3,
                         max_delay=LAST_LOOK, scheduler_interval=60, shutdown_timeout=PATIENCE)
        consumer.start()
        while not stopping.wait(10):
            consumer.check_worker_health()
        consumer.stop(graceful=True)

    def tidy(self) -> None:
        """Nothing is left behind."""

    @cached_property
    def _huey(self) -> Any:
        from huey import SqliteHuey

        return SqliteHuey(NAME, filename=str(self._path), results=False, serializer=_ids_alone()(), fsync=False)

    @cached_property
    def _task(self) -> Any:
        return self._huey.task(name="perform")(self._come)

    def _come(self, text: str) -> None:
        id = parse_id(text)
        if self._perform is not None and id is not None:
            self._perform(id)


def _ids_alone() -> type:
    """A serializer that writes the id of the job and nothing else: what is read back can run no code."""
    from huey.registry import Message
    from huey.serializer import Serializer

    class IdsAlone(Serializer):
        def _serialize(self, data: Any) -> bytes:
            return data.args[0].encode()

        def _deserialize(self, data: bytes) -> Any:
            text = bytes(data).decode("ascii", "replace")
            return Message(id=text, name=f"{__name__}.perform", args=(text,), kwargs={})

    return IdsAlone
