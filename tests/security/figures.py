"""The figures of the rules in security.md: gathered while the tests run, kept as one proof when the counts are full.

A test that says "nothing was found" also plants defects and says which of them it caught.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.proofs import write_proof
from tools import security_report

SEED = 20261126
NOTES = (
    "Each figure is named after the test that measured it; the readable table is docs/security-report.md. "
    "Planted defects are mistakes put into the engine for a moment (a right that is not judged, a name that is not "
    "looked up, a value that is not escaped): the same judge that found nothing has to find each of them."
)
_figures: dict[str, tuple[Any, str, Any]] = {}
_planted: dict[str, dict[str, bool]] = defaultdict(dict)


def figure(test: str, what: str, value: Any, relation: str, target: Any) -> None:
    """A figure of one test, kept in the proof as `TEST: WHAT`."""
    _figures[f"{test}: {what}"] = (value, relation, target)
    print(f"{test}: {what}: {value} ({relation} {target})")


def none_wrong(test: str, where: str, sent: int, wrong: list[Any], least: int) -> None:
    """The two figures of a search for faults: how many probes, how many faults. Fails when one was found."""
    said = f", {where}" if where else ""
    figure(test, f"probes{said}", sent, ">=", least)
    figure(test, f"faults{said}", len(wrong), "==", 0)
    assert not wrong, wrong[:8]
    assert sent >= least, f"only {sent} probes"


def planted(test: str, what: str, caught: bool) -> None:
    """A planted defect, and whether the judge of the test saw it. Fails when it did not."""
    _planted[test][what] = bool(caught)
    assert caught, f"{test}: the planted defect {what!r} was not caught"


def write() -> None:
    """Add what this process measured to the proof and make the page anew; other processes may do the same."""
    found = dict(_figures)
    for test, defects in _planted.items():
        found[f"{test}: planted defects caught"] = (sum(defects.values()), "==", len(defects))
    if not found:
        return
    with open(Path(tempfile.gettempdir()) / "qurastyr-security-proof.lock", "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        write_proof("security", found, SEED, NOTES, joined=True)
        security_report.write()
