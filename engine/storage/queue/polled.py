"""The queue of an installation on PostgreSQL without procrastinate: workers look at the rows of jobs themselves."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from engine.storage.queue.base import Perform

LOOKED_EVERY = 0.2


class PolledQueue:
    """Ids stay in this process: what the sweep of a worker finds goes to its own threads."""

    def __init__(self) -> None:
        self._ids: queue.SimpleQueue[UUID] = queue.SimpleQueue()
        self._held: set[UUID] = set()
        self._lock = threading.Lock()
        self._consumed = False

    def leave(self, connection: sa.Connection, id: UUID, not_before: datetime | None) -> bool:
        return True  # the row of the job is what workers look at

    def hand_over(self, ids: Iterable[UUID]) -> None:
        if not self._consumed:  # a server without a worker in it: others look at the rows
            return
        with self._lock:
            for id in ids:
                if id not in self._held:
                    self._held.add(id)
                    self._ids.put(id)

    def consume(self, perform: Perform, threads: int, stopping: threading.Event) -> None:
        self._consumed = True
        with ThreadPoolExecutor(threads, thread_name_prefix="jobs") as pool:
            for _ in range(threads):
                pool.submit(self._work, perform, stopping)

    def tidy(self) -> None:
        """Nothing is left behind."""

    def _work(self, perform: Perform, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                id = self._ids.get(timeout=LOOKED_EVERY)
            except queue.Empty:
                continue
            try:
                perform(id)
            finally:
                with self._lock:
                    self._held.discard(id)
