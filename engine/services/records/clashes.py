"""A unique constraint that the database refused, said in the words of the record that is already there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, Invalid, Problem, Refusal
from engine.language import N_
from engine.model import Entity, Unique
from engine.services.display import names_of
from engine.storage.names import compared
from engine.storage.queries.source import EntitySource

_SQLITE = re.compile(r"unique constraint failed: ([\w., ]+)")
_POSTGRESQL = re.compile(r"key \(([\w, \"]+)\)=")

SAME = N_("There is already a record with the same %(fields)s")
ONCE = N_("These settings exist already: change them instead")
LINKED = N_("A linked record is not there any more")
TAKEN = N_("Another record has taken these values: %(name)s. Change one of them first")


def uniques_of(entity: Entity) -> list[Unique]:
    """Declared sets of unique fields and single fields marked `unique`."""
    singles = [Unique(f.key, (f.key,)) for f in entity.fields.values() if f.unique]
    return [*singles, *entity.unique.values()]


def clash(
    uow, entity: Entity, records: Sequence[Mapping[str, Any]], error: IntegrityError, *, restoring: bool = False
) -> Refusal:
    """The refusal that explains `error`.

    PostgreSQL has aborted the transaction and SQLite the statement, so nothing more is asked of this connection:
    the constraint is told by its name or columns.
    """
    text = str(error.orig).lower()
    for unique in uniques_of(entity):
        if _names(entity, unique, text):
            title = ", ".join(entity.fields[k].title.in_(uow.language) for k in unique.fields)
            problem = Problem(f"unique.{unique.key}", unique.message or SAME, unique.fields[0], {"fields": title})
            return Conflict([problem]) if restoring else Invalid([problem])
    if entity.kind == "settings" and ("unique" in text or "duplicate" in text):
        return Conflict([Problem("settings.once", ONCE)])
    if "foreign key" in text:
        return Invalid([Problem("link.not-found", LINKED)])
    raise error


def _names(entity: Entity, unique: Unique, text: str) -> bool:
    """Does the database's message name the columns of `unique`?"""
    found = _SQLITE.search(text) or _POSTGRESQL.search(text)
    if found is None:
        return False
    named = {c.strip().rsplit(".", 1)[-1] for c in found[1].split(",")} - {"organisation_id"}
    columns = {k: {c.name for c in entity.fields[k].kind.columns(entity.fields[k])} for k in unique.fields}
    return named <= set().union(*columns.values()) and all(own & named for own in columns.values())


def refuse_twins(uow, entity: Entity, record: Mapping[str, Any]) -> None:
    """Raise Conflict, naming the other record, when a live one has taken the unique values of `record`."""
    for unique in uniques_of(entity):
        values = [record.get(key) for key in unique.fields]
        if any(v is None for v in values) or (unique.when and record.get(unique.when[0]) != unique.when[1]):
            continue
        source = EntitySource(uow.statement(), entity)
        conditions = [source.table.c.id != record["id"], source.table.c.archived_at.is_(None)]
        for key, value in zip(unique.fields, values, strict=True):
            f = entity.fields[key]
            columns = f.kind.to_columns(f, value, record["id"])
            conditions += [source.table.c[name] == columns[name] for name in compared(list(columns))]
        if unique.when:
            conditions.append(source.column(unique.when[0]) == unique.when[1])
        if entity.is_document and unique.key in entity.unique:
            conditions += [source.table.c.reverses_id.is_(None), source.table.c.state.in_(("draft", "posted"))]
        if "organisation" in entity.fields:
            conditions.append(source.table.c.organisation_id == record.get("organisation"))
        other = uow.execute(sa.select(source.table.c.id).where(*conditions).limit(1)).scalar()
        if other is not None:
            name = names_of(uow, entity.address, [other]).get(other, "")
            raise Conflict([Problem(f"unique.{unique.key}", TAKEN, unique.fields[0], {"name": name})], other=other)
