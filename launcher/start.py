"""./start: make the environment ready, then serve."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from launcher.environment import Environment
from launcher.errors import CannotStart


def parser() -> argparse.ArgumentParser:
    """The options of ./start; they are those of `qurastyr serve`, which explains and checks them in full."""
    made = argparse.ArgumentParser(
        prog="./start",
        description="Install what is missing, then serve Qurastyr. Every option is optional.",
        allow_abbrev=False,
    )
    made.add_argument("--port", type=int, metavar="N", help="TCP port to listen on")
    made.add_argument("--host", metavar="H", help="address to listen on")
    made.add_argument("--data", metavar="DIR", help="folder for the database, files and keys of this site")
    made.add_argument("--database", metavar="URL", help="SQLAlchemy URL; SQLite in the data folder when not given")
    made.add_argument("--demo", action=argparse.BooleanOptionalAction, default=None,
                      help="fill an empty site with the sample school")
    made.add_argument("--worker", action=argparse.BooleanOptionalAction, default=None,
                      help="run a worker for work in the background beside the server (default: yes)")
    return made


def serve_arguments(given: argparse.Namespace) -> list[str]:
    """The given options as `qurastyr serve` reads them; what was not given is left to its defaults."""
    words: list[str] = []
    for name in ("port", "host", "data", "database"):
        value = getattr(given, name)
        if value is not None:
            words += [f"--{name}", str(value)]
    for name in ("demo", "worker"):
        if getattr(given, name) is not None:
            words.append(f"--{name}" if getattr(given, name) else f"--no-{name}")
    return words


def locks_for(database: str | None) -> list[str]:
    """The lock files a site on this database needs: the driver of PostgreSQL is installed only for those who use it."""
    locks = ["requirements.lock"]
    if (database or "").startswith("postgres"):
        locks.append("requirements-postgres.lock")
    return locks


def main(arguments: list[str] | None = None) -> int:
    """Run ./start; on POSIX the server takes the place of this process, so signals reach it directly."""
    given = parser().parse_args(arguments)
    environment = Environment(say=_say)
    try:
        environment.ensure(*locks_for(given.database or os.environ.get("QURASTYR_DATABASE")))
    except (CannotStart, TimeoutError) as problem:
        print(problem, file=sys.stderr)
        return 1
    command: list[str] = [str(environment.python), str(Path(environment.scripts, "qurastyr")), "serve",
                          *serve_arguments(given)]
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter and script, no shell


def _say(text: str) -> None:
    print(text, flush=True)
