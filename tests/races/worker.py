"""One process of a race: does its job over the services and writes down what was acknowledged, and nothing else.

Run as `python -m tests.races.worker JOB`, JOB being JSON. The ledger is a file of JSON lines, each written and synced
after the commit that it tells of, as a client would note the answer it got.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import Conflict, Stale
from engine.services import numbering, records
from engine.services.actor import system
from engine.services.site import Site
from engine.storage.purposes import Purpose
from engine.storage.tables import tables_of
from tests.conftest import MONDAY


class Undone(Exception):
    """The transaction that the worker takes back on purpose."""


class Ledger:
    def __init__(self, path: str):
        self.file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - lives as long as the process

    def note(self, **what) -> None:
        self.file.write(json.dumps(what, default=str) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


def ticket(chance: random.Random, tag: str) -> dict:
    seats = [{"place": n, "price": str(chance.randint(1, 900))} for n in range(chance.randint(1, 4))]
    return {"tag": tag, "seats": seats}


def draw(site, who, job, chance, ledger) -> None:
    """Post documents until `count` numbers were drawn, some of them in transactions that are taken back."""
    left = job["count"]
    while left:
        size = min(left, chance.randint(1, 5))
        raws = [ticket(chance, f"{job['seed']}-{left - n}") for n in range(size)]

        fails = chance.random() < 0.3

        def work(uow, raws=raws, fails=fails):
            made = records.create_many(uow, "race.ticket", raws, then="post")
            if fails:
                raise Undone
            return [r.values["number"] for r in made]

        try:
            ledger.note(numbers=site.write(who, work))
        except Undone:
            ledger.note(undone=size)
            if job.get("undone_count", True):
                left -= size
            continue
        left -= size


def change(site, who, job, chance, ledger) -> None:
    """Add one to boxes, each time from the value that was read before; what is refused is not tried again."""
    for _ in range(job["count"]):
        box = UUID(chance.choice(job["boxes"]))
        seen = site.read(who, lambda view, box=box: records.read(view, "race.box", box))
        raw = {"held": seen.values["held"] + 1}
        try:
            site.write(
                who, lambda uow, raw=raw, seen=seen, box=box: records.edit(uow, "race.box", box, raw, seen.version)
            )
        except Stale:
            ledger.note(refused=box)
        else:
            ledger.note(added=box)


def post(site, who, job, chance, ledger) -> None:
    """Post every ticket of a list that the other processes post as well."""
    for id in job["tickets"]:
        try:
            made = site.write(who, lambda uow, id=id: records.post(uow, "race.ticket", id, 1))
        except Stale:
            ledger.note(late=id)
        except Conflict:
            ledger.note(late=id)
        else:
            ledger.note(posted=id, number=made.values["number"])


def keep_writing(site, who, job, chance, ledger) -> None:
    """Create, post and change documents until somebody pulls the plug."""
    mine = []
    for n in range(10**9):
        raw = ticket(chance, f"{job['seed']}.{n}")
        made = site.write(who, lambda uow, raw=raw: records.create_many(uow, "race.ticket", [raw], then="post"))[0]
        mine.append(made)
        ledger.note(
            id=made.id, number=made.values["number"], seats=len(raw["seats"]), version=made.version, tag=raw["tag"]
        )
        if chance.random() < 0.5:
            at = chance.randrange(len(mine))
            tag = f"{raw['tag']}+"
            mine[at] = site.write(
                who,
                lambda uow, at=at, tag=tag: records.edit(
                    uow, "race.ticket", mine[at].id, {"tag": tag}, mine[at].version
                ),
            )
            ledger.note(id=mine[at].id, version=mine[at].version, tag=tag)


# Planted defects: each is what a hurried programmer would write.


def number_after_looking(site) -> None:
    """The next number is one more than the greatest that can be seen."""

    def advance(uow, series, organisation, span, by):
        table = tables_of(uow.catalog).of(series)
        with site.database.reading(Purpose("a planted mistake")) as connection:
            last = connection.scalar(sa.select(sa.func.max(table.c.number)))
        time.sleep(0.002)
        return int((last or "0-0").split("-")[1]) + by

    assert hasattr(numbering, "advance"), "advance has another name now: this plant is no plant"
    numbering.advance = advance


def version_unguarded(site) -> None:
    """A save goes through whatever was seen."""

    class Anything(int):
        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

    def update(connection, catalog, entity, changes, expect=()):
        table = tables_of(catalog).of(entity)
        for id, _, columns in changes:
            set_to = {k: v for k, v in columns.items() if k != "version"}
            connection.execute(sa.update(table).where(table.c.id == id).values(**set_to, version=table.c.version + 1))
        return True

    replace("seen", lambda version: Anything(version))
    replace("update_records", update)


def replace(name: str, part) -> None:
    """Put `part` wherever the verbs of records know something by this name."""
    found = [m for key, m in sys.modules.items() if key.startswith("engine.services.records") and name in vars(m)]
    assert found, f"{name} has another name now: this plant is no plant"
    for module in found:
        setattr(module, name, part)


PLANTS = {"number": number_after_looking, "version": version_unguarded}
JOBS = {"draw": draw, "change": change, "post": post, "write": keep_writing}


def main(job: dict) -> None:
    site = Site.open(Settings.of(Path(job["folder"]), job["url"]))
    site.clock = FixedClock(MONDAY)
    who = system(UUID(job["organisation"]))
    if job.get("plant"):
        PLANTS[job["plant"]](site)
    site.read(who, lambda view: records.new(view, "race.ticket"))  # warm: the race is about writing
    ready = Path(job["ready"])
    ready.write_text("ready")
    while not Path(job["go"]).exists():
        time.sleep(0.005)
    JOBS[job["do"]](site, who, job, random.Random(job["seed"]), Ledger(job["ledger"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
