"""./test: make the environment ready, say what this machine lacks, run the tests."""

import os
import shutil
import subprocess
import sys

from launcher.environment import Environment
from launcher.errors import CannotStart

POSTGRES_VARIABLE = "QURASTYR_TEST_POSTGRES"
POSTGRES_DEFAULT = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MEMORY = "/dev/shm"
ROOM = 3 * 2**30
"""Bytes that must be free there; pytest keeps the files of its last three runs."""
HELP = """usage: ./test [--all] [pytest arguments]

Install what is missing, then run the tests.

  --all    the full counts (races, random rules, crashes) instead of the quick ones

Environment:
  QURASTYR_TEST_POSTGRES   URL of a PostgreSQL server whose user may create databases
                           (default: postgres@127.0.0.1:5432 when it answers without a password)
"""

# Connects as the tests will; run by the environment's Python, since the launcher itself has no driver.
PROBE = """
import sys, psycopg
from sqlalchemy.engine import make_url
url = make_url(sys.argv[1]).set(drivername="postgresql")
with psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=3) as connection:
    able = connection.execute("select rolcreatedb or rolsuper from pg_roles where rolname = current_user").fetchone()
sys.exit(0 if able and able[0] else 1)
"""


def postgres_url(environment: Environment) -> str | None:
    """The server the tests may use, or None when none answers."""
    url = os.environ.get(POSTGRES_VARIABLE) or POSTGRES_DEFAULT
    probe = subprocess.run([str(environment.python), "-c", PROBE, url], capture_output=True, check=False)
    return url if probe.returncode == 0 else None


def chromium() -> str | None:
    """The browser the tests may drive, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def scratch() -> str | None:
    """A folder in memory for what tests write, or None where there is none with room: thousands of small databases
    wait for the disk otherwise."""
    try:
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if os.access(MEMORY, os.W_OK) and free >= ROOM else None


def main(arguments: list[str] | None = None) -> int:
    """Run ./test; the exit code is pytest's."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in (["-h"], ["--help"]):
        print(HELP, end="")
        return 0
    everything = "--all" in words
    words = [word for word in words if word != "--all"]
    environment = Environment(say=lambda text: print(text, flush=True))
    try:
        environment.ensure("requirements-test.lock")
    except (CannotStart, TimeoutError) as problem:
        print(problem, file=sys.stderr)
        return 1
    settings = dict(os.environ)
    settings.pop(POSTGRES_VARIABLE, None)
    if everything:
        settings["QURASTYR_TEST_FULL"] = "1"
    if url := postgres_url(environment):
        settings[POSTGRES_VARIABLE] = url
    else:
        print(f"No PostgreSQL answers (set {POSTGRES_VARIABLE}): its tests are skipped, SQLite is tested alone.")
    if browser := chromium():
        settings.setdefault("QURASTYR_TEST_CHROMIUM", browser)
    else:
        print("No chromium (apt-get install --no-install-recommends chromium): browser tests are skipped.")
    if folder := scratch():
        settings.setdefault("PYTEST_DEBUG_TEMPROOT", folder)
    alone = any(word.startswith(("-n", "-p", "--dist", "--pdb", "-s")) for word in words)
    if (os.cpu_count() or 1) > 1 and not alone:
        # A file stays with one worker: its site is made once.
        words = ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile", *words]
    sys.stdout.flush()
    return subprocess.call([str(environment.python), "-m", "pytest", *words], cwd=environment.root, env=settings)
