"""Workers killed in the middle of jobs: every job is done once in effect, none is lost, none is done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
import sqlalchemy as sa

from engine.hooks import registry
from engine.services import records
from engine.services.actor import Actor
from engine.services.jobs import defer
from engine.services.jobs.results import folder_of
from engine.storage.system.tables import JOB, NOTICE
from engine.storage.tables import tables_of
from tests.conftest import FULL, ROOT
from tests.proofs import write_proof
from tests.races.conftest import PATIENCE, SEED
from tests.races.nursery import HANDLERS, STEPS

KILLS = 100 if FULL else 6
"""Of each database."""
FED = 4
"""Jobs that wait at least whenever a worker is killed."""
KINDS = ("race.whole", "race.steps", "race.filed")
FIGURES: dict[str, tuple] = {}


@pytest.fixture(scope="module", autouse=True)
def handlers():
    parts = registry().job_handlers.parts
    parts.update(HANDLERS)
    yield
    for kind in HANDLERS:
        del parts[kind]


class Nursery:
    """Workers on demand, each a process that can be killed."""

    def __init__(self, yard):
        self.yard, self.jobs = yard, {}
        user = yard.site.write(yard.who, lambda uow: records.create(uow, "system.user", {
            "login": f"{yard.runs.name.lower()}.{len(list(yard.runs.iterdir()))}", "active": True,
            "roles": [{"role": "administrator"}]}))
        self.owner = Actor("user", user.id, organisation_id=yard.organisation)
        told = json.dumps({"folder": str(yard.folder), "url": yard.url})
        self.process = subprocess.Popen([sys.executable, "-m", "tests.races.nursery", told], cwd=ROOT, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline().strip() == "ready"
        self.alive: set[int] = set()

    def worker(self) -> int:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.alive.discard(pid)

    def close(self) -> None:
        for pid in list(self.alive):
            self.kill(pid)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def feed(self, kind: str) -> None:
        """Leave one more job; it and what it makes belong to the yard's organisation."""
        n = len(self.jobs)
        work = lambda uow: defer(uow, kind, {"n": n}, title="x", most_attempts=1_000)  # noqa: E731
        self.jobs[self.yard.site.write(self.owner, work)] = (n, kind)

    def rows(self) -> list:
        with self.yard.site.database.reading() as connection:
            return connection.execute(sa.select(JOB).where(JOB.c.organisation_id == self.yard.organisation)).all()

    def running(self, pid: int) -> list:
        """Jobs in the hands of this worker."""
        return [r for r in self.rows() if r.state == "running" and r.worker.split(".")[1] == str(pid)]

    def until(self, true) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, Counter(r.state for r in self.rows())
            time.sleep(0.003)

    def drain(self) -> None:
        pid = self.worker()
        self.until(lambda: all(r.state in ("done", "failed", "cancelled") for r in self.rows()))
        self.kill(pid)


@pytest.fixture
def nursery(yard):
    made = Nursery(yard)
    yield made
    made.close()


def judge(nursery: Nursery) -> dict[str, int]:
    """How many jobs were lost, done twice or half done, by what they left behind."""
    yard, jobs = nursery.yard, nursery.jobs
    rows = {r.id: r for r in nursery.rows()}
    tickets = Counter(t.tag for t in yard.tickets())
    numbers = {t.tag: t.number for t in yard.tickets()}
    boxes = tables_of(yard.site.catalog).of("race.box")
    with yard.site.database.reading() as connection:
        made = Counter(connection.execute(
            sa.select(boxes.c.name).where(boxes.c.organisation_id == yard.organisation)).scalars())
        told = Counter(connection.execute(
            sa.select(NOTICE.c.job_id).where(NOTICE.c.job_id.in_(list(jobs)))).scalars())
    wanted = {f"job {n}" for n, kind in jobs.values() if kind != "race.steps"}
    named = {f"job {n}, {step}" for n, kind in jobs.values() if kind == "race.steps" for step in range(STEPS)}
    done = {id for id, r in rows.items() if r.state == "done"}
    return {
        "jobs lost": len(set(jobs) - done),
        "jobs done twice": sum(1 for n in tickets.values() if n > 1) + sum(1 for n in made.values() if n > 1),
        "jobs done without effect": len(wanted - set(tickets)) + len(named - set(made)),
        "effects without a job": len(set(tickets) - wanted) + len(set(made) - named),
        "results that tell of another effect": sum(
            1 for id in done if (rows[id].result or {}).get("number", numbers.get(f"job {jobs[id][0]}"))
            != numbers.get(f"job {jobs[id][0]}")),
        "files that are not there": sum(
            1 for id in done if rows[id].file and not (folder_of(yard.site) / rows[id].file["path"]).exists()),
        "people not told exactly once": sum(1 for id in done if told[id] != 1),
    }


def figure(yard, name, value, relation, target) -> None:
    FIGURES[f"{name}, {yard.dialect}"] = (value, relation, target)
    print(f"{name}, {yard.dialect}: {value} ({relation} {target})")


@pytest.mark.both_in_full
def test_the_judge_catches_an_end_that_is_a_transaction_of_its_own(nursery):
    """Planted: a kill between the work and its end does the work twice."""
    nursery.feed("race.apart")
    pid = nursery.worker()
    nursery.until(lambda: nursery.yard.tickets() and nursery.running(pid))
    nursery.kill(pid)
    nursery.drain()
    wrong = judge(nursery)
    assert wrong["jobs done twice"] == 1 and wrong["jobs lost"] == 0
    figure(nursery.yard, "planted: an end apart from the work, caught", wrong["jobs done twice"], "==", 1)


def test_jobs_of_killed_workers_are_done_once_in_effect(nursery):
    chance, middle = random.Random(SEED), 0
    while middle < KILLS:
        for _ in range(FED - sum(r.state == "waiting" for r in nursery.rows())):
            nursery.feed(KINDS[len(nursery.jobs) % len(KINDS)])
        pid = nursery.worker()
        nursery.until(lambda pid=pid: nursery.running(pid) or not any(r.state == "waiting" for r in nursery.rows()))
        time.sleep(chance.uniform(0, 0.3))
        nursery.kill(pid)
        middle += bool(nursery.running(pid))
    again = sum(1 for r in nursery.rows() if r.attempts > 1)
    nursery.drain()
    wrong = judge(nursery)
    assert wrong == dict.fromkeys(wrong, 0)
    rows = nursery.rows()
    assert max(r.attempts for r in rows) > 1 and again > 0, "jobs were taken up again"
    yard = nursery.yard
    assert yard.unsound() == []
    figure(yard, "kills in the middle of a job", middle, ">=", KILLS)
    figure(yard, "jobs", len(nursery.jobs), ">", 0)
    figure(yard, "jobs begun more than once", sum(1 for r in rows if r.attempts > 1), ">", 0)
    for name, value in wrong.items():
        figure(yard, name, value, "==", 0)
    if FULL and {name.rsplit(", ", 1)[1] for name in FIGURES} == {"sqlite", "postgresql"}:
        write_proof("jobs", FIGURES, SEED, notes=(
            "Worker processes (huey over SQLite, procrastinate in PostgreSQL) are killed with SIGKILL at a random "
            "moment while at least one of their jobs runs; a new worker takes up what they left. Three kinds of "
            "handlers: the work and its end in one transaction; several steps that find out what is there; a file and "
            "then the work. "
            "What was done is counted by the records that name their job. A handler that ends in a transaction of its "
            "own was caught by the same judge."))
