"""When a proof is rewritten: by the full counts, when there is none, or when the kept one says something else."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.proofs import ROOT, write_proof

FULL = bool(os.environ.get("QURASTYR_TEST_FULL"))


def keep_proof(name: str, figures: dict[str, tuple[Any, str, Any]], seed: int, notes: str) -> None:
    """Write the proof of this run unless an equal verdict is kept: a quick run must not replace the full figures."""
    path = ROOT / "docs" / "proofs" / f"{name}.json"
    relations = {"==": lambda a, b: a == b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
    now = {key: relations[relation](value, target) for key, (value, relation, target) in figures.items()}
    kept = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.exists() else {}
    if FULL or now != {key: figure["ok"] for key, figure in kept.items()}:
        write_proof(name, figures, seed, notes)
