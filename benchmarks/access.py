"""`python -m benchmarks.access`: what a place in the tree of units costs a list; writes docs/proofs/bench-access.json.

100,000 records of one school with departments and classes. The same list is asked by two keys: one holds its role in
the whole school (no rule), one in a department (its records and those of the classes below: a third of them). Rounds
alternate in one process. Statements are counted apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.school import _analyse, _maintenance
from engine.app import create_app
from engine.collector import collect_rarely
from engine.config import Settings
from engine.loading.files import read_folder
from engine.services import records
from engine.services.actor import system
from engine.services.identity import actor_of_key, create_key
from engine.services.publishing import publish
from engine.services.site import Site
from engine.storage.database import Database
from tests import proofs

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
ROWS, BATCH, ROUNDS, TARGET = 100_000, 5_000, 300, 1.3
DEPARTMENTS, CLASSES = 3, 10
FILES = {
    "metadata/bench/_module.yaml": "module: bench\ntitle: {kk: Өлшем, ru: Замер}\nrequires: [system]\n",
    "metadata/bench/case.yaml": """
entity: bench.case
kind: reference
unit: place
title: {kk: Іс, ru: Дело}
plural: {kk: Істер, ru: Дела}
display: "{name}"
fields:
  name: {type: text, required: yes, max: 80, index: yes, title: {kk: Атауы, ru: Название}}
  place: {type: link, to: system.unit, index: yes, title: {kk: Орны, ru: Место}}
  day: {type: date, index: yes, title: {kk: Күні, ru: День}}
  amount: {type: money, title: {kk: Сома, ru: Сумма}}
access:
  teacher: {can: [read, create]}
""",
}
ASKED = {
    "list": "/api/v1/bench/case?limit=50&fields=name,day,amount",
    "list in order": "/api/v1/bench/case?limit=50&fields=name,day,amount&sort=-day",
    "list with count": "/api/v1/bench/case?limit=50&fields=name,day,amount&count=yes",
}
JUDGED = ("list", "list in order")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.access", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--server", default=os.environ.get("QURASTYR_TEST_POSTGRES", POSTGRESQL))
    args = parser.parse_args()
    collect_rarely()
    figures: dict[str, Any] = {}
    told = []
    for dialect in ("sqlite", "postgresql") if args.database == "both" else (args.database,):
        with _site(dialect, args.server) as site:
            times, statements = _measured(site, args.rows)
        for name, (whole, parted) in times.items():
            ratio = round(statistics.median(parted) / statistics.median(whole), 2)
            if name in JUDGED:
                figures[f"{name}, ratio {dialect}"] = (ratio, "<=", TARGET)
            told.append(f"{dialect} {name}: {1000 * statistics.median(whole):.2f} ms whole, "
                        f"{1000 * statistics.median(parted):.2f} ms in a department, ratio {ratio}")
            print(told[-1], flush=True)
        figures[f"statements of the rights of a request {dialect}"] = (statements, "<=", 1)
    good = all(v <= t for v, _, t in figures.values())
    if args.rows == ROWS and args.database == "both":
        proofs.write_proof("bench-access", figures, None, f"{ROWS:,} records. " + "; ".join(told))
    return 0 if good else 1


@contextmanager
def _site(dialect: str, server: str) -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="qurastyr-bench-access-"))
    url = f"sqlite:///{folder / 'access.db'}"
    if dialect == "postgresql":
        url = sa.make_url(server).set(database="q_bench_access").render_as_string(hide_password=False)
        with _maintenance(server) as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS q_bench_access WITH (FORCE)")
            connection.exec_driver_sql("CREATE DATABASE q_bench_access")
    settings = Settings.of(folder, url).prepare()
    shipped = {k: v for k, v in read_folder(ROOT).items() if k.split("/")[1] == "system" or k.endswith("terms.yaml")}
    database = Database(url)
    publish(database, {**shipped, **{k: v.encode() for k, v in FILES.items()}})
    database.close()
    site = Site.open(settings)
    try:
        yield site
    finally:
        site.database.close()
        shutil.rmtree(folder, ignore_errors=True)
        if dialect == "postgresql":
            with _maintenance(server) as connection:
                connection.exec_driver_sql("DROP DATABASE IF EXISTS q_bench_access WITH (FORCE)")


def _measured(site: Site, rows: int) -> tuple[dict[str, tuple[list[float], list[float]]], int]:
    school, department, places = _units(site)
    _fill(site, school, places, rows)
    keys = [_key(site, school, "whole", None), _key(site, school, "parted", department)]
    client = create_app(site).test_client()

    def ask(path: str, key: str) -> float:
        begun = time.perf_counter()
        answer = client.get(path, headers={"Authorization": f"Bearer {key}"})
        spent = time.perf_counter() - begun
        if answer.status_code != 200 or len(answer.json["data"]) != 50:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        return spent

    times = {}
    for name, path in ASKED.items():
        for key in keys * 10:
            ask(path, key)
        pairs = [[ask(path, key) for key in keys] for _ in range(ROUNDS)]
        times[name] = ([one for one, _ in pairs], [two for _, two in pairs])
    return times, _statements(site, keys[1])


def _units(site: Site) -> tuple[Any, Any, list[Any]]:
    """The school, a department of it, and every place where a record may stand."""

    def unit(code: str, kind: str, parent: Any = None, legal: bool = False, school: Any = None) -> Any:
        raw = {"code": code, "name": {"kk": code, "ru": code}, "kind": kind, "legal": legal, "parent": parent}
        return site.write(system(school), lambda uow: records.create(uow, "system.unit", raw)).id

    school = unit("S", "school", legal=True)
    departments = [unit(f"D{n}", "department", str(school), school=school) for n in range(DEPARTMENTS)]
    classes = [unit(f"{d}-{n}", "class", str(top), school=school)
               for d, top in enumerate(departments) for n in range(CLASSES)]
    return school, departments[0], [*departments, *classes]


def _fill(site: Site, school: Any, places: list[Any], rows: int) -> None:
    for first in range(0, rows, BATCH):
        raws = [{"name": f"іс {n}", "place": str(places[n % len(places)]), "day": f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}",
                 "amount": str(n % 10_000)} for n in range(first, min(first + BATCH, rows))]
        site.write(system(school), lambda uow, raws=raws: records.create_many(uow, "bench.case", raws))
    _analyse(site.settings.database_url)


def _key(site: Site, school: Any, login: str, unit: Any) -> str:
    raw = {"login": login, "active": True, "roles": [{"role": "teacher", "unit": str(unit) if unit else None}]}
    site.write(system(school), lambda uow: records.create(uow, "system.user", raw))
    return create_key(site, login)


def _statements(site: Site, key: str) -> int:
    """Statements that find out who asks, with all their rights."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "PRAGMA")):
            seen.append(statement)

    actor_of_key(site, key)
    sa.event.listen(site.database.engine, "before_cursor_execute", note)
    actor_of_key(site, key)
    sa.event.remove(site.database.engine, "before_cursor_execute", note)
    return len(seen)


if __name__ == "__main__":
    sys.exit(main())
