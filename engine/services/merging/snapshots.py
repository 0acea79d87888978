"""Values of a record as JSON says them, so that stored, journalled and typed ones can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError

from engine.model import Field
from engine.services.audit import encoder_of

Snapshot = dict[str, Any]


def snapshot(fields: Mapping[str, Field], values: Mapping[str, Any], keys: Iterable[str]) -> Snapshot:
    """Stored values of the fields `keys`; rows with their ids and what people fill in."""
    return {key: _stored(fields[key], values.get(key)) for key in keys}


def _stored(f: Field, value: Any) -> Any:
    if not f.kind.by_line:
        return encoder_of(f)([] if value is None and f.is_many else value)
    return [
        {"id": str(row["id"]), **{k: _stored(i, row.get(k)) for k, i in f.fields.items() if i.is_input}}
        for row in value or ()
    ]


def typed_snapshot(fields: Mapping[str, Field], raw: Mapping[str, Any], keys: Iterable[str]) -> Snapshot:
    """What was typed into the fields `keys`. A value that cannot be read stays as it was typed; a cell that the form
    did not offer is not there."""
    return {key: _typed(fields[key], raw[key]) for key in keys if key in raw}


def _typed(f: Field, raw: Any) -> Any:
    if f.kind.by_line:
        return [_typed_row(f, line) for line in raw or () if isinstance(line, Mapping)]
    if raw is None:
        return [] if f.is_many else None
    try:
        return encoder_of(f)(f.kind.schema(f).deserialize(raw))
    except ValidationError:
        return raw


def _typed_row(f: Field, line: Mapping[str, Any]) -> Snapshot:
    row = {k: _typed(i, line[k]) for k, i in f.fields.items() if k in line and i.is_input}
    return {"id": str(line["id"]), **row} if line.get("id") else row
