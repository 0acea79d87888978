"""A site whose database several real processes write to at once, and the judges of what they left."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.clock import FixedClock
from engine.config import Settings
from engine.services import records
from engine.services.actor import system
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from engine.storage.system.tables import COUNTER, JOURNAL
from engine.storage.tables import tables_of
from tests.conftest import FULL, MONDAY, ROOT
from tests.proofs import write_proof
from tests.races import world

SEED = 20260302
PATIENCE = 1200 if FULL else 120
_organisations = count(1)
_figures: dict[str, tuple] = {}


class Yard:
    """The site, and an organisation of its own for every race."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder
        database = Database(url)
        publish(database, world.files())
        database.close()
        self.site = Site.open(Settings.of(folder, url).prepare())
        self.site.clock = FixedClock(MONDAY)
        self.dialect = self.site.database.dialect
        self.begin()

    def begin(self) -> None:
        """A new organisation: counters and records of earlier races are not seen."""
        code = f"R{next(_organisations)}"
        unit = self.site.write(
            system(),
            lambda uow: records.create(
                uow, "system.unit", {"code": code, "name": {"kk": code, "ru": code}, "kind": "school", "legal": True}
            ),
        )
        self.organisation, self.who = unit.id, system(unit.id)
        self.runs = self.folder / code
        self.runs.mkdir()

    def start(self, do: str, processes: int, **job) -> list[subprocess.Popen]:
        """Processes that begin together, once all of them are warm."""
        go = self.runs / f"go-{do}-{len(list(self.runs.iterdir()))}"
        started, ready = [], []
        for n in range(processes):
            ready.append(go.with_name(f"{go.name}-ready-{n}"))
            told = {
                "do": do,
                "url": self.url,
                "folder": str(self.folder),
                "organisation": str(self.organisation),
                "seed": SEED * 100 + n,
                "ledger": str(self.runs / f"ledger-{n}"),
                "go": str(go),
                "ready": str(ready[-1]),
                **job,
            }
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.races.worker", json.dumps(told)],
                    cwd=ROOT,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        until = time.monotonic() + PATIENCE
        while not all(path.exists() for path in ready):
            broken = [p for p in started if p.poll()]
            assert not broken, broken[0].stderr.read()[-3000:]
            assert time.monotonic() < until, "the processes did not start"
            time.sleep(0.01)
        go.write_text("go")
        return started

    def run(self, do: str, processes: int = 4, **job) -> list[dict]:
        """What all processes wrote down, when every one of them came to its end."""
        running = self.start(do, processes, **job)
        for process in running:
            _, said = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, said[-3000:]
        return self.ledger()

    def ledger(self) -> list[dict]:
        lines: list[dict] = []
        for path in sorted(self.runs.glob("ledger-*")):
            text = path.read_text(encoding="utf-8")
            lines += [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return lines

    # -- what the database says ----------------------------------------------------------------------------------

    def tickets(self) -> list:
        table = tables_of(self.site.catalog).of("race.ticket")
        with self.site.database.reading() as connection:
            return connection.execute(sa.select(table).where(table.c.organisation_id == self.organisation)).all()

    def counter(self) -> int:
        with self.site.database.reading() as connection:
            return (
                connection.scalar(
                    sa.select(COUNTER.c.value).where(
                        COUNTER.c.organisation_id == self.organisation, COUNTER.c.series == "race.ticket"
                    )
                )
                or 0
            )

    def entries(self) -> Counter:
        """How many journal entries each record has."""
        with self.site.database.reading() as connection:
            return Counter(
                connection.execute(
                    sa.select(JOURNAL.c.record_id).where(
                        JOURNAL.c.organisation_id == self.organisation, JOURNAL.c.entity.like("race.%")
                    )
                ).scalars()
            )

    def unsound(self) -> list[str]:
        """What is wrong with pages of the file (SQLite) and with foreign keys, each of them looked through by hand."""
        found = []
        with self.site.database.reading() as connection:
            if self.dialect == "sqlite":
                pages = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
                keys = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                return [text for text in pages if text != "ok"] + [str(row) for row in keys]
            looked = sa.inspect(connection)
            for table in (t for t in looked.get_table_names() if t.startswith(("race_", "system_"))):
                for key in looked.get_foreign_keys(table):
                    pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
                    filled = " AND ".join(f'a."{mine}" IS NOT NULL' for mine, _ in pairs)
                    joined = " AND ".join(f'a."{mine}" = b."{theirs}"' for mine, theirs in pairs)
                    lost = connection.exec_driver_sql(
                        f'SELECT count(*) FROM "{table}" a WHERE {filled} AND NOT EXISTS '
                        f'(SELECT 1 FROM "{key["referred_table"]}" b WHERE {joined})'
                    ).scalar_one()
                    found += [f"{table}: {key['name']}"] * lost
        return found


def judge_numbers(given: list[str], stored: list[str], counter: int) -> dict[str, int]:
    """Of numbers that clients were told and numbers that are stored: how many are wrong, and in which way."""
    places = sorted(int(number.split("-")[1]) for number in stored)
    return {
        "duplicates": len(places) - len(set(places)) + len(given) - len(set(given)),
        "gaps": len(set(range(1, (places[-1] if places else 0) + 1)) - set(places)),
        "told but not stored": len(set(given) - set(stored)),
        "stored but not told": len(set(stored) - set(given)),
        "counter away from the last number": abs(counter - (places[-1] if places else 0)),
    }


def judge_documents(yard: Yard, told: dict[str, dict]) -> dict[str, int]:
    """Of documents that clients were told and of all that are stored: how many are lost or half done."""
    tables = tables_of(yard.site.catalog)
    rows = tables.rows(yard.site.catalog.entity("race.ticket").fields["seats"])
    with yard.site.database.reading() as connection:
        seats = connection.execute(
            sa.select(rows.c.owner_id, sa.func.count(), sa.func.sum(rows.c.price))
            .where(rows.c.organisation_id == yard.organisation)
            .group_by(rows.c.owner_id)
        ).all()
    counted, summed = {r[0]: r[1] for r in seats}, {r[0]: r[2] for r in seats}
    stored, entries = {str(t.id): t for t in yard.tickets()}, yard.entries()
    return {
        "acknowledged but lost": sum(
            1 for id, t in told.items() if id not in stored or stored[id].version < t["version"]
        ),
        "acknowledged with another number": sum(
            1 for id, t in told.items() if id in stored and stored[id].number != t["number"]
        ),
        "acknowledged with other rows": sum(1 for id, t in told.items() if counted.get(stored[id].id) != t["seats"])
        if set(told) <= set(stored)
        else len(told),
        "without all their rows": sum(
            1 for t in stored.values() if counted.get(t.id, 0) != t.taken or summed.get(t.id) != t.total
        ),
        "rows without a record": len(set(counted) - {t.id for t in stored.values()}),
        "neither draft nor posted whole": sum(
            1 for t in stored.values() if t.state != "posted" or t.number is None or t.posted_at is None
        ),
        "versions without a journal entry": sum(abs(entries.get(t.id, 0) - t.version) for t in stored.values()),
    }


@pytest.fixture
def yard(module_yard):
    module_yard.begin()
    return module_yard


@pytest.fixture(scope="session")
def module_yard(session_url, tmp_path_factory):
    made = Yard(session_url, tmp_path_factory.mktemp("yard"))
    yield made
    made.site.database.close()


def figure(yard: Yard, name: str, value, relation: str, target) -> None:
    """A figure of the proof; it is written when the session ends with full counts on both databases."""
    _figures[f"{name}, {yard.dialect}"] = (value, relation, target)
    print(f"{name}, {yard.dialect}: {value} ({relation} {target})")


def pytest_sessionfinish(session, exitstatus):
    kinds = {name.rsplit(", ", 1)[1] for name in _figures}
    if FULL and exitstatus == 0 and kinds == {"sqlite", "postgresql"}:
        write_proof(
            "races",
            _figures,
            SEED,
            notes="Real processes over the services. Numbers: 4 processes post documents, about a third of the "
            "transactions are taken back. Stale saves: 4 processes add one to the same records from what they read "
            "before. Plug: a writer is killed with SIGKILL at a random moment, again and again; its ledger is the list "
            "of what it was told was saved. Planted defects (the greatest number plus one, saves without a version) "
            "were caught by the same judges.",
            joined=True,
        )
