"""The queue of an installation on PostgreSQL: procrastinate, whose row is written by the business transaction itself.

Workers are woken by NOTIFY the moment the transaction commits. Its tables are made by our own upgrade (`install`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.ids import parse_id
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queue.base import Perform
from engine.storage.system.tables import STATE

QUEUE, TASK = "qurastyr", "perform"
INSTALLED = "queue tables"
"""Key of the engine's state: the last script of procrastinate that has run here."""
FETCHED_EVERY = 5.0
PATIENCE = 30.0
STALLED = 300.0
"""Seconds of silence after which procrastinate's own row of a worker is dropped."""
LEAVE = sa.text("""
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, NULL, :lock, CAST(:args AS jsonb), :at)
        ::procrastinate_job_to_defer_v1])
    WHERE CAST(:lock AS text) IS NULL OR NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo' AND args ->> 'id' = :id)""")
TIDY = sa.text("DELETE FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'doing' AND worker_id IS NULL")
"""What killed workers held. The row of the job itself says what is to be done; this one only carried its id."""


class TransactionalQueue:
    def __init__(self, database: Any):
        self._database = database
        self._there = False

    def leave(self, connection: sa.Connection, id: UUID, not_before: datetime | None) -> bool:
        if self._is_installed(connection):
            connection.execute(LEAVE, _row(id, not_before, None))
        return True

    def hand_over(self, ids: Iterable[UUID]) -> None:
        with self._database.writing(BOOKKEEPING) as connection:
            if self._is_installed(connection):
                for id in ids:
                    with contextlib.suppress(sa.exc.IntegrityError), connection.begin_nested():
                        connection.execute(LEAVE, _row(id, None, str(id)))  # two sweeps at once: one of them adds it

    def consume(self, perform: Perform, threads: int, stopping: threading.Event) -> None:
        with self._database.reading(BOOKKEEPING) as connection:
            if not self._is_installed(connection):
                raise LookupError("procrastinate has no tables here: run qurastyr migrate")
        # psycopg cannot wait on the loop that Windows has by default.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop if os.name == "nt" else None) as runner:
            runner.run(self._consume(perform, threads, stopping))

    def tidy(self) -> None:
        with self._database.writing(BOOKKEEPING) as connection:
            if self._is_installed(connection):
                connection.execute(sa.select(sa.func.procrastinate_prune_stalled_workers_v1(STALLED)))
                connection.execute(TIDY, {"queue": QUEUE})

    async def _consume(self, perform: Perform, threads: int, stopping: threading.Event) -> None:
        import procrastinate

        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=threads + 3)
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK, queue=QUEUE)
        def come(id: str) -> None:
            known = parse_id(id)
            if known is not None:
                perform(known)

        async with app.open_async():
            working = asyncio.create_task(app.run_worker_async(
                queues=[QUEUE], concurrency=threads, install_signal_handlers=False, delete_jobs="always",
                fetch_job_polling_interval=FETCHED_EVERY, shutdown_graceful_timeout=PATIENCE))
            told = asyncio.create_task(asyncio.to_thread(stopping.wait))
            await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                working.cancel()  # it ends when the running jobs have
            with contextlib.suppress(asyncio.CancelledError):
                await working

    def _is_installed(self, connection: sa.Connection) -> bool:
        if not self._there:
            found = sa.select(sa.func.to_regproc("procrastinate_defer_jobs_v1").is_not(None))
            self._there = bool(connection.scalar(found))
        return self._there


def _row(id: UUID, at: datetime | None, lock: str | None) -> dict[str, Any]:
    return {"queue": QUEUE, "task": TASK, "lock": lock, "args": json.dumps({"id": str(id)}), "at": at, "id": str(id)}


def install(connection: sa.Connection) -> None:
    """Make or upgrade the tables of procrastinate; nothing where it is not installed or the database is another one.

    `connection` may change tables. The scripts are procrastinate's own, each run once, in the order of their names.
    """
    if connection.dialect.name != "postgresql":
        return
    try:
        from procrastinate.schema import SchemaManager
    except ImportError:
        return
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    newest = scripts[-1].name
    done = connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == INSTALLED))
    if done == newest:
        return
    if done is None:
        _run(connection, SchemaManager.get_schema())
        connection.execute(sa.insert(STATE).values(key=INSTALLED, value=newest))
        return
    for script in scripts:
        if script.name > done:
            _run(connection, script.read_text("utf-8"))
    connection.execute(sa.update(STATE).where(STATE.c.key == INSTALLED).values(value=newest))


def _run(connection: sa.Connection, script: str) -> None:
    # Straight to the driver: a script is many statements, and its per cent signs are no placeholders.
    connection.connection.driver_connection.execute(script.encode())
