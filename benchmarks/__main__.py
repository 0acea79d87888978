"""`python -m benchmarks`: the engine beside its twin on SQLite, PostgreSQL or both; writes docs/proofs/bench-*.json."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import school as schools
from benchmarks.agreeing import agree
from benchmarks.growth import counted
from benchmarks.many_entities import measure as measure_check
from benchmarks.measuring import SIDES, Client, measure
from benchmarks.results import Results
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import serving
from benchmarks.starting import cold_start

POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
DATABASES = ("sqlite", "postgresql")
STARTS = (20, 500)
QUICK = 4
"""A quick run asks this many times less, and leaves no proof."""


def main() -> int:
    args = _arguments()
    wanted = DATABASES if args.database == "both" else (args.database,)
    good = True
    for dialect in wanted:
        folder = args.data or Path(tempfile.mkdtemp(prefix="qurastyr-bench-"))
        try:
            results = _compare(folder, dialect, args)
        finally:
            if args.data is None:
                shutil.rmtree(folder, ignore_errors=True)
        print(results.table())
        if not (args.quick or args.only):
            results.write(schools.SEED)
        good = good and results.good
    return 0 if good else 1


def _compare(folder: Path, dialect: str, args: argparse.Namespace) -> Results:
    """Everything about one database."""
    school = _school(folder, dialect, args)
    results = Results(dialect, school.rows)
    try:
        chosen = [s for s in SCENARIOS if args.only in (None, s.name)]
        with ExitStack() as stack:
            clients = {side: Client(stack.enter_context(serving(side, school)), school) for side in SIDES}
            agree(clients["engine"], clients["twin"], school)
            for scenario in chosen:
                rounds = max(2, scenario.rounds // (QUICK if args.quick else 1))
                results.times[scenario.name] = measure(scenario, school, clients, rounds, scenario.each, _say)
            for side in SIDES:
                results.memory[side] = clients[side].server.memory()
        if args.only in (None, "statements"):
            for side in SIDES:
                with serving(side, school, counting=True) as server:
                    results.statements[side] = counted(Client(server, school), school)
        if args.only in (None, "start") and dialect == "sqlite":
            # The twin of a start is not measured: what costs is the Catalog, which it does not have.
            for count in STARTS:
                results.starts[count] = cold_start(folder / f"start-{count}", count)
                _say(f"start with {count} entities: {results.starts[count]}")
            results.check = measure_check(STARTS[-1])["check"]
    finally:
        if dialect == "postgresql" and args.data is None:
            schools.drop(school)
    return results


def _school(folder: Path, dialect: str, args: argparse.Namespace) -> schools.School:
    found = schools.kept(folder, dialect) if args.data else None
    if found is not None and found.rows == args.rows:
        return schools.renewed(found)
    _say(f"{dialect}: loading {args.rows} invoices into {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    made = schools.build(folder, dialect, args.rows, args.server)
    schools.keep(made)
    return made


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="sqlite")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N", help="invoices of three lines")
    parser.add_argument("--quick", action="store_true", help="fewer rounds; no proof is written")
    parser.add_argument("--only", choices=(*(s.name for s in SCENARIOS), "statements", "start"),
                        help="one measurement; no proof is written")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the databases here and use them again")
    parser.add_argument("--server", default=os.environ.get("QURASTYR_TEST_POSTGRES", POSTGRESQL), metavar="URL",
                        help="PostgreSQL where databases may be made")
    args = parser.parse_args()
    args.data = args.data.resolve() if args.data else None
    return args


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
