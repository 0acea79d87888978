"""The way in: a folder or a set of files becomes a Catalog, or a list of everything that is wrong with it."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.loading.compile.catalog import compile_catalog
from engine.loading.compile.system import missing_system
from engine.loading.places import place_of
from engine.loading.problems import Collector, LoadProblem
from engine.loading.source import Source, read_source
from engine.model.catalog import Catalog

FOLDERS = ("metadata", "forms")
TERMS = "translations/terms.yaml"


@dataclass(frozen=True)
class Loaded:
    """What loading gave: `catalog` is None when there are errors; warnings do not stand in its way."""

    catalog: Catalog | None
    problems: tuple[LoadProblem, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Path below the folder (with `/`) -> content: what a revision stores."""

    @property
    def errors(self) -> tuple[LoadProblem, ...]:
        return tuple(problem for problem in self.problems if problem.is_error)


def load_folder(folder: str | Path, revision: int = 0) -> Loaded:
    """Load a whole application: metadata/, forms/ and translations/terms.yaml below `folder`.

    Unlike `load_files` it also asks for the system entities that the engine relies on. FileNotFoundError when the
    folder has no metadata/.
    """
    loaded = load_files(read_folder(Path(folder)), revision)
    missing = missing_system(loaded.catalog) if loaded.catalog is not None else []
    return Loaded(None, (*loaded.problems, *missing), loaded.files) if missing else loaded


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a folder that make a Catalog, in the order of their names."""
    if not (folder / "metadata").is_dir():
        raise FileNotFoundError(folder / "metadata")
    found = [path for name in FOLDERS for path in (folder / name).rglob("*") if path.is_file() and _belongs(path)]
    terms = folder / TERMS
    if terms.is_file():
        found.append(terms)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


def _belongs(path: Path) -> bool:
    # Editors leave files of their own beside ours; anything else must be YAML, or it is told.
    return not path.name.startswith(".") and not path.name.endswith("~")


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, the same whatever the order in which they were read."""
    total = hashlib.sha256()
    for name in sorted(files):
        content = files[name]
        total.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()


def load_files(files: Mapping[str, bytes], revision: int = 0, trusted: bool = False) -> Loaded:
    """Compile a set of files held in memory, such as a stored revision.

    `trusted`: the set was checked before it was stored, so that only what compiling itself needs is checked again.
    """
    with no_pauses():
        return _load(files, revision, trusted)


@contextmanager
def no_pauses() -> Iterator[None]:
    """Without the cyclic collector: loading makes a million small things that live, which it would walk again and again
    (half of the time of 500 entities)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                # To and fro puts everything into the oldest generation; else the next collection would walk it all.
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _load(files: Mapping[str, bytes], revision: int, trusted: bool) -> Loaded:
    sources: list[Source] = []
    problems: list[LoadProblem] = []
    for name in sorted(files):
        found = Collector(name)
        place = place_of(name, found)
        source = read_source(files[name], place, found) if place else None
        if source:
            sources.append(source)
        else:
            problems.extend(found.problems)
    catalog = compile_catalog(sources, revision, digest_of(files), trusted)
    for source in sources:
        problems.extend(source.found.problems)
    problems.sort(key=lambda problem: (problem.file, problem.line, problem.column))
    if any(problem.is_error for problem in problems):
        catalog = None
    return Loaded(catalog, tuple(problems), dict(files))
