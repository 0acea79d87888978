"""How the ids of jobs reach a worker, and how a running job says that it lives. The rows of jobs are the truth.

A queue carries ids and nothing else; an id that is lost or comes twice does no harm, because a worker claims the row
and sweeps for rows that nobody claimed (decisions.md, 26).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.storage.queue.base import Beat, Pulse, Queue

__all__ = ["Beat", "Pulse", "Queue", "pulse_for", "queue_for"]


def queue_for(database: Any, folder: Path) -> Queue:
    """SQLite: huey, in a file of its own in `folder`. PostgreSQL: procrastinate where it is installed, else polling."""
    if database.dialect == "sqlite":
        from engine.storage.queue.embedded import EmbeddedQueue

        return EmbeddedQueue(folder / "queue.db")
    if find_spec("procrastinate") is not None:
        from engine.storage.queue.transactional import TransactionalQueue

        return TransactionalQueue(database)
    from engine.storage.queue.polled import PolledQueue

    return PolledQueue()


def pulse_for(database: Any, folder: Path) -> Pulse:
    """Where running jobs say how far they are: beside the database on SQLite, in their rows on PostgreSQL."""
    if database.dialect == "sqlite":
        from engine.storage.queue.pulse_file import PulseFile

        return PulseFile(folder / "pulse.db")
    from engine.storage.queue.pulse_row import PulseRow

    return PulseRow(database)
