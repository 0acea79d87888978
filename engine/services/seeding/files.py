"""Files below seed/: found in the order of their names, read strictly, each knowing its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import Invalid, Problem
from engine.loading.nodes import node_at
from engine.loading.places import place_of
from engine.loading.problems import Collector, LoadProblem
from engine.loading.source import read_source

REFERENCE, DEMO = "reference", "demo"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, eq=False)
class SeedFile:
    name: str
    """Path below the folder, with `/`"""
    kind: str
    """records or recipe"""
    data: dict[str, Any]
    path: Path
    found: Collector


def seed_files(folder: Path, part: str) -> Iterator[SeedFile]:
    """The files of `folder`/seed/`part` in the order of their names. Raises Invalid with every problem of one."""
    for path in sorted((folder / "seed" / part).rglob("*.yaml")):
        yield read_seed(path, folder)


def read_seed(path: Path, folder: Path) -> SeedFile:
    """One file. Raises Invalid."""
    found = Collector(path.relative_to(folder).as_posix())
    place = place_of(found.file, found)
    source = read_source(path.read_bytes(), place, found) if place else None
    if source is None or found.problems:
        raise Invalid(found.problems)
    return SeedFile(found.file, source.kind, source.data, path, found)


def placed(file: SeedFile, problem: Problem) -> LoadProblem:
    """The problem with the line of the file that its path leads to."""
    if isinstance(problem, LoadProblem):
        return problem
    trail = tuple(int(n) if n else word for word, n in _STEP.findall(problem.path))
    root = file.found.root
    node = node_at(root, trail) if root is not None else None
    return LoadProblem(problem.code, problem.message, problem.path, problem.params, problem.hint, file.name,
                       node.line if node else 0, node.column if node else 0)
