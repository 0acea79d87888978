"""The differential test can fail: every planted mistake is caught by the same probes."""

from __future__ import annotations

from random import Random

import pytest

from tests.conftest import FULL
from tests.permissions.asking import Tally
from tests.permissions.conftest import SEED
from tests.permissions.defects import DEFECTS
from tests.permissions.drivers import of_paths
from tests.permissions.revoking import revoke
from tests.proofs import write_proof

MOST = 700
"""Probes within which a mistake must be found."""
CAUGHT: dict[tuple[str, str], int] = {}
DATABASES = 2 if FULL else 1


def forget(world) -> None:
    """Nothing that was compiled with a mistake, or without it, stays."""
    world.site.catalog._derived.clear()
    world.site.catalog._spelled.clear()


def probed(world, defect) -> Tally:
    if defect.paths != ("revocation",):
        return of_paths(world, defect.paths, MOST, SEED)
    tally, random = Tally(), Random(SEED)
    for user in world.keys:
        revoke(world, tally, random, user)
    return tally


@pytest.mark.parametrize("defect", DEFECTS, ids=[d.says.replace(" ", "-") for d in DEFECTS])
def test_a_planted_mistake_is_caught(world, defect, monkeypatch):
    with monkeypatch.context() as patch:
        defect.plant(patch)
        forget(world)
        found = probed(world, defect)
    forget(world)
    world.model.forget()
    CAUGHT[world.kind, defect.says] = len(found.differences)
    assert found.differences, f"not caught in {sum(found.probes.values())} probes: {defect.says}"


def test_all_of_them():
    """Says how many; the proof is written where all of them were planted by this process."""
    planted = DATABASES * len(DEFECTS)
    if len(CAUGHT) < planted:
        pytest.skip("other processes planted the rest")
    caught = sum(n > 0 for n in CAUGHT.values())
    print(f"\ncaught {caught} of {planted} planted mistakes")
    if FULL:
        figures = {"mistakes planted": (planted, ">=", 40), "of them caught": (caught, "==", planted)}
        write_proof("permissions", figures, SEED, joined=True)
    assert caught == planted >= 20
