"""A worker: threads of one process that do what is due, until they are told to stop.

It lives beside the server (`engine/jobs/supervisor.py`), by itself (`qurastyr worker`), or inside a test.
"""

from __future__ import annotations

import threading
import time
from uuid import UUID

from engine.logs import log
from engine.services.jobs import Hands, due, perform, tick
from engine.services.journal import Turn

THREADS = 2
LOOKED_EVERY = 2.0
"""Seconds between two looks for jobs that nobody handed over."""
BEATS_EVERY = 5.0
"""Seconds between two signs of life of the jobs in hand."""
SCHEDULES_EVERY = 20.0
"""Seconds between two looks at schedules, when none of them is due sooner: a publish may have changed them."""
REST = 5.0
"""Seconds before a queue that failed is asked again."""


class Worker:
    """`start` returns at once; `stop` lets running handlers come to their next word of progress."""

    def __init__(self, site, threads: int = THREADS):
        self.site, self._threads = site, threads
        self.hands = Hands()
        self._running = [threading.Thread(target=t, name=f"jobs-{t.__name__}", daemon=True)
                         for t in (self._consume, self._keep, self._seal)]

    def start(self) -> Worker:
        for thread in self._running:
            thread.start()
        return self

    def stop(self, patience: float = 40.0) -> None:
        self.hands.stopping.set()
        for thread in self._running:
            thread.join(patience)

    def _consume(self) -> None:
        """Take what the queue brings; a queue that fails is asked again after a rest."""
        while not self.hands.stopping.is_set():
            try:
                self.site.queue.consume(self._perform, self._threads, self.hands.stopping)
            except Exception as error:
                log.error("queue failed", error=type(error).__qualname__)
                self.hands.stopping.wait(REST)

    def _perform(self, id: UUID) -> None:
        try:
            perform(self.site, id, self.hands)
        except Exception as error:  # its row could not be brought to an end: it is found silent and taken up again
            log.error("job unended", job=str(id), error=type(error).__qualname__)

    def _keep(self) -> None:
        """Signs of life, and jobs that nobody handed over: deferred before a crash, left by a worker that died."""
        beaten, looked, soonest = 0.0, 0.0, self.site.clock.now()
        while not self.hands.stopping.is_set():
            try:
                if time.monotonic() - beaten > BEATS_EVERY:
                    beaten = time.monotonic()
                    self.site.pulse.beat(dict(self.hands.holding), self.hands.name, self.site.clock.now())
                if time.monotonic() - looked > SCHEDULES_EVERY or self.site.clock.now() >= soonest:
                    looked = time.monotonic()
                    _, soonest = tick(self.site)
                found = [id for id in due(self.site) if id not in self.hands.holding]
                if found:
                    self.site.queue.hand_over(found)
            except Exception as error:  # a database that does not answer for a while must not end the worker
                log.error("jobs unseen", error=type(error).__qualname__)
            self.hands.stopping.wait(LOOKED_EVERY)

    def _seal(self) -> None:
        """Seal the journal every second; on two busy cores it never takes more than a fifth of the time."""
        turn = Turn(self.site)
        while not self.hands.stopping.is_set():
            try:
                rest = turn.take()
            except Exception as error:  # what could not be sealed now is sealed by a later turn
                log.error("journal unsealed", error=type(error).__qualname__)
                rest = REST
            self.hands.stopping.wait(rest)
