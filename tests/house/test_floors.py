"""The floors of the house: the import contracts of pyproject.toml, and a planted stair that must be caught."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the package in `folder` with the contracts of its pyproject.toml."""
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_stairs_lead_down_only():
    done = contracts(ROOT)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_a_stair_up_is_caught(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "engine", tmp_path / "engine",
                    ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    planted = {
        "model": "import engine.storage\n",
        "expression": "import sqlalchemy\n",
        "services": "import flask\n",
        "api": "import sqlalchemy\nimport engine.web\n",
    }
    for floor, line in planted.items():
        (tmp_path / "engine" / floor / "planted.py").write_text(line)
    told = contracts(tmp_path).stdout
    for floor in planted:
        assert f"engine.{floor}.planted" in told, told[-4000:]
    assert "4 broken" in told
