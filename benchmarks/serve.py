"""One measured server: `python -m benchmarks.serve engine|twin --folder DIR --database sqlite --port N`.

waitress with the same threads for both sides. With BENCHMARK_STATEMENTS=1 each answer says in X-Statements how many
SQL statements its request ran, BEGIN and COMMIT not counted; figures of time are never taken with it.
"""

from __future__ import annotations

import argparse
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import waitress

from benchmarks.school import School, kept

THREADS = 4
COUNTING = "BENCHMARK_STATEMENTS"
_NOT_COUNTED = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|PRAGMA)\b", re.IGNORECASE)


def application(side: str, school: School) -> Any:
    """The WSGI application of one side."""
    if side == "twin":
        from benchmarks.twin.app import create_twin

        return create_twin(school.twin_url, school.organisation, school.key, school.session)
    from engine.app import create_app
    from engine.collector import collect_rarely
    from engine.config import Settings
    from engine.services.site import Site

    collect_rarely()
    return create_app(Site.open(Settings.of(school.folder, school.engine_url)))


class Counting:
    """WSGI middleware that counts the statements of each request, whichever engine object runs them."""

    def __init__(self, app: Any):
        self.app = app
        self.here = threading.local()
        sa.event.listen(sa.Engine, "before_cursor_execute", self._seen)

    def _seen(self, connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        if not _NOT_COUNTED.match(statement):
            self.here.count = getattr(self.here, "count", 0) + 1

    def __call__(self, environment: dict[str, Any], start: Callable[..., Any]) -> Any:
        self.here.count = 0

        def counted(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*headers, ("X-Statements", str(self.here.count))], *more)

        return self.app(environment, counted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=("engine", "twin"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    school = kept(args.folder, args.database)
    if school is None:
        raise SystemExit(f"{args.folder}: there is no school, start with python -m benchmarks")
    app = application(args.side, school)
    if os.environ.get(COUNTING):
        app = Counting(app)
    waitress.serve(app, host="127.0.0.1", port=args.port, threads=THREADS, ident=None, _quiet=True)


if __name__ == "__main__":
    main()
