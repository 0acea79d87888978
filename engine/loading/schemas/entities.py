"""Schemas of an entity and of its fields, assembled from the fragments of the field rooms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.loading.schemas.common import (
    ABOUT,
    CODE,
    ENTITY,
    HELP,
    NAME,
    Schema,
    integer,
    list_of,
    named,
    one_of,
    ref,
    rule,
    text,
    thing,
)
from engine.model.entity import KINDS
from engine.model.field import SENSITIVITY

FIELD_PREFIX = "field_"
NAMED_BUILTINS = (
    "number",
    "date",
    "state",
    "posted_at",
    "reverses",
    "parent",
    "organisation",
    "created_at",
    "updated_at",
)

COMMON_OPTIONS: dict[str, Schema] = {
    "type": text(40),
    "title": {**ref("text")},
    "required": {"type": "boolean", "description": "Must be filled in"},
    "required_when": {**rule(), "description": "Must be filled in while this holds"},
    "visible_when": {**rule(), "description": "Shown while this holds; a hidden field keeps its stored value"},
    "readonly": {"type": "boolean", "description": "Shown, never typed in"},
    "readonly_when": {**rule(), "description": "Not typed in while this holds"},
    "value": {**rule("field"), "description": "Computes the field; nobody types it in"},
    "default": {
        "type": ["string", "number", "boolean"],
        "x-literal": True,
        "x-blank": True,
        "maxLength": 2_000,
        "description": "A literal, or a rule after =",
    },
    "unique": {"type": "boolean", "description": "No two live records of an organisation share a value"},
    "index": {"type": "boolean", "description": "Often filtered or sorted by"},
    "copy": {"type": "boolean", "description": "Taken over when a record is copied (yes unless said otherwise)"},
    "translated": {"type": "boolean", "description": "Kept in Kazakh, Russian and English"},
    "encrypted": {"type": "boolean", "description": "Kept encrypted; found by equality only"},
    "masked": {"type": "boolean", "description": "Lists show a part of each value, the record the whole one"},
    "purpose": {**ref("text"), "description": "Why data about people is kept in it"},
    "sensitivity": {**one_of(*SENSITIVITY), "description": "How far its values may be seen"},
    "once": {"type": "boolean", "description": "Filled once, never changed"},
    "check": {**rule(), "description": "Must hold for a filled value"},
    "message": {**ref("text"), "description": "What people read when `check` does not hold"},
    "after_posting": {"type": "boolean", "description": "May be edited in a posted document"},
    "was": {"type": "string", "pattern": NAME, "description": "Its former name: a rename keeps the data"},
    **ABOUT,
}


def field_definitions(kinds: Mapping[str, Any]) -> dict[str, Schema]:
    """One definition for each type of field, and `field`, which chooses among them by `type`."""
    definitions: dict[str, Schema] = {}
    names = [name for name, kind in kinds.items() if not kind.internal]
    for name in names:
        own = {key: _marked(option) for key, option in kinds[name].options.items()}
        definitions[FIELD_PREFIX + name] = thing(
            {**COMMON_OPTIONS, **own, "type": {"const": name}}, "type", *kinds[name].required_options
        )
    definitions["full_field"] = {
        "type": "object",
        "properties": {"type": {"enum": names}},
        "required": ["type"],
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": ref(FIELD_PREFIX + name)}
            for name in names
        ],
        "x-dispatch": "type",
        "x-definitions": FIELD_PREFIX,
        "x-unknown": "field.type",
    }
    definitions["field"] = {"anyOf": [{"enum": names}, ref("full_field")]}
    definitions["fields"] = named(ref("field"))
    # A built-in field of a document may be named to add options; its type is given.
    without_type = {key: option for key, option in COMMON_OPTIONS.items() if key not in ("type", "value", "was")}
    definitions["builtin_field"] = thing(without_type)
    definitions["named_builtin"] = {
        "anyOf": [ref("full_field"), ref("builtin_field")],
        "properties": {"type": {"enum": names}},
        "x-dispatch": "type",
        "x-definitions": FIELD_PREFIX,
        "x-unknown": "field.type",
        "x-default": "builtin_field",
    }
    return definitions


def _marked(option: Mapping[str, Any]) -> Schema:
    """A room's fragment with its marks spelled out (they are listed in `engine.fields.base.FieldType.options`)."""
    schema = dict(option)
    described = {"description": schema["description"]} if "description" in schema else {}
    if schema.get("x-text"):
        return {**ref("text"), **described}
    if schema.get("x-texts"):
        return {**named(ref("text"), CODE, 1_000), "minProperties": 1, **described}
    if schema.get("x-fields"):
        return {**ref("fields"), **described}
    if schema.get("x-rule"):
        return {**rule(str(schema["x-rule"])), **described}
    if schema.get("x-literal"):
        # `min: 1` or `min: =other`: the room reads the text itself, with the bounds of its fragment.
        return {"type": ["string", "number", "boolean"], "maxLength": 2_000, "x-literal": True, **described}
    if schema.get("x-entity") or schema.get("x-dictionary"):
        pattern = {"type": "string", "pattern": ENTITY}
        several = "array" in schema.get("type", ())
        return {"anyOf": [pattern, list_of(pattern, 20, 1)], **described} if several else {**pattern, **described}
    return schema


NUMBER = thing(
    {
        "pattern": {
            **text(100),
            "description": "Holds one group of zeros in braces, and {yyyy} {yy} {mm} {organisation.code}",
        },
        "restart": one_of("year", "month", "never"),
        "scope": one_of("organisation"),
        "assign": one_of("on create", "on registration", "on posting"),
        "gaps": one_of("never", "allowed"),
    },
    "pattern",
)

UNIQUE = thing(
    {
        "fields": list_of({"type": "string", "pattern": NAME}, 16, 1),
        "when": {**rule(), "description": "Only `field == literal`"},
        "message": ref("text"),
        "title": ref("text"),
        **ABOUT,
    },
    "fields",
)

_RIGHT: dict[str, Schema] = {
    "can": ref("verbs"),
    "where": rule(),
    "fields": thing({"read": ref("names"), "write": ref("names")}),
    **ABOUT,
}
ACCESS = thing({**_RIGHT, "also": named(thing(_RIGHT, "can"), NAME, 20)}, "can")

CHECK = thing(
    {
        "check": rule(),
        "message": ref("text"),
        "fields": ref("names"),
        "title": ref("text"),
        **ABOUT,
    },
    "check",
    "message",
)

EXAMPLE = thing(
    {
        "title": ref("text"),
        "today": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "given": {"type": "object", "additionalProperties": ref("any")},
        "then": {"type": "object", "additionalProperties": ref("any")},
        "refused": {"anyOf": [{"type": "string", "maxLength": 200}, list_of({"type": "string", "maxLength": 200})]},
        **ABOUT,
    },
    "given",
)

ENTITY_FILE = thing(
    {
        "entity": {"type": "string", "pattern": ENTITY, "description": "Its address: module.name"},
        "kind": one_of(*KINDS),
        "scope": {**one_of("organisation", "shared"), "description": "shared: one list for all organisations"},
        "unit": {
            "type": "string",
            "pattern": NAME,
            "description": "The field that places a record in the tree of units",
        },
        "subject": {
            "type": "string",
            "pattern": NAME,
            "description": "The link to the person whom its personal fields tell of; by default the record itself",
        },
        "purpose": {**ref("text"), "description": "Why it holds data about people, where a field says nothing itself"},
        "kept_for": {**ref("text"), "description": "How long data about people is kept, and by which rule"},
        "title": ref("text"),
        "plural": ref("text"),
        "icon": {"type": "string", "pattern": r"^[a-z0-9][a-z0-9\-]{0,39}$"},
        "display": {**text(250), "description": "How a record is called: texts and fields in braces"},
        "search": ref("paths"),
        "key": {
            **list_of({"type": "string", "pattern": NAME}, 8, 1),
            "description": "The natural key, for seeds and import",
        },
        "tree": {"type": "boolean"},
        "number": NUMBER,
        "fields": {
            "type": "object",
            "properties": {name: ref("named_builtin") for name in NAMED_BUILTINS},
            "propertyNames": {"pattern": NAME},
            "additionalProperties": ref("field"),
            "maxProperties": 300,
        },
        "unique": named(UNIQUE, NAME, 50),
        "indexes": named(
            {
                "anyOf": [
                    list_of({"type": "string", "pattern": NAME}, 8, 1),
                    thing({"fields": list_of({"type": "string", "pattern": NAME}, 8, 1)}, "fields"),
                ]
            },
            NAME,
            50,
        ),
        "rules": named(CHECK, NAME, 200),
        "access": named(ACCESS, NAME, 100),
        "history": {"type": "boolean"},
        "examples": named(EXAMPLE, NAME, 200),
        "was": {"type": "string", "pattern": ENTITY},
        "order": integer(0, 10_000),
        "help": HELP,
        **ABOUT,
    },
    "entity",
    "kind",
    "title",
    "fields",
)
