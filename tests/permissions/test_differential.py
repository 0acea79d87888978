"""The differential test: random organisations, people, roles, rules and records, asked through every read path, and a
small model that shares no code with the engine. 10,000 probes; 100,000 by QURASTYR_TEST_FULL=1 (`./test --all`)."""

from __future__ import annotations

import ast
from pathlib import Path
from random import Random

import pytest

from engine.services.access.paths import PATHS
from tests.conftest import DATABASES, FULL, new_database
from tests.permissions.asking import DRIVERS, Tally
from tests.permissions.conftest import SEED, open_world
from tests.permissions.drivers import course
from tests.permissions.revoking import revoke
from tests.proofs import write_proof

WORLDS = 4 if FULL else 1
PROBES = {"sqlite": 19_800, "postgresql": 5_600} if FULL else {"sqlite": 8_700, "postgresql": 1_400}
"""Worlds of each database, and the probes in each world: 100,000 or 10,000 on both together."""


def test_every_path_of_the_register_is_driven():
    assert {p.key for p in PATHS} == set(DRIVERS)


@pytest.mark.parametrize("name", ["model", "lab"])
def test_the_model_shares_no_code_with_the_engine(name):
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    taken = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    taken |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert not {
        t
        for t in taken
        if t.split(".")[0]
        not in ("__future__", "collections", "dataclasses", "datetime", "random", "re", "typing", "tests")
    }
    assert {t for t in taken if t.startswith("tests")} <= {"tests.permissions.lab"}


@pytest.mark.parametrize("kind", DATABASES)
def test_nothing_leaks_and_nothing_is_wrongly_hidden(kind, request, tmp_path):
    whole = Tally()
    for n in range(WORLDS):
        folder = tmp_path / str(n)
        folder.mkdir()
        with new_database(kind, folder, request) as url:
            world = open_world(url, folder, SEED + n)
            try:
                whole.add(course(world, PROBES[kind], SEED + n))
                random = Random(SEED + n)
                for user in random.sample(list(world.keys), min(8, len(world.keys))):
                    revoke(world, whole, random, user)
            finally:
                world.site.database.close()
    probes = sum(whole.probes.values())
    paths = {cell[0] for cell in whole.cells}
    print(
        f"\n{kind}: {probes} probes through {len(paths)} paths in {WORLDS} worlds, {whole.judged} answers compared, "
        f"{whole.shown} of them to be seen; covered cells (path x entity x role x scope x state): {len(whole.cells)}; "
        f"leaks {whole.leaks}, wrongly hidden {whole.hidden}"
    )
    if FULL:
        write_proof(
            "permissions",
            {
                f"probes on {kind}": (probes, ">=", WORLDS * PROBES[kind]),
                f"leaks on {kind}": (whole.leaks, "==", 0),
                f"wrongly hidden on {kind}": (whole.hidden, "==", 0),
                f"answers compared on {kind}": (whole.judged, ">=", 2 * probes),
                f"covered cells on {kind}": (len(whole.cells), ">=", 4_000),
                f"paths driven on {kind}": (len(paths), ">=", len(PATHS)),
            },
            SEED,
            "Random organisations, people, roles, rules and records against a model that shares no code with the "
            "engine. A probe is one question through one path; a cell: path x entity x role x how it is held x state.",
            joined=True,
        )
    assert not whole.differences, "\n".join(map(str, whole.differences[:10]))
    assert probes >= WORLDS * PROBES[kind]
    assert {p.key for p in PATHS} <= paths, "a path that asked nothing"
