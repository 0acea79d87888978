"""Events of the database itself (Order 456, 5(14)): opened, its tables changed, what failed in it.

On SQLite nobody else keeps them, so they are entries of the journal. PostgreSQL keeps a log of its own: what it has to
hold is asked of its settings when the server starts (`engine/storage/server_log.py`); the entries are left there too,
because they are few and stand under the seal.

Small on purpose: an entry a start, an entry a change of tables, an entry a minute for each kind of failure.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError

from engine.ids import new_id
from engine.language import translate
from engine.services.actor import system
from engine.services.audit import Entry
from engine.storage.database import is_conflict
from engine.storage.purposes import BOOKKEEPING
from engine.storage.server_log import ADVICE, mending, shortcomings, version_of

OPENED, FAILED = "database open", "database error"
EVERY = 60.0
"""Seconds in which one kind of failure leaves one entry; what came meanwhile is counted in the next."""


def watch(site: Any, process: str) -> list[str]:
    """Leave the entry of opening, and from now on one for each kind of failure. `process`: server or worker.

    Returns what the database server's own log lacks, in sentences to be said where the process starts.
    """
    with site.database.reading(BOOKKEEPING) as connection:
        version = version_of(connection)
        lacking = shortcomings(connection)
    told = {"dialect": site.database.dialect, "version": version, "name": process}
    site.write(system(), lambda uow: uow.record(Entry(OPENED, "", None, changes=told)))
    failures = _Failures(site)
    sa.event.listen(site.database.engine, "handle_error", failures.note)
    return advice(lacking)


def advice(lacking: Sequence[str], language: str = "en") -> list[str]:
    """What to do about settings of the server's log that lack; nothing where none does."""
    if not lacking:
        return []
    return [translate(ADVICE, language, {"names": ", ".join(lacking), "statements": mending(lacking)})]


class _Failures:
    """Counts what fails by its kind. Never values: of a statement only its first word is told."""

    def __init__(self, site: Any):
        self._site, self._lock = site, threading.Lock()
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def note(self, context: Any) -> None:
        error = context.sqlalchemy_exception
        if not isinstance(error, DatabaseError | InterfaceError) or isinstance(error, IntegrityError):
            return  # a value that is taken is no failure of the database
        if is_conflict(error):
            return  # tried again by whoever met it
        original = context.original_exception
        code = str(getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None) or
                   type(original).__name__)
        verb = (context.statement or "").lstrip()[:12].split(" ")[0].upper()
        key, now = (code, verb), time.monotonic()
        with self._lock:
            at, missed = self._told.get(key, (-EVERY, 0))
            if now - at < EVERY:
                self._told[key] = at, missed + 1
                return
            self._told[key] = now, 0
        self._site.looks.later([self._row(code, verb, missed + 1)])

    def _row(self, code: str, verb: str, times: int) -> dict[str, Any]:
        return {
            "id": new_id(), "at": self._site.clock.now(), "actor_id": None, "actor_kind": "system", "session_id": None,
            "address": None, "request_id": None, "operation": FAILED, "entity": None, "record_id": None,
            "version": None, "organisation_id": None,
            "changes": {"key": code, "name": verb, "records": times},
        }
