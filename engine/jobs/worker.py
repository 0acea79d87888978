"""A worker: threads of one process that do what is due, until they are told to stop.

It lives beside the server (`engine/jobs/supervisor.py`), by itself (`qurastyr worker`), or inside a test.
"""

from __future__ import annotations

import queue
import threading
from uuid import UUID

from engine.logs import log
from engine.services.jobs import due, perform, worker_name

THREADS = 2
LOOKED_EVERY = 1.0
"""Seconds between two looks for jobs that nobody handed over."""


class Worker:
    """`start` returns at once; `stop` lets running handlers come to their next word of progress."""

    def __init__(self, site, threads: int = THREADS):
        self.site, self.name = site, worker_name()
        self._stopping = threading.Event()
        self._found: queue.Queue[UUID] = queue.Queue()
        self._held: set[UUID] = set()
        self._threads = [threading.Thread(target=self._look, name="jobs-look", daemon=True)]
        self._threads += [threading.Thread(target=self._do, name=f"jobs-{n}", daemon=True) for n in range(threads)]

    def start(self) -> Worker:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, patience: float = 10.0) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(patience)

    def _look(self) -> None:
        while not self._stopping.is_set():
            try:
                for id in due(self.site):
                    if id not in self._held:
                        self._held.add(id)
                        self._found.put(id)
            except Exception as error:  # a database that does not answer for a while must not end the worker
                log.error("jobs unseen", error=type(error).__qualname__)
            self._stopping.wait(LOOKED_EVERY)

    def _do(self) -> None:
        while not self._stopping.is_set():
            try:
                id = self._found.get(timeout=0.2)
            except queue.Empty:
                continue
            try:
                perform(self.site, id, self.name, self._stopping)
            except Exception as error:
                log.error("job unended", job=str(id), error=type(error).__qualname__)
            finally:
                self._held.discard(id)
