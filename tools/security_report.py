"""The readable table of the proof `security`: docs/security-report.md, made from docs/proofs/security.json alone.

python -m tools.security_report
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROOF, REPORT = ROOT / "docs" / "proofs" / "security.json", ROOT / "docs" / "security-report.md"
PLANTED = "planted defects caught"


def report(proof: Mapping[str, Any]) -> str:
    """The page as Markdown: one line a figure, grouped by the test that measured it."""
    tests: dict[str, dict[str, Mapping[str, Any]]] = {}
    for key, figure in sorted(proof["figures"].items()):
        test, _, what = key.partition(": ")
        tests.setdefault(test, {})[what] = figure
    lines = [
        "# Security report",
        "",
        "What the tests of `tests/security/` measured of the rules that the engine keeps. Made by",
        "`python -m tools.security_report` from [proofs/security.json](proofs/security.json), which `./test --all`",
        "writes; the page is never edited by hand. How to report a vulnerability: [SECURITY.md](../SECURITY.md).",
        "",
        f"Commit {proof['commit'][:12]}, {proof['at']}, seed {proof['seed']}, {proof['machine']}.",
        "",
        "| test | figure | value | target | passed | planted defects caught |",
        "|---|---|--:|--:|---|--:|",
    ]
    for test, figures in tests.items():
        defects = figures.get(PLANTED)
        caught = f"{defects['value']} of {defects['target']}" if defects else ""
        shown = {what: f for what, f in figures.items() if what != PLANTED} or {"": defects}
        for number, (what, f) in enumerate(shown.items()):
            told = (f"`{test}`", caught) if number == 0 else ("", "")
            lines.append(
                f"| {told[0]} | {what} | {f['value']} | {f['relation']} {f['target']} "
                f"| {'yes' if f['ok'] else '**no**'} | {told[1]} |"
            )
    held = sum(f["ok"] for f in proof["figures"].values())
    all_caught = sum(f["value"] for fs in tests.values() for w, f in fs.items() if w == PLANTED)
    seeded = sum(f["target"] for fs in tests.values() for w, f in fs.items() if w == PLANTED)
    lines += [
        "",
        f"{held} of {len(proof['figures'])} figures meet their target; {all_caught} of {seeded} planted defects "
        "were caught.",
        "",
        proof["notes"],
    ]
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write the page."""
    REPORT.write_text(report(json.loads(PROOF.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    write()
