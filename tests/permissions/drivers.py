"""Every driver of every path, and the course that probes take through them."""

from __future__ import annotations

from random import Random

from tests.permissions import (  # noqa: F401 - each names its drivers as it is imported
    drive_cards,
    drive_doors,
    drive_finding,
    drive_lists,
    drive_moving,
    drive_rights,
    drive_writing,
)
from tests.permissions.asking import DRIVERS, Tally, one_probe
from tests.permissions.world import World

SELDOM = {
    "import": 40,
    "rest_expand": 3,
    "rest_read": 3,
    "rest_list": 3,
    "rest_sums": 2,
    "openapi": 4,
    "export": 3,
    "export_later": 3,
    "jobs": 4,
    "seers": 12,
    "rights_change": 4,
}
"""Paths whose probes cost much: one round of so many."""


def course(world: World, probes: int, seed: int) -> Tally:
    """So many probes, path after path, everybody asked about everything at random."""
    tally, random, n = Tally(), Random(seed), 0
    paths = sorted(DRIVERS)
    while sum(tally.probes.values()) < probes:
        for path in paths:
            if n % SELDOM.get(path, 1) == 0:
                one_probe(world, tally, random, path)
        n += 1
    return tally


def of_paths(world: World, paths: tuple[str, ...], probes: int, seed: int) -> Tally:
    """The same through a few paths, until one probe finds something."""
    tally, random = Tally(), Random(seed)
    for n in range(probes):
        one_probe(world, tally, random, paths[n % len(paths)])
        if tally.differences:
            break
    return tally
