"""Makes .venv from the hashed lock files and links the checkout into it.

Nothing is built: libraries come as wheels, and the checkout itself is linked by a .pth file, so neither a
compiler nor a build tool is needed. When the locks have not changed since the last time, nothing is run at all.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher import link, lockfile
from launcher.errors import CannotStart

ROOT = Path(__file__).resolve().parent.parent
VENV_ADVICE = (
    "This Python has no working venv module (ensurepip is missing).\n"
    "On Debian and Ubuntu:  apt-get install python3-venv\n"
    "Then run the same command again."
)
INSTALL_OPTIONS = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]


class Environment:
    """The virtual environment of one checkout."""

    def __init__(self, root: Path = ROOT, say=print) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self.record = self.folder / "installed.json"
        self.say = say

    def ensure(self, *locks: str) -> None:
        """Have every named lock file installed and the checkout linked. Raises CannotStart."""
        if self._wanted(locks) == [] and link.is_current(self):
            return
        with lockfile.held(self.root / ".venv.lock", self.say):
            # Asked again under the lock: the process we waited for has perhaps done it all.
            wanted = self._wanted(locks)
            if wanted:
                self._make()
                for name in wanted:
                    self._install(name)
            if not link.is_current(self):
                link.write(self)

    def _wanted(self, locks: tuple[str, ...]) -> list[str]:
        """The lock files that are not installed as they now are."""
        if not self._usable():
            return list(locks)
        done = self._installed()
        return [name for name in locks if done.get(name) != self._hash(name)]

    def _usable(self) -> bool:
        # The link .venv/bin/python dangles when the system's Python was replaced: access() follows it.
        return os.access(self.python, os.X_OK)

    def _installed(self) -> dict[str, str]:
        try:
            return json.loads(self.record.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}

    def _hash(self, name: str) -> str:
        return hashlib.sha256((self.root / name).read_bytes()).hexdigest()

    def _make(self) -> None:
        """Create .venv, or make it anew when it cannot run."""
        if self._usable() and self._run([self.python, "-c", "import sys"]) is None:
            return
        self.say(f"Making a Python environment in {self.folder} ...")
        shutil.rmtree(self.folder, ignore_errors=True)
        if uv := shutil.which("uv"):
            if self._run([uv, "venv", "--quiet", "--python", sys.executable, self.folder]) is None:
                return
            shutil.rmtree(self.folder, ignore_errors=True)
        # Debian splits ensurepip off; without it `python -m venv` fails after making half a folder.
        if importlib.util.find_spec("ensurepip") is None:
            raise CannotStart(VENV_ADVICE)
        problem = self._run([sys.executable, "-m", "venv", self.folder])
        if problem is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise CannotStart(f"{VENV_ADVICE}\n\n{problem}")

    def _install(self, name: str) -> None:
        """Install one lock file, by uv when it is here, else by pip. Raises CannotStart."""
        self.say(f"Installing the libraries of {name} (once; needs the network) ...")
        problem: str | None = "uv is not here"
        if uv := shutil.which("uv"):
            problem = self._run([uv, "pip", "install", "--quiet", "--python", self.python,
                                 *INSTALL_OPTIONS, "-r", self.root / name])
        if problem is not None:
            # uv does not read pip's settings; behind a mirror that only pip knows, pip still works.
            self._have_pip()
            problem = self._run([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                                 *INSTALL_OPTIONS, "-r", self.root / name])
        if problem is not None:
            raise CannotStart(f"The libraries of {name} could not be installed.\n\n{problem}")
        self._remember(name)

    def _have_pip(self) -> None:
        if self._run([self.python, "-c", "import pip"]) is None:
            return
        if self._run([self.python, "-m", "ensurepip", "--default-pip"]) is not None:
            raise CannotStart(VENV_ADVICE)

    def _remember(self, name: str) -> None:
        """Note a finished installation; a lock that differs from its note makes every other note stale too."""
        done = self._installed()
        if done.get(name) not in (None, self._hash(name)):
            done = {}
        done[name] = self._hash(name)
        part = self.record.with_suffix(".part")
        part.write_text(json.dumps(done, indent=1), "utf-8")
        part.replace(self.record)

    @staticmethod
    def _run(command: list) -> str | None:
        """Run quietly; None when it went well, else the last lines of what it said."""
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        except OSError as error:
            return str(error)
        if done.returncode == 0:
            return None
        lines = (done.stdout + done.stderr).strip().splitlines()
        return "\n".join(lines[-15:]) or f"exit code {done.returncode}"
