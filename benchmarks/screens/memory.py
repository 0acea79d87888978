"""How much memory a piece of work takes at its highest, on Linux; elsewhere it is not measured."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from engine.collector import collect_rarely

T = TypeVar("T")

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


def apart(work: Callable[..., T], *given: Any) -> T:
    """What `work` gives in a process of its own: this one holds memory free that other work has left behind."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=collect_rarely) as pool:
        return pool.submit(work, *given).result()


def _kibibytes(name: str) -> int:
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
