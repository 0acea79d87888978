"""Masked fields in lists: of each value a part, whoever looks. The whole value stands on the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.model import Entity, Field
from engine.services.encoding import field_at


def mask_records(view: Any, entity: Entity, records: Iterable[dict[str, Any]]) -> None:
    """Mask the values of `records` (fields, and paths over links) in place."""
    if not view.catalog.derived("masks anything", lambda: _any(view.catalog)):
        return
    fields: dict[str, Field | None] = {}
    for record in records:
        for path, value in record.items():
            if value is None or path.startswith("@"):
                continue
            if path not in fields:
                fields[path] = _masked_at(view, entity, path)
            field = fields[path]
            if field is not None:
                record[path] = _masked(field, value)


def _any(catalog: Any) -> bool:
    return any(f.masks_within for entity in catalog.entities.values() for f in entity.fields.values())


def _masked_at(view: Any, entity: Entity, path: str) -> Field | None:
    try:
        field = field_at(view.catalog, entity, path)
    except KeyError:
        return None
    return field if field.masks_within else None


def _masked(field: Field, value: Any) -> Any:
    if field.masked:
        return field.kind.mask(field, value)
    within = [f for f in field.fields.values() if f.masks_within]
    return [
        {**row, **{f.key: _masked(f, row[f.key]) for f in within if row.get(f.key) is not None}}
        if isinstance(row, Mapping) else row
        for row in value
    ]
