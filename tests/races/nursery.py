"""A process that has everything imported and makes a worker of jobs by forking itself whenever it is asked: a kill
then costs milliseconds and not a start of Python.

Run as `python -m tests.races.nursery JOB`. Every line that comes in makes one worker; its process number is answered.
What the workers do are the handlers below. Each leaves a ticket or boxes that name their job, so that what was done
can be counted.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from engine.config import Settings
from engine.hooks import registry
from engine.jobs import worker as door
from engine.jobs.worker import Worker
from engine.services import records
from engine.services.registries import Query, listing
from engine.services.site import Site

STEPS = 3
"""Boxes that a job in steps makes."""


def ticket(uow, run):
    raw = {"tag": f"job {run.arguments['n']}", "seats": [{"place": 1, "price": "5"}, {"place": 2, "price": "6"}]}
    return records.create_many(uow, "race.ticket", [raw], then="post")[0].values["number"]


def rest(most=0.04):
    time.sleep(random.uniform(0, most))


def whole(run):
    """The work and its end in one transaction, with time to be killed in before, within and after."""
    rest()
    run.progress(1, 3)

    def once(uow):
        number = ticket(uow, run)
        rest()
        run.finish(uow, {"number": number})
        rest()

    run.write(once)
    rest()


def steps(run):
    """Several transactions: each finds out what is there already."""
    names = [f"job {run.arguments['n']}, {step}" for step in range(STEPS)]
    for name in names:
        rest()
        run.progress(1, STEPS)
        run.write(lambda uow, name=name: once_by_name(uow, name))
    run.write(lambda uow: run.finish(uow, {"boxes": names}))


def once_by_name(uow, name):
    quoted = json.dumps(name, ensure_ascii=False)
    if not listing(uow, "race.box", Query(fields=("name",), where=f"name == {quoted}", limit=1)).records:
        records.create(uow, "race.box", {"name": name})
    rest()


def filed(run):
    """A file, then the work: the file of an attempt that was killed is named by nobody."""
    run.keep_file("a.txt", "text/plain", lambda file: (file.write(str(run.arguments["n"]).encode()), rest()))
    run.write(lambda uow: (ticket(uow, run), rest(), run.finish(uow)))


def apart(run):
    """Planted: the end is a transaction of its own. A kill between the two does the work twice."""
    run.write(lambda uow: ticket(uow, run))
    time.sleep(1.5)
    run.write(lambda uow: run.finish(uow))


HANDLERS = {"race.whole": whole, "race.steps": steps, "race.filed": filed, "race.apart": apart}


def become_a_worker(job) -> None:
    os.close(0)
    random.seed()
    site = Site.open(Settings.of(Path(job["folder"]), job["url"]))
    with site.database.reading() as connection:
        connection.execute(sa.text("SELECT 1"))
    door.LOOKED_EVERY = 0.05
    Worker(site, threads=2).start()
    while True:
        time.sleep(60)


def main(job) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are buried by the system
    registry().job_handlers.parts.update(HANDLERS)
    Site.open(Settings.of(Path(job["folder"]), job["url"])).database.close()
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            try:
                become_a_worker(job)
            finally:
                os._exit(1)
        print(child, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
