"""The two ports: a queue of ids, and the pulse of running jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

Perform = Callable[[UUID], None]


class Queue(Protocol):
    """Carries ids of jobs to workers. Losing one or carrying it twice does no harm."""

    def leave(self, connection: sa.Connection, id: UUID, not_before: datetime | None) -> bool:
        """Inside the business transaction, rolled back with it. False: hand it over after the commit."""
        ...

    def hand_over(self, ids: Iterable[UUID]) -> None:
        """Outside a transaction: jobs that may begin now. What waits in the queue already is not added again."""
        ...

    def consume(self, perform: Perform, threads: int, stopping: threading.Event) -> None:
        """Call `perform` for ids that come, on up to `threads` threads, until `stopping` is set; then return when
        those that run have come to their end."""
        ...


    def tidy(self) -> None:
        """Clear away what killed workers left in the queue's own books."""
        ...


@dataclass(frozen=True)
class Beat:
    """What a running attempt said last."""

    attempt: int
    seen_at: datetime
    done: int
    total: int | None
    said: Mapping[str, Any] | None
    cancel_asked: bool


class Pulse(Protocol):
    """Signs of life of running jobs. Never waits for a transaction of the job itself."""

    def begin(self, id: UUID, attempt: int, now: datetime) -> None:
        """An attempt begins; whatever an earlier one said is forgotten."""
        ...

    def tell(self, id: UUID, attempt: int, worker: str, now: datetime, done: int, total: int | None,
             said: Mapping[str, Any] | None) -> bool | None:
        """Write progress down. Was a stop asked for? None: the job is no longer this attempt's."""
        ...

    def beat(self, running: Mapping[UUID, int], worker: str, now: datetime) -> None:
        """These jobs (id -> attempt) are being worked on."""
        ...

    def ask_to_stop(self, id: UUID, attempt: int) -> None:
        """Let the attempt find out, at its next word, that it is to stop."""
        ...

    def look(self, ids: Iterable[UUID]) -> dict[UUID, Beat]:
        """What is known beyond the rows themselves."""
        ...

    def forget(self, id: UUID) -> None:
        """The job has ended."""
        ...
