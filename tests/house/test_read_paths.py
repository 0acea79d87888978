"""The register of read paths is whole: no function of the engine reads records beside it."""

from __future__ import annotations

import pytest

from engine.services.access.paths import INNER, PATHS, is_inner
from tests.house import read_paths
from tests.house.read_paths import defined, readers

NAMED = {reader for path in PATHS for reader in path.readers}
SERVICES = sorted(readers("services"))


@pytest.mark.parametrize("reader", SERVICES)
def test_every_reader_stands_in_the_register(reader):
    assert reader in NAMED or is_inner(reader), (
        f"engine/services: {reader} reads records. Name it at its path in engine/services/access/paths.py and drive "
        "the path in tests/permissions/, or say in INNER why nothing of what it reads is shown"
    )


@pytest.mark.parametrize("floor", ["web", "api", "cli", "jobs"])
def test_doors_read_no_records_themselves(floor):
    assert not list(readers(floor))


def test_the_register_names_what_is_there():
    known = defined("services")
    assert not {r for r in NAMED if r not in known}
    rooms = {name.rpartition(".")[0] for name in known}
    every = {*known, *(".".join(r.split(".")[:n]) for r in rooms for n in range(1, 4))}
    assert not set(INNER) - every
    assert len({p.key for p in PATHS}) == len(PATHS) and all(p.says and p.readers for p in PATHS)


def test_the_search_finds_readers(tmp_path, monkeypatch):
    """Planted: a function that reads by each of the ways is found, one that does not is not."""
    ways = ("EntitySource(s, e)", "tables_of(c).of('a.b')", "self.load_one(v, e, 1)", "sa.select(JOURNAL).limit(1)")
    for n, way in enumerate(ways):
        (tmp_path / "services").mkdir(exist_ok=True)
        (tmp_path / "services" / f"way{n}.py").write_text(f"class A:\n    def new(self, v):\n        return {way}\n")
    (tmp_path / "services" / "none.py").write_text("def f(v):\n    return sa.insert(JOURNAL)\n")
    monkeypatch.setattr(read_paths, "ENGINE", tmp_path)
    assert list(readers("services")) == [f"way{n}.A.new" for n in range(len(ways))]
