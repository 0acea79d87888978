"""Copy: a new draft with the values of another record, saved like any other new record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model import Entity, Field
from engine.services.access.grants import can, writable
from engine.services.audit import encoder_of
from engine.services.records.creating import create
from engine.services.records.judging import refuse_verb
from engine.services.records.reading import Record, as_seen, entity_at, load_one


def copy(uow, address: str, id: Any) -> Record:
    """A copy of the record without fields marked `copy: no`. Raises Invalid when a copy must differ (unique values)."""
    entity = entity_at(uow, address)
    if not can(uow.catalog, uow.actor, entity, "copy"):
        load_one(uow, entity, id)
        raise refuse_verb(uow, entity, "copy")
    return create(uow, address, copied(uow, entity, load_one(uow, entity, id, "copy")))


def copied(view, entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a copy begins with, as JSON: fields that may be read on this very record, written and copied."""
    keys = as_seen(view, entity, dict(values)).values.keys() & writable(view.catalog, view.actor, entity, "create")
    return {
        f.key: plain(f, values.get(f.key))
        for f in entity.input_fields
        if f.key in keys
        and f.copy
        and not f.readonly
        and not _of_the_day(entity, f)
        and values.get(f.key) is not None
        and not f.kind.secret
        and f.kind.upload(f) is None
    }


def _of_the_day(entity: Entity, f: Field) -> bool:
    """A document's date, and what follows from it by default (a due date): a copy has those of its own day."""
    return entity.is_document and (f.key == "date" or ("date",) in getattr(f.default, "paths", ()))


def plain(f: Field, value: Any) -> Any:
    """A value as JSON would send it anew: rows without ids and computed values."""
    if f.is_many and value and isinstance(value[0], Mapping):
        return [
            {
                i.key: plain(i, row.get(i.key))
                for i in f.fields.values()
                if i.is_input and i.copy and not i.readonly and row.get(i.key) is not None and i.kind.upload(i) is None
            }
            for row in value
        ]
    return encoder_of(f)(value)


__all__ = ["copied", "copy"]
