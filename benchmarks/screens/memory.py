"""How much memory a piece of work takes at its highest, on Linux; elsewhere it is not measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def growth(work: Callable[[], Any]) -> float | None:
    """MiB by which the process grew at most while `work` ran; None where the system does not tell."""
    if not CLEAR.exists():
        work()
        return None
    CLEAR.write_text("5")  # the peak begins anew
    before = _kibibytes("VmRSS")
    work()
    return (_kibibytes("VmHWM") - before) / 1024


def _kibibytes(name: str) -> int:
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
