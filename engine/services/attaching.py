"""Binding uploaded files to the record that holds them, in the transaction of its save."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.model import Entity, Field
from engine.storage.system.tables import FILE

_LINE = re.compile(r"\[\d+\]")
NOT_YOURS = N_("This file is not there any more: choose it again")


def files_in(fields: Mapping[str, Field], values: Mapping[str, Any]) -> Iterator[tuple[str, UUID]]:
    """(path, id) of every file among `values`, rows included."""
    for f in fields.values():
        value = values.get(f.key)
        if value is None:
            continue
        if f.kind.upload(f) is not None:
            yield from ((f.key, id) for id in (value if isinstance(value, list) else [value]))
        elif f.is_many:
            for n, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from ((f"{f.key}[{n}].{path}", id) for path, id in files_in(f.fields, row))


def holds_files(fields: Mapping[str, Field]) -> bool:
    """May any of the fields, rows included, hold a file?"""
    return any(f.kind.upload(f) is not None or holds_files(f.fields) for f in fields.values())


def attach(uow, entity: Entity, records: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> None:
    """Bind the files that records newly hold (`(after, before)` each). Raises Invalid for a file that is not free.

    Free is a file that this person uploaded for this very field (its types and size were judged for it) and that
    no record holds yet.
    """
    if not uow.catalog.derived(("holds files", entity.address), lambda: holds_files(entity.fields)):
        return
    fresh: dict[UUID, tuple[str, UUID]] = {}
    for after, before in records:
        had = {id for _, id in files_in(entity.fields, before)} if before else set()
        for path, id in files_in(entity.fields, after):
            if id not in had:
                fresh[id] = (path, after["id"])
    if not fresh:
        return
    owned = FILE.c.created_by == uow.actor.user_id if uow.actor.user_id else FILE.c.created_by.is_(None)
    for id, (path, record) in fresh.items():
        taken = uow.execute(
            sa.update(FILE)
            .where(FILE.c.id == id, FILE.c.record_id.is_(None), FILE.c.entity == entity.address, owned)
            .where(FILE.c.field == _LINE.sub("", path))
            .values(record_id=record)
        )
        if taken.rowcount != 1:
            raise Invalid([Problem("file.not-free", NOT_YOURS, path)])
