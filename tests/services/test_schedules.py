"""Work by the clock: due once, claimed once, made up for once; and what the shipped sweeps clear away."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.hooks import registry
from engine.ids import new_id
from engine.model.schedule import Schedule
from engine.model.text import Text
from engine.services.actor import system
from engine.services.jobs import defer, work_off
from engine.services.jobs.results import KEPT, folder_of
from engine.services.jobs.schedules import next_time, pause, planned, run_now, tick
from engine.services.notices import tell
from engine.services.repeats import TABLE as IDEMPOTENCY
from engine.storage.files import LocalFileStore
from engine.storage.system.tables import FILE, JOB, NOTICE, SCHEDULE
from tests.conftest import MONDAY

NIGHTLY = "0 3 * * *"


@pytest.fixture
def timetable(site, monkeypatch):
    """Make these the schedules of the site: name -> (cron, more)."""
    done = []
    monkeypatch.setitem(registry().job_handlers.parts, "test.clock", lambda run: done.append(run.actor) or None)
    work_off(site)

    def make(**written):
        made = {
            f"test.{name}": Schedule(f"test.{name}", Text(name, name), "test.clock", at, **more)
            for name, (at, more) in written.items()
        }
        served = replace(site.catalog, schedules=made)
        monkeypatch.setattr(site.holder, "_catalog", served)
        return done

    yield make
    with site.database.writing() as connection:
        connection.execute(sa.delete(SCHEDULE))


def row(site, name):
    with site.database.reading() as connection:
        return connection.execute(sa.select(SCHEDULE).where(SCHEDULE.c.name == f"test.{name}")).one()


def test_times_are_those_of_the_organisation(site):
    """Three in the morning in Almaty is ten in the evening by UTC."""
    assert next_time(NIGHTLY, MONDAY, site.clock.zone) == datetime(2026, 3, 2, 22, tzinfo=UTC)


def test_a_schedule_runs_at_its_times(site, timetable):
    done = timetable(a=(NIGHTLY, {"arguments": {}}))
    left, soonest = tick(site)
    assert left == [] and soonest == datetime(2026, 3, 2, 22, tzinfo=UTC)
    site.clock.moment = soonest - timedelta(seconds=1)
    assert tick(site)[0] == []
    site.clock.moment = soonest
    left, following = tick(site)
    assert len(left) == 1 and following == soonest + timedelta(days=1) and tick(site)[0] == []
    work_off(site)
    assert [actor.is_system for actor in done] == [True]
    assert (row(site, "a").last_at, row(site, "a").last_job_id) == (soonest, left[0])


def test_runs_that_were_missed_are_made_up_for_once(site, timetable):
    timetable(a=("*/5 * * * *", {}))
    tick(site)
    site.clock.moment += timedelta(days=3)
    assert len(tick(site)[0]) == 1 and tick(site)[0] == []
    assert row(site, "a").next_at > site.clock.moment


def test_one_of_several_workers_claims_a_run(site, timetable):
    timetable(a=(NIGHTLY, {}), b=(NIGHTLY, {}))
    tick(site)
    site.clock.moment += timedelta(days=1)
    gate, left = threading.Barrier(6), []

    def look():
        gate.wait()
        left.extend(tick(site)[0])

    workers = [threading.Thread(target=look) for _ in range(6)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    with site.database.reading() as connection:
        stored = connection.execute(sa.select(JOB.c.id).where(JOB.c.state == "waiting")).scalars().all()
    assert len(left) == 2 and sorted(left) == sorted(stored)


def test_a_run_is_not_left_on_top_of_one_that_has_not_ended(site, timetable):
    timetable(a=("* * * * *", {}))
    tick(site)
    ids = set()
    for _ in range(3):
        site.clock.moment += timedelta(minutes=1)
        ids |= set(tick(site)[0])
    assert len(ids) == 1


def test_another_time_counts_from_the_moment_it_is_published(site, timetable):
    timetable(a=(NIGHTLY, {}))
    tick(site)
    timetable(a=("0 15 * * *", {}))
    assert tick(site)[1] == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_schedule_rests_while_it_is_paused_and_outside_its_dates(site, timetable):
    timetable(a=(NIGHTLY, {}), b=(NIGHTLY, {"since": date(2026, 9, 1)}), c=(NIGHTLY, {"until": date(2026, 3, 2)}))
    tick(site)
    site.write(system(), lambda uow: pause(uow, "test.a"))
    site.clock.moment += timedelta(days=2)
    assert tick(site)[0] == []
    site.write(system(), lambda uow: pause(uow, "test.a", False))
    assert tick(site)[0] == [], "what was missed while it rested is not made up for"
    shown = site.read(system(), planned)
    assert [p.schedule.address for p in shown] == ["test.a", "test.b", "test.c"] and not shown[0].paused


def test_work_for_every_organisation(site, office, other, timetable):
    done = timetable(a=(NIGHTLY, {"each": "organisation"}))
    ids = site.write(system(), lambda uow: run_now(uow, "test.a"))
    work_off(site)
    found = {actor.organisation_id for actor in done}
    assert {office.id, other.id} <= found and len(found) == len(done) == len(ids)


# -- sweeps -----------------------------------------------------------------------------------------------------------


def swept(site, kind, **arguments):
    id = site.write(system(), lambda uow: defer(uow, kind, arguments, title="x"))
    work_off(site)
    with site.database.reading() as connection:
        done = connection.execute(sa.select(JOB).where(JOB.c.id == id)).one()
    assert done.state == "done", done.error
    return done.result


def stays(site, table, key, ids):
    with site.database.reading() as connection:
        return set(connection.execute(sa.select(key).where(key.in_(ids))).scalars())


def test_old_jobs_their_files_and_read_notices_go(site, office, monkeypatch):
    def leave():
        kind = "test.kept"
        monkeypatch.setitem(registry().job_handlers.parts, kind, lambda run: run.keep_file("a", "text/plain", write))
        id = office.write(office.owner, lambda uow: defer(uow, kind, {}, title="x"))
        work_off(site)
        return id

    def write(file):
        file.write(b"1")

    old = leave()
    told = office.write(office.owner, lambda uow: tell(uow, office.owner.user_id, "info", "x"))
    unread = office.write(office.owner, lambda uow: tell(uow, office.owner.user_id, "info", "y"))
    with site.database.writing() as connection:
        for id, at in ((told, MONDAY), (unread, None)):
            # Its id tells when it was made.
            connection.execute(sa.update(NOTICE).where(NOTICE.c.id == id).values(read_at=at))
    site.clock.moment = datetime.now(UTC) + timedelta(days=31)
    young = leave()
    files = sorted(folder_of(site).iterdir(), key=lambda path: path.stat().st_mtime)
    long_ago = files[0].stat().st_mtime - KEPT.total_seconds() - 60
    os.utime(files[0], (long_ago, long_ago))
    result = swept(site, "sweep.jobs")
    assert result["files"] == 1 and not files[0].exists() and files[-1].exists()
    assert stays(site, JOB, JOB.c.id, [old, young]) == {young}
    assert stays(site, NOTICE, NOTICE.c.id, [told, unread]) == {unread}


def test_uploads_that_no_record_took_go_with_their_bytes(site, office):
    now, kept, lost = site.clock.now(), new_id(), new_id()
    store = LocalFileStore(site.settings.files)
    rows = []
    for id, record, at, digest in ((kept, new_id(), now - timedelta(days=9), "a" * 64),
                                   (lost, None, now - timedelta(days=2), "b" * 64),
                                   (new_id(), None, now, "c" * 64)):
        rows.append({"id": id, "organisation_id": office.id, "entity": "lab.item", "field": "x", "record_id": record,
                     "name": "x", "media_type": "text/plain", "size": 1, "digest": digest, "created_at": at})
        path = store._path(office.id, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
        os.utime(path, (1, 1))
    with site.database.writing() as connection:
        connection.execute(sa.insert(FILE), rows)
    result = swept(site, "sweep.files")
    assert result["uploads"] == 1 and result["blobs"] == 1
    assert [store._path(office.id, c * 64).exists() for c in "abc"] == [True, False, True]


def test_answers_kept_for_repeated_requests_go_after_a_day(site, office):
    now = site.clock.now()
    rows = [{"key": f"k{hours}", "actor_id": office.owner.user_id, "request_digest": "x", "status": 200,
             "response": b"", "at": now - timedelta(hours=hours)} for hours in (1, 25)]
    with site.database.writing() as connection:
        connection.execute(sa.insert(IDEMPOTENCY), rows)
    assert swept(site, "sweep.requests", sessions=1)["answers"] == 1
    assert stays(site, IDEMPOTENCY, IDEMPOTENCY.c.key, ["k1", "k25"]) == {"k1"}


def test_the_shipped_schedules_are_known_and_their_work_too(site):
    shipped = site.catalog.schedules
    assert {"system.sweep_jobs", "system.sweep_files", "system.sweep_requests"} <= set(shipped)
    assert shipped["system.sweep_jobs"].arguments == {"done": 30, "failed": 90, "notices": 30}
