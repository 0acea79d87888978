"""`records: ENTITY` files: what a site needs from its first day, loaded by natural key as often as one likes.

What is missing is created, what differs from the file is changed, what people have touched or put away stays as
they left it. Only the fields that a row names are compared. One transaction a file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.model import Entity
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.dictionaries import CALENDAR
from engine.services.records.copying import plain
from engine.services.records.reading import load
from engine.services.seeding.files import SeedFile, placed
from engine.services.seeding.keys import Key, NaturalKeys, Unknown
from engine.services.validation import parse
from engine.storage.stamps import DICTIONARIES, move

BATCH = 500
"""Records that are judged together: enough to be quick, few enough for the limit of bound values."""
CIRCLE = N_("Rows that wait for each other, or for a record that is nowhere")
TWICE = N_("This record stands in the file twice")


@dataclass(frozen=True)
class Loaded:
    """What one file came to."""

    file: str
    entity: str
    created: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    """Differ from the file, but people changed or archived them, so they stay."""

    @property
    def is_change(self) -> bool:
        return bool(self.created or self.changed)


@dataclass
class _Row:
    index: int
    raw: Mapping[str, Any]


def load_records(site, file: SeedFile, organisation_id: UUID | None = None) -> Loaded:
    """Bring the records of one file into the site. Raises Invalid with the wrong lines; then nothing is done."""
    rows = [_Row(n, raw) for n, raw in enumerate(_rows(file))]
    try:
        return site.write(_actor(organisation_id), lambda uow: _load(uow, file, rows))
    except Invalid as refused:
        raise Invalid([placed(file, p) for p in refused.problems]) from None


def _actor(organisation_id: UUID | None) -> Actor:
    return system(organisation_id)


def _rows(file: SeedFile) -> Iterator[Mapping[str, Any]]:
    yield from file.data.get("rows", ())
    if "csv" in file.data:
        yield from read_csv(file.path.parent / file.data["csv"])


def read_csv(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a CSV whose first line names the fields. `name.kk` is a part of a translated text; empty is not given."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line in csv.DictReader(stream):
            row: dict[str, Any] = {}
            for name, text in line.items():
                key, _, part = (name or "").partition(".")
                if not text or not key:
                    continue
                if part:
                    row.setdefault(key, {})[part] = text
                else:
                    row[key] = text
            yield row


def _load(uow, file: SeedFile, rows: Sequence[_Row]) -> Loaded:
    entity = uow.catalog.entity(file.data["records"])
    keys = NaturalKeys(uow)
    created = changed = same = kept = 0
    done: set[Key] = set()
    waiting = list(rows)
    while waiting:
        ready, later = _ready(keys, entity, waiting)
        if not ready:
            raise Invalid(_stuck(keys, entity, later))
        fresh: list[tuple[_Row, Key, dict[str, Any]]] = []
        known: list[tuple[_Row, UUID, dict[str, Any]]] = []
        for row, key, raw in ready:
            if key in done:
                raise Invalid([Problem("seed.twice", TWICE, f"rows[{row.index}]")])
            done.add(key)
            id = keys.of(entity).get(key)
            if id is None:
                fresh.append((row, key, raw))
            else:
                known.append((row, id, raw))
        for part in _parts(fresh):
            made = _made(uow, entity, part)
            for (_, key, _), id in zip(part, made, strict=True):
                keys.add(entity, key, id)
            created += len(part)
        for part in _parts(known):
            for outcome in _compared(uow, entity, part):
                changed += outcome == "changed"
                same += outcome == "same"
                kept += outcome == "kept"
        waiting = later
    if entity.address == CALENDAR and (created or changed):
        move(uow.connection, DICTIONARIES)  # processes keep the working days until this stamp moves
    return Loaded(file.name, entity.address, created, changed, same, kept)


def _parts(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(found), BATCH):
        yield found[start:start + BATCH]


def _ready(keys: NaturalKeys, entity: Entity, rows: Sequence[_Row]):
    """Rows whose links lead to records that are there, and those that wait for rows of this file."""
    ready, later = [], []
    for row in rows:
        try:
            raw = {k: keys.resolved(entity.fields[k], v, k) if k in entity.fields else v for k, v in row.raw.items()}
            ready.append((row, keys.key_of(entity, row.raw), raw))
        except Unknown as unknown:
            if unknown.problem.code != "seed.no-record":
                raise Invalid([unknown.problem.at(f"rows[{row.index}]")]) from None
            later.append(row)
    return ready, later


def _stuck(keys: NaturalKeys, entity: Entity, rows: Sequence[_Row]) -> list[Problem]:
    problems = []
    for row in rows:
        try:
            for k, v in row.raw.items():
                if k in entity.fields:
                    keys.resolved(entity.fields[k], v, k)
        except Unknown as unknown:
            problems.append(unknown.problem.at(f"rows[{row.index}]"))
    return problems or [Problem("seed.circle", CIRCLE)]


def _made(uow, entity: Entity, part: Sequence[tuple[_Row, Key, dict[str, Any]]]) -> list[UUID]:
    try:
        return [r.id for r in records.create_many(uow, entity.address, [raw for _, _, raw in part])]
    except Invalid as refused:
        raise Invalid([_of_row(p, [row.index for row, _, _ in part]) for p in refused.problems]) from None


def _of_row(problem: Problem, indexes: Sequence[int]) -> Problem:
    """The problem of the n-th record of a batch, at the row of the file that it came from."""
    head, _, rest = problem.path.partition("]")
    if head.startswith("[") and head[1:].isdecimal():
        index, rest = indexes[int(head[1:])], rest.lstrip(".")
    else:
        index, rest = indexes[0], problem.path
    return Problem(problem.code, problem.message, rest, problem.params, problem.hint).at(f"rows[{index}]")


def _compared(uow, entity: Entity, part: Sequence[tuple[_Row, UUID, dict[str, Any]]]) -> Iterator[str]:
    stored = {r["id"]: r for r in load(uow, entity, [id for _, id, _ in part])}
    for row, id, raw in part:
        before = stored[id]
        changes = _changes(uow, entity, before, raw)
        if not changes:
            yield "same"
        elif before.get("archived_at") is not None or before.get("updated_by") is not None:
            yield "kept"
        else:
            try:
                records.edit(uow, entity.address, id, changes, before["version"])
            except Invalid as refused:
                raise Invalid([_of_row(p, [row.index]) for p in refused.problems]) from None
            yield "changed"


def _changes(uow, entity: Entity, before: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the row that are not stored as the file says."""
    typed, _ = parse(uow.catalog, entity, raw, frozenset(raw))
    changes = {}
    for key, written in raw.items():
        f = entity.fields.get(key)
        if f is None or key not in typed:
            changes[key] = written  # whatever is wrong with it, `edit` will say so
        elif not _equal(plain(f, typed[key]) if typed[key] is not None else None,
                        plain(f, before.get(key)) if before.get(key) is not None else None):
            changes[key] = written
    return changes


def _equal(written: Any, stored: Any) -> bool:
    """Equal as far as the file speaks: rows may have values in the database that the file does not name."""
    if isinstance(written, Mapping) and isinstance(stored, Mapping):
        return all(_equal(v, stored.get(k)) for k, v in written.items())
    if isinstance(written, list) and isinstance(stored, list):
        return len(written) == len(stored) and all(map(_equal, written, stored))
    return (written or None) == (stored or None) if written in ([], {}, "", None) else written == stored
