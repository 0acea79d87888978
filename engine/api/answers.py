"""What the API answers with: records, pages and kept answers as JSON bytes."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine.model import Catalog, Entity
from engine.services.encoding import dumps, record_encoder

MEDIA_TYPE = "application/json"
LIFE = ("archive", "restore", "post", "reverse", "annul")
DOCUMENT = ("post", "reverse", "annul")


def verbs_of_record(entity: Entity) -> tuple[str, ...]:
    """The verbs that the API has for a record of this kind of entity."""
    if entity.kind == "settings":
        return ("read", "edit", "history")
    return ("read", "edit", "copy", "history", *(v for v in LIFE if entity.is_document or v not in DOCUMENT))


def visible_paths(entity: Entity, keys: Any = None) -> tuple[str, ...]:
    """Field keys of `entity` in the order of the file, without those that are never read back."""
    return tuple(f.key for f in entity.fields.values() if not f.kind.secret and (keys is None or f.key in keys))


def record_json(record: Any, catalog: Catalog) -> dict[str, Any]:
    """A `Record` of the services as a JSON object: its fields and `@allowed` verbs; where it was read, not written,
    also `@display` and the `@link` texts (a write would need a statement more for them)."""
    encode = record_encoder(catalog, record.entity, visible_paths(record.entity), shown=True)
    shown = encode(record.values)
    if "@" in record.values:
        shown["@display"] = record.values["@"] or ""
    shown["@allowed"] = [verb for verb in verbs_of_record(record.entity) if verb in record.allowed]
    return shown


def json_response(value: Any, status: int = 200, **headers: str) -> Response:
    """`value` as a JSON answer that no cache keeps: it is personal."""
    return bytes_response(dumps(value), status, **headers)


def bytes_response(body: bytes, status: int = 200, **headers: str) -> Response:
    answer = Response(body, status=status, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = value
    return answer
