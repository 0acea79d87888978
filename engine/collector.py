"""Python's collector of reference cycles, set for processes that live long and work on many records at once."""

from __future__ import annotations

import gc

GROWTH = 50_000
"""New objects, less those that went again, between two searches for cycles: those of some 800 invoices with lines."""


def collect_rarely() -> None:
    """Look for cycles seldom: for a process that serves or works, before it begins.

    Records, drafts and answers hold no cycles and go by their count of references, so the collector finds nothing
    among them. By default it walks over all that a large work holds again and again, for a tenth of its time; the few
    cycles that do arise (exceptions, templates) may wait, together they take some megabytes.
    """
    gc.set_threshold(GROWTH)
