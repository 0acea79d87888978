"""Writes the proofs of decisions.md, 28: figures with their targets, in docs/proofs/NAME.json."""

from __future__ import annotations

import json
import operator
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_RELATIONS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt, ">": operator.gt}


def write_proof(
    name: str, figures: Mapping[str, tuple[Any, str, Any]], seed: int | str | None, notes: str = "",
    joined: bool = False,
) -> dict[str, Any]:
    """Write docs/proofs/NAME.json and return what was written.

    `figures`: key -> (value, relation, target); `ok` follows from them, and may honestly be false. `joined`: figures of
    the same commit that are there already stay, where several processes measure parts of one proof.
    """
    path = ROOT / "docs" / "proofs" / f"{name}.json"
    if joined and path.exists():
        there = json.loads(path.read_text(encoding="utf-8"))
        if there["commit"] == _commit():
            kept = {k: (f["value"], f["relation"], f["target"]) for k, f in there["figures"].items()}
            figures = {**kept, **figures}
    proof = {
        "name": name,
        "commit": _commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "figures": {
            key: {"value": value, "target": target, "relation": relation, "ok": _RELATIONS[relation](value, target)}
            for key, (value, relation, target) in figures.items()
        },
        "notes": notes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(proof, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return proof


def _commit() -> str:
    """The commit, with a + when the work tree has changes that are not in it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    commit = git("rev-parse", "HEAD")
    return f"{commit}+" if commit and git("status", "--porcelain", "--", "engine") else commit or "unknown"
