"""JSON Schemas (2020-12) of one entity for one actor: what is read, what may be sent. Parts of the OpenAPI.

A field that the actor may not see or send does not appear, and inputs are closed (`additionalProperties: false`).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from engine.api.answers import verbs_of_record
from engine.api.bodies import DECIMAL
from engine.model import Entity, Field

UUID = {"type": "string", "format": "uuid"}

OVER_LINKS = r"^@?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
VERSION = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1,
           "description": "The version that was read; a change made from an older one is refused with 409."}


def component_name(entity: Entity) -> str:
    """`accounting.act_of_work` -> `AccountingActOfWork`."""
    return "".join(part.capitalize() for part in (entity.module, *entity.key.split("_")))


def read_schema(entity: Entity, readable: Iterable[str], language: str) -> dict[str, Any]:
    """A record as it is answered. Fields may be absent where the actor may not see them on that very row."""
    seen = frozenset(readable) | {"id", "version"}
    properties: dict[str, Any] = {}
    for field in entity.fields.values():
        if field.key not in seen or field.kind.secret:
            continue
        said = _described(field, language)
        properties[field.key] = said if field.key in ("id", "version") else nullable(said)
        if field.kind.targets(field):
            properties["@" + field.key] = _shown(field)
    properties["@display"] = {"type": "string", "description": "The record in one line."}
    properties["@allowed"] = {
        "type": "array", "items": {"type": "string", "enum": list(verbs_of_record(entity))},
        "description": "What you may do to this record as it stands now."}
    return {"type": "object", "title": entity.title.in_(language), "properties": properties,
            "required": ["id", "version"], "additionalProperties": False}


def row_schema(entity: Entity, read: dict[str, Any]) -> dict[str, Any]:
    """A record of a list: fields as asked for, paths over links, and linked records in full by `expand`."""
    properties = deepcopy(read["properties"])
    properties.pop("@allowed")
    properties.pop("@display")
    for field in entity.fields.values():
        if field.key in properties and field.kind.targets(field) and not field.is_many:
            properties[field.key] = {"anyOf": [properties[field.key], {"type": "object"}]}
    return {"type": "object", "properties": properties, "patternProperties": {OVER_LINKS: {}},
            "additionalProperties": False}


def write_schema(entity: Entity, writable: Iterable[str], language: str, version: bool = False) -> dict[str, Any]:
    """What may be sent: nothing is required here, because requirement is a matter of rules and defaults (422)."""
    allowed = frozenset(writable)
    properties: dict[str, Any] = {"version": VERSION} if version else {}
    for field in entity.input_fields:
        if field.key in allowed:
            properties[field.key] = nullable(_input(field, language))
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if version:
        schema["required"] = ["version"]
    return schema


def filter_schema(entity: Entity, readable: Iterable[str], own: frozenset[str]) -> dict[str, Any]:
    """The query parameters `field` and `field.operator` of a list."""
    seen = frozenset(readable)
    properties: dict[str, Any] = {}
    for field in entity.fields.values():
        if field.key not in seen or field.kind.secret or field.kind.virtual:
            continue
        names = [o.name for o in field.kind.operators_for(field)]
        if "is" in names and field.key not in own:
            properties[field.key] = {"type": "string"}
        properties.update({f"{field.key}.{name}": {"type": "string"} for name in names})
    return {"type": "object", "properties": properties, "additionalProperties": False}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` or null."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return {**schema, "type": [*kind, "null"]}
    if "enum" in schema or "const" in schema or not isinstance(kind, str):
        title = {k: schema[k] for k in ("title", "description", "readOnly") if k in schema}
        rest = {k: v for k, v in schema.items() if k not in title}
        return {**title, "anyOf": [rest, {"type": "null"}]} if rest else title
    return {**schema, "type": [kind, "null"]}


def _described(field: Field, language: str) -> dict[str, Any]:
    said = {**field.kind.json_schema(field), "title": field.title.in_(language)}
    if field.hint:
        said["description"] = field.hint.in_(language)
    return said


def _input(field: Field, language: str) -> dict[str, Any]:
    return _writable(field, _described(field, language))


def _sent(schema: dict[str, Any]) -> dict[str, Any]:
    """An exact number may also be sent as a whole JSON number; a fraction must be text."""
    return {**schema, "type": ["string", "integer"]} if schema.get("format") == DECIMAL else schema


def _writable(field: Field, schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` without what the engine computes inside rows."""
    schema = _sent(schema)
    items = schema.get("items", {})
    if not field.is_many or "properties" not in items or set(field.fields).isdisjoint(items["properties"]):
        return schema
    inner = {
        key: nullable(_writable(field.fields[key], field.fields[key].kind.json_schema(field.fields[key])))
        if key in field.fields else said
        for key, said in items["properties"].items() if key not in field.fields or field.fields[key].is_input
    }
    return {**schema, "items": {**items, "properties": inner, "additionalProperties": False}}


def _shown(field: Field) -> dict[str, Any]:
    text = {"type": ["string", "null"]}
    return {"type": ["array", "null"], "items": text} if field.is_many else text


PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; sentences are in the language of Accept-Language (kk, ru, en).",
    "required": ["type", "title", "status", "detail", "code", "instance", "errors"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599}, "detail": {"type": "string"},
        "code": {"type": "string"}, "instance": {"type": "string"},
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["path", "code", "message"], "additionalProperties": False,
            "properties": {"path": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"},
                           "hint": {"type": "string"}}}},
        "current": {"type": "object", "description": "409: the record as it is stored now."},
        "yours": {"type": "object", "description": "409: what you sent."},
    },
    "additionalProperties": False,
}
FILE = {
    "type": "object", "required": ["id", "name", "size", "media_type"], "additionalProperties": False,
    "properties": {
        "id": UUID, "name": {"type": "string"}, "size": {"type": "integer"}, "media_type": {"type": "string"}},
}
HISTORY = {
    "type": "object", "required": ["data", "next"], "additionalProperties": False,
    "properties": {
        "next": {"anyOf": [UUID, {"type": "null"}]},
        "data": {"type": "array", "items": {
            "type": "object", "required": ["id", "at", "actor", "operation", "version", "changes"],
            "additionalProperties": False,
            "properties": {
                "id": UUID, "at": {"type": "string", "format": "date-time"}, "actor": {"type": ["string", "null"]},
                "operation": {"type": "string"}, "version": {"type": ["integer", "null"]},
                "changes": {"type": "array", "items": {
                    "type": "object", "required": ["path", "title", "before", "after"], "additionalProperties": False,
                    "properties": {"path": {"type": "string"}, "title": {"type": "string"},
                                   "before": {"type": ["string", "null"]}, "after": {"type": ["string", "null"]}}}},
            }}},
    },
}
ME = {
    "type": "object", "required": ["id", "login", "name", "roles", "language", "organisation"],
    "additionalProperties": False,
    "properties": {
        "id": UUID, "login": {"type": "string"}, "name": {"type": "string"},
        "roles": {"type": "array", "items": {"type": "string"}},
        "language": {"type": ["string", "null"], "enum": ["kk", "ru", "en", None]},
        "organisation": {"anyOf": [UUID, {"type": "null"}]},
        "person": {"anyOf": [UUID, {"type": "null"}]},
        "entities": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}},
                     "description": "Address of an entity -> the verbs you hold on it."},
    },
}

_MOMENT = {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
JOB = {
    "type": "object", "additionalProperties": False,
    "required": ["id", "kind", "title", "state", "done", "total", "result", "file", "error"],
    "properties": {
        "id": UUID, "kind": {"type": "string"}, "title": {"type": "string"},
        "state": {"type": "string", "enum": ["waiting", "running", "done", "failed", "cancelled"]},
        "created_at": _MOMENT, "started_at": {**_MOMENT, "type": ["string", "null"]},
        "finished_at": {**_MOMENT, "type": ["string", "null"]}, "attempts": _COUNT, "done": _COUNT,
        "total": {"type": ["integer", "null"], "description": "What `done` counts up to, where that is known."},
        "said": {"type": ["string", "null"], "description": "The last words about how far it is or what came of it."},
        "cancel_asked": {"type": "boolean"},
        "error": {"type": ["object", "null"], "additionalProperties": False, "required": ["message", "reasons"],
                  "properties": {"message": {"type": "string"},
                                 "reasons": {"type": "array", "items": {"type": "string"}}}},
        "result": {"type": ["object", "null"], "description": "What the work answered, by its kind."},
        "file": {"type": ["object", "null"], "additionalProperties": False,
                 "required": ["name", "media_type", "size", "url"],
                 "properties": {"name": {"type": "string"}, "media_type": {"type": "string"}, "size": _COUNT,
                                "url": {"type": "string"}},
                 "description": "Kept for 7 days, for you alone."},
    },
}
