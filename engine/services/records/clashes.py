"""A unique constraint that the database refused, said in the words of the record that is already there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, Invalid, Problem, Refusal
from engine.language import N_
from engine.model import Entity, Unique

_SQLITE = re.compile(r"unique constraint failed: ([\w., ]+)")
_POSTGRESQL = re.compile(r"key \(([\w, \"]+)\)=")

SAME = N_("There is already a record with the same %(fields)s")
ONCE = N_("These settings exist already: change them instead")
LINKED = N_("A linked record is not there any more")


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
