"""Workers over the real queues: huey beside SQLite, procrastinate inside PostgreSQL, plain looking where neither is."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.hooks import registry
from engine.jobs import worker as door
from engine.jobs.worker import Worker
from engine.services.audit import Entry
from engine.services.jobs import defer, due, work_off
from engine.services.jobs.claiming import LOST
from engine.services.journal import Turn
from engine.storage.queue.polled import PolledQueue
from engine.storage.queue.transactional import QUEUE
from engine.storage.system.tables import JOB, JOURNAL, SEAL
from tests.services.conftest import refused

_kinds = count(1)


@pytest.fixture
def left(office, monkeypatch):
    def leave(work, **more):
        kind = f"test.worker.{next(_kinds)}"
        monkeypatch.setitem(registry().job_handlers.parts, kind, work)
        return office.write(office.owner, lambda uow: defer(uow, kind, {}, title="x", **more))

    return leave


@pytest.fixture
def worker(site, monkeypatch):
    """Start a worker in this process; it is stopped after the test."""
    monkeypatch.setattr(door, "LOOKED_EVERY", 0.1)
    work_off(site)
    begun = []

    def begin(**more):
        begun.append(Worker(site, **more).start())
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def state(site, id):
    with site.database.reading() as connection:
        return connection.scalar(sa.select(JOB.c.state).where(JOB.c.id == id))


def until(true, patience=20.0):
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def queued(site):
    """How many ids wait in the queue."""
    if site.database.dialect == "sqlite":
        return site.queue._huey.storage.queue_size()
    with site.database.reading() as connection:
        return connection.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"))


def test_a_worker_does_what_is_left_while_it_runs(site, left, worker):
    worker()
    time.sleep(0.3)
    names = []
    ids = [left(lambda run: names.append(threading.current_thread().name)) for _ in range(5)]
    until(lambda: all(state(site, id) == "done" for id in ids))
    assert len(names) == 5 and threading.current_thread().name not in names


def test_what_was_left_before_the_worker_began_is_done(site, left, worker):
    ids = [left(lambda run: None) for _ in range(3)]
    assert queued(site) >= 3
    worker()
    until(lambda: all(state(site, id) == "done" for id in ids))


def test_the_queue_hears_of_a_job_with_its_transaction_alone(site, office, left):
    before = queued(site)

    def fails(uow):
        defer(uow, next(iter(registry().job_handlers)), {}, title="x")
        raise Invalid([Problem("x", "x")])

    left(lambda run: None)
    assert queued(site) == before + 1
    refused(lambda: office.write(office.owner, fails))
    assert queued(site) == before + 1
    work_off(site)


def test_a_job_that_nobody_handed_over_is_found(site, left, worker, monkeypatch):
    """As after a crash between the commit and the queue."""
    monkeypatch.setattr(type(site.queue), "leave", lambda *_: True)
    id = left(lambda run: None)
    monkeypatch.undo()
    monkeypatch.setattr(door, "LOOKED_EVERY", 0.1)
    monkeypatch.setitem(registry().job_handlers.parts, f"test.worker.{next(_kinds) - 1}", lambda run: None)
    worker()
    until(lambda: state(site, id) == "done")


def test_handing_over_twice_queues_once(site, left):
    id = left(lambda run: None)
    before = queued(site)
    site.queue.hand_over([id, id])
    site.queue.hand_over([id])
    assert queued(site) == before
    work_off(site)


def test_what_runs_is_kept_alive_and_what_is_silent_is_not(site, left, worker, monkeypatch):
    monkeypatch.setattr(door, "BEATS_EVERY", 0.05)
    go = threading.Event()
    id = left(lambda run: go.wait(20) and None)
    worker()
    until(lambda: state(site, id) == "running")
    for _ in range(3):  # a minute and a half in three steps
        site.clock.moment += LOST
        time.sleep(0.4)
    assert id not in due(site)
    go.set()
    until(lambda: state(site, id) == "done")
    with site.database.reading() as connection:
        assert connection.scalar(sa.select(JOB.c.attempts).where(JOB.c.id == id)) == 1


def test_a_stopped_worker_leaves_its_job_to_the_next_one(site, left, worker):
    def work(run):
        while not done.is_set():
            run._written = 0.0
            run.progress(1)
            time.sleep(0.01)

    done = threading.Event()
    id = left(work)
    first = worker()
    until(lambda: state(site, id) == "running")
    first.stop()
    assert state(site, id) == "waiting"
    done.set()
    worker()
    until(lambda: state(site, id) == "done")


def test_a_later_job_waits_for_its_time_without_anybody_left_to_remember_it(site, left, worker):
    id = left(lambda run: None, not_before=site.clock.now() + timedelta(minutes=5))
    worker()
    time.sleep(0.5)
    assert state(site, id) == "waiting"
    site.clock.moment += timedelta(minutes=6)
    until(lambda: state(site, id) == "done")


def test_without_a_queue_workers_look_at_the_rows(site, left, worker, monkeypatch):
    monkeypatch.setitem(vars(site), "queue", PolledQueue())
    ids = [left(lambda run: None) for _ in range(3)]
    worker()
    until(lambda: all(state(site, id) == "done" for id in ids))


def test_what_killed_workers_held_in_the_queue_is_cleared_away(site, left):
    left(lambda run: None)
    if site.database.dialect == "postgresql":
        with site.database.writing() as connection:
            connection.execute(sa.text(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE queue_name = :q"), {"q": QUEUE})
        site.queue.tidy()
        with site.database.reading() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) == 0
    site.queue.tidy()
    assert work_off(site) == 1, "the row is the truth"


def test_a_worker_seals_the_journal_and_survives_a_turn_that_fails(site, office, worker, monkeypatch):
    def waiting():
        with site.database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(JOURNAL).where(
                ~sa.exists().where(SEAL.c.entry_id == JOURNAL.c.id)))

    fails = iter([True])
    original = Turn.take
    monkeypatch.setattr(Turn, "take", lambda turn: 1 / 0 if next(fails, False) else original(turn))
    monkeypatch.setattr(door, "REST", 0.1)
    office.write(office.owner, lambda uow: uow.record(Entry("edit", "lab.thing", None)))
    assert waiting()
    worker()
    until(lambda: not waiting())
    office.write(office.owner, lambda uow: uow.record(Entry("edit", "lab.thing", None)))
    until(lambda: not waiting())
