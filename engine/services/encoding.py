"""Records as JSON: an encoder compiled once a Catalog for an entity and a list of fields, its result once a row.

Used by the API and by exports. Not for people: cells and print forms are texts (`kind.formatter`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from engine.model import Catalog, Entity, Field

Encode = Callable[[Any], Any]
Encoder = Callable[[Mapping[str, Any]], dict[str, Any]]
SHOWN = "@"
"""Stands before the key of a link: the text of the linked record (None when the actor may not see it)."""


def dumps(value: Any) -> bytes:
    """JSON bytes of what encoders make. TypeError for anything that is not JSON: nothing is silently turned to text."""
    return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def record_encoder(catalog: Catalog, entity: Entity, paths: Iterable[str], shown: bool = False) -> Encoder:
    """Record -> JSON object with `paths` in this order (`payer`, `payer.bin`); `shown` adds `@payer` beside links.

    A field that the record does not hold is left out: on this row the actor may not see it.
    KeyError for a path that the Catalog does not know.
    """
    wanted = tuple(paths)
    return catalog.spelled(("record encoder", entity.address, wanted, shown),
                           lambda: _compile(catalog, entity, wanted, shown))


def encode_records(catalog: Catalog, entity: Entity, paths: Iterable[str], records: Iterable[Mapping[str, Any]],
                   shown: bool = False) -> list[dict[str, Any]]:
    """All of `records`, ready for JSON."""
    encode = record_encoder(catalog, entity, paths, shown)
    return [encode(record) for record in records]


def _compile(catalog: Catalog, entity: Entity, paths: tuple[str, ...], shown: bool) -> Encoder:
    parts: list[tuple[str, Encode | None]] = []
    for path in paths:
        field = field_at(catalog, entity, path)
        parts.append((path, value_encoder(field)))
        if shown and not field.is_many and field.kind.targets(field):
            parts.append((SHOWN + path, None))
    return _row_encoder(tuple(parts))


def _row_encoder(parts: tuple[tuple[str, Encode | None], ...]) -> Encoder:
    def encode(record: Mapping[str, Any]) -> dict[str, Any]:
        made = {}
        for key, one in parts:
            if key in record:
                value = record[key]
                made[key] = value if one is None or value is None else one(value)
        return made

    return encode


def value_encoder(field: Field) -> Encode | None:
    """The field's value -> JSON; None when the value is JSON already. Rows are encoded field by field."""
    encode = field.kind.encoder(field)
    if encode is not None or not field.is_many:
        return encode
    row = _row_encoder((("id", str), *((inner.key, value_encoder(inner)) for inner in field.fields.values())))
    return lambda rows: [row(r) if isinstance(r, Mapping) else r for r in rows]


def field_at(catalog: Catalog, entity: Entity, path: str) -> Field:
    """The field that `path` names, over links (`payer.bin`). KeyError when there is none."""
    *links, last = path.split(".")
    for key in links:
        targets = entity.fields[key].kind.targets(entity.fields[key])
        if len(targets) != 1:
            raise KeyError(path)
        entity = catalog.entity(targets[0])
    return entity.fields[last]
