"""The pulse beside SQLite: a small file of its own. A job that holds the one write lock for a minute still says how far
it is, and still hears that it is to stop."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from engine.storage.queue.base import Beat

TABLE = """CREATE TABLE IF NOT EXISTS pulse (
    job TEXT PRIMARY KEY, attempt INTEGER NOT NULL, seen_at REAL NOT NULL, done INTEGER NOT NULL DEFAULT 0,
    total INTEGER, said TEXT, cancel_asked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"""
BEGIN = """INSERT INTO pulse (job, attempt, seen_at) VALUES (?, ?, ?) ON CONFLICT (job) DO UPDATE SET
    attempt = excluded.attempt, seen_at = excluded.seen_at, done = 0, total = NULL, said = NULL, cancel_asked = 0"""
TELL = """UPDATE pulse SET seen_at = ?, done = ?, total = ?, said = coalesce(?, said)
    WHERE job = ? AND attempt = ? RETURNING cancel_asked"""


class PulseFile:
    def __init__(self, path: Path):
        self._path, self._made, self._lock = path, False, threading.Lock()

    def begin(self, id: UUID, attempt: int, now: datetime) -> None:
        with self._open() as file:
            file.execute(BEGIN, (str(id), attempt, now.timestamp()))

    def tell(self, id: UUID, attempt: int, worker: str, now: datetime, done: int, total: int | None,
             said: Mapping[str, Any] | None) -> bool | None:
        words = None if said is None else json.dumps(said, ensure_ascii=False)
        with self._open() as file:
            row = file.execute(TELL, (now.timestamp(), done, total, words, str(id), attempt)).fetchone()
        return None if row is None else bool(row[0])

    def beat(self, running: Mapping[UUID, int], worker: str, now: datetime) -> None:
        with self._open() as file:
            file.executemany("UPDATE pulse SET seen_at = ? WHERE job = ? AND attempt = ?",
                             [(now.timestamp(), str(id), attempt) for id, attempt in running.items()])

    def ask_to_stop(self, id: UUID, attempt: int) -> None:
        with self._open() as file:
            file.execute("UPDATE pulse SET cancel_asked = 1 WHERE job = ? AND attempt = ?", (str(id), attempt))

    def look(self, ids: Iterable[UUID]) -> dict[UUID, Beat]:
        wanted = list(ids)
        if not wanted or not self._path.exists():
            return {}
        marks = ", ".join("?" * len(wanted))
        with self._open() as file:
            rows = file.execute(
                f"SELECT job, attempt, seen_at, done, total, said, cancel_asked FROM pulse WHERE job IN ({marks})",  # noqa: S608
                [str(id) for id in wanted]).fetchall()
        return {
            UUID(job): Beat(attempt, datetime.fromtimestamp(seen, UTC), done, total, json.loads(said) if said else None,
                            bool(cancel))
            for job, attempt, seen, done, total, said, cancel in rows
        }

    def forget(self, id: UUID) -> None:
        with self._open() as file:
            file.execute("DELETE FROM pulse WHERE job = ?", (str(id),))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock, closing(sqlite3.connect(self._path, timeout=5, isolation_level=None)) as file:
            # Nothing here has to outlive a loss of power: the rows of jobs do.
            file.execute("PRAGMA synchronous = off")
            if not self._made:
                file.execute("PRAGMA journal_mode = wal")
                file.execute(TABLE)
                self._made = True
            yield file
