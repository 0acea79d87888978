"""The worker beside the server: begun, begun anew when it dies, ended with the server however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import sqlalchemy as sa

from engine.config import Settings
from engine.jobs.supervisor import Supervisor, worker_of
from engine.services.actor import system
from engine.services.jobs import defer, due
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.system.tables import JOB
from tests.conftest import ROOT
from tests.services import world

WAITS = [sys.executable, "-c", "import sys; sys.stdin.read()"]
"""A stand-in for a worker: it ends when its input does."""


def until(true, patience=30.0):
    end = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
    return found


@pytest.fixture
def supervised():
    begun = []

    def begin(command, rests=(0.01,)):
        begun.append(Supervisor(command, rests).start())
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def test_a_worker_that_dies_is_begun_anew(supervised):
    keeper = supervised(WAITS)
    first = until(lambda: keeper.pid)
    os.kill(first, signal.SIGKILL)
    second = until(lambda: keeper.pid if keeper.pid != first else None)
    assert psutil.pid_exists(second)


def test_a_worker_that_cannot_begin_does_not_spin(supervised):
    keeper = supervised([sys.executable, "-c", "raise SystemExit(3)"], rests=(0.05, 60.0))
    time.sleep(1.5)
    assert keeper.pid is None, "it rests for a minute after the second time"


def test_a_stopped_supervisor_leaves_no_worker(supervised):
    keeper = supervised(WAITS)
    pid = until(lambda: keeper.pid)
    keeper.stop()
    until(lambda: not psutil.pid_exists(pid))
    time.sleep(0.1)
    assert keeper.pid is None


def test_a_killed_server_takes_its_worker_with_it():
    """The pipe between them closes, whatever ended the server."""
    code = ("import sys, time\nfrom engine.jobs.supervisor import Supervisor\n"
            f"keeper = Supervisor({WAITS!r}).start()\n"
            "while keeper.pid is None: time.sleep(0.01)\nprint(keeper.pid, flush=True)\ntime.sleep(60)")
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with server.stdout:
        worker = int(server.stdout.readline())
        server.kill()
        server.wait()
    until(lambda: not psutil.pid_exists(worker))


def test_the_command_does_what_is_left_and_ends_with_its_input(tmp_path):
    """`qurastyr worker` as `serve` runs it, over a site of its own."""
    settings = Settings.of(tmp_path, f"sqlite:///{tmp_path / 'test.db'}").prepare()
    database = Database(settings.database_url)
    publish(database, world.files())
    database.close()
    site = Site.open(settings)
    id = site.write(system(), lambda uow: defer(uow, "sweep.files", {}, title="x"))
    keeper = worker_of(settings).start()
    try:
        until(lambda: site.read(system(), lambda view: state(view, id)) == "done", 60)
        pid = keeper.pid
        assert "test.db" not in " ".join(psutil.Process(pid).cmdline()), "all can read it"
    finally:
        keeper.stop()
    assert not psutil.pid_exists(pid)
    assert due(site) == []
    site.database.close()


def state(view, id):
    return view.execute(sa.select(JOB.c.state).where(JOB.c.id == id)).scalar_one()
