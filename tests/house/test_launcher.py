"""What ./start and ./test do before the engine runs; nothing here installs anything or uses the network."""

import os
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from launcher import link, lockfile
from launcher import start as start_script
from launcher.environment import Environment
from launcher.errors import CannotStart

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-postgres.lock", "requirements-test.lock")


class Rehearsal(Environment):
    """An environment whose commands are written down instead of run; making .venv makes only the folders."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, say=lambda text: None)
        self.commands: list[str] = []

    def _make(self):
        self.commands.append("make")
        (self.folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True, exist_ok=True)
        self.scripts.mkdir(parents=True, exist_ok=True)
        self.python.write_text("#!/bin/sh\n")
        self.python.chmod(0o755)

    def _install(self, name):
        self.commands.append(name)
        self._remember(name)


@pytest.fixture
def rehearsal(tmp_path) -> Rehearsal:
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for name in LOCKS:
        (tmp_path / name).write_text(f"{name}\n")
    return Rehearsal(tmp_path)


def pinned(name: str) -> dict[str, str]:
    """Each pinned requirement with the text of its hashes."""
    entries = (ROOT / name).read_text("utf-8").replace("\\\n", " ").splitlines()
    return {entry.split("--hash", 1)[0].strip(): entry for entry in entries if entry.strip()}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_hashes_and_names_no_registry(name):
    entries = pinned(name)
    assert len(entries) > 40
    assert all("==" in wanted and "--hash=sha256:" in entry for wanted, entry in entries.items())
    assert "://" not in (ROOT / name).read_text("utf-8")


def test_locks_agree_with_each_other():
    widest = set(pinned("requirements-test.lock"))
    assert set(pinned("requirements.lock")) <= set(pinned("requirements-postgres.lock")) <= widest


def test_every_core_dependency_is_locked():
    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    names = {line.split("==")[0] for line in pinned("requirements.lock")}
    assert {line.split(">")[0].split("=")[0].strip().lower() for line in wanted} - names == set()


def test_installs_once_and_again_only_when_the_lock_changes(rehearsal):
    rehearsal.ensure("requirements.lock")
    assert rehearsal.commands == ["make", "requirements.lock"]
    rehearsal.ensure("requirements.lock")
    assert len(rehearsal.commands) == 2
    (rehearsal.root / "requirements.lock").write_text("changed\n")
    rehearsal.ensure("requirements.lock")
    assert rehearsal.commands[2:] == ["make", "requirements.lock"]


def test_a_changed_lock_makes_the_others_stale(rehearsal):
    rehearsal.ensure("requirements.lock", "requirements-postgres.lock")
    (rehearsal.root / "requirements.lock").write_text("older versions\n")
    rehearsal.ensure("requirements.lock")
    rehearsal.commands.clear()
    rehearsal.ensure("requirements-postgres.lock")
    assert rehearsal.commands == ["make", "requirements-postgres.lock"]


def test_link_makes_the_package_the_command_and_the_version_known(rehearsal):
    rehearsal.ensure("requirements.lock")
    packages = rehearsal.folder / "lib" / "python3.11" / "site-packages"
    assert (packages / "qurastyr.pth").read_text() == f"{rehearsal.root}\n"
    with open(ROOT / "pyproject.toml", "rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert f"Version: {version}" in (packages / f"qurastyr-{version}.dist-info" / "METADATA").read_text()
    command = rehearsal.scripts / "qurastyr"
    assert os.access(command, os.X_OK)
    assert "from engine.cli.main import main" in command.read_text()


@pytest.mark.parametrize("folder", ["plain", "with space", "л" * 80])
def test_command_runs_from_any_folder(tmp_path, folder):
    root = tmp_path / folder
    (root / "engine" / "cli").mkdir(parents=True)
    (root / "engine" / "cli" / "main.py").write_text("def main():\n    print('here')\n    return 3\n")
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (root / "requirements.lock").write_text("x\n")
    environment = Rehearsal(root)
    environment.ensure("requirements.lock")
    environment.python.unlink()
    environment.python.symlink_to(sys.executable)
    # The folder itself on the path stands for the .pth file, which only a real environment reads.
    done = subprocess.run([str(environment.scripts / "qurastyr")], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(root)})
    assert (done.stdout, done.returncode) == ("here\n", 3), done.stderr


def test_a_moved_checkout_is_linked_anew(rehearsal):
    rehearsal.ensure("requirements.lock")
    next((rehearsal.folder / "lib").rglob("qurastyr.pth")).write_text("/somewhere/else\n")
    assert not link.is_current(rehearsal)
    rehearsal.ensure("requirements.lock")
    assert link.is_current(rehearsal)
    assert rehearsal.commands == ["make", "requirements.lock"]


def test_two_starts_do_not_install_at_once(rehearsal):
    inside = threading.Semaphore(1)
    clashes: list[str] = []
    slow = rehearsal._install

    def install(name):
        if not inside.acquire(blocking=False):
            clashes.append(name)
            return
        threading.Event().wait(0.2)
        slow(name)
        inside.release()

    rehearsal._install = install
    threads = [threading.Thread(target=rehearsal.ensure, args=("requirements.lock",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clashes == []
    assert rehearsal.commands.count("requirements.lock") == 1


def test_lock_is_free_again_after_its_holder_was_killed(tmp_path):
    code = ("import sys, time; sys.path.insert(0, sys.argv[2])\n"
            "from pathlib import Path; from launcher import lockfile\n"
            "with lockfile.held(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)")
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "lock"), str(ROOT)],
                              stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    descriptor = os.open(tmp_path / "lock", os.O_RDWR)
    assert lockfile._try_lock(descriptor) is False
    holder.kill()
    holder.communicate()
    assert lockfile._try_lock(descriptor) is True
    os.close(descriptor)


def test_start_passes_on_what_was_given_and_nothing_else():
    def words(*given: str) -> list[str]:
        return start_script.serve_arguments(start_script.parser().parse_args(list(given)))

    assert words() == []
    assert words("--port", "8080", "--no-demo") == ["--port", "8080", "--no-demo"]
    assert words("--demo", "--data", "a b", "--host", "::1", "--database", "sqlite:///x") == [
        "--host", "::1", "--data", "a b", "--database", "sqlite:///x", "--demo"]


def test_the_driver_of_postgresql_is_installed_only_when_asked_for():
    assert start_script.locks_for(None) == ["requirements.lock"]
    assert start_script.locks_for("sqlite:///x.db") == ["requirements.lock"]
    assert start_script.locks_for("postgresql+psycopg://u@h/db")[1:] == ["requirements-postgres.lock"]


@pytest.mark.parametrize("script", ["start", "test"])
def test_an_old_python_gets_a_clear_line(script, tmp_path):
    old = tmp_path / "old.py"
    # The script as it would meet Python 3.9, with no newer one on PATH.
    old.write_text("import sys\nsys.version_info = (3, 9, 1)\n" + (ROOT / script).read_text("utf-8"))
    done = subprocess.run([sys.executable, str(old)], capture_output=True, text=True, env={"PATH": ""}, check=False)
    assert done.returncode == 1
    assert done.stderr == "Qurastyr needs Python 3.11 or newer; this is Python 3.9.\n"


def test_missing_venv_module_gets_advice(tmp_path, monkeypatch):
    monkeypatch.setattr("launcher.environment.importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("launcher.environment.shutil.which", lambda name: None)
    (tmp_path / "requirements.lock").write_text("x\n")
    with pytest.raises(CannotStart, match="apt-get install python3-venv"):
        Environment(tmp_path, say=lambda text: None).ensure("requirements.lock")
    assert not (tmp_path / ".venv").exists()
