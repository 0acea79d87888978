"""Parts that the schemas of all kinds of files share: texts by language, rules, names, clauses."""

from __future__ import annotations

from typing import Any

from engine.model.access import VERBS

Schema = dict[str, Any]

MODULE = r"^[a-z][a-z0-9]{0,15}$"
ENTITY = r"^[a-z][a-z0-9]{0,15}\.[a-z][a-z0-9_]{0,31}$"
FIELD = r"^[a-z][a-z0-9_]{0,47}$"
NAME = FIELD
CODE = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,59}$"
CLAUSE = r"^[0-9]{1,2}(-[0-9]{1,2})?(\.[0-9]{1,3}){0,2}$"
RULE_LENGTH = 2_000


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def text(limit: int = 250) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": limit}


def integer(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def rule(gives: str = "boolean") -> Schema:
    """Text of the rule language; `gives` is what it must result in."""
    return {"type": ["string", "number", "boolean"], "maxLength": RULE_LENGTH, "x-rule": gives}


def path() -> Schema:
    return {"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,4}$"}


def named(schema: Schema, pattern: str = NAME, most: int = 500) -> Schema:
    """Named things in order."""
    return {
        "type": "object",
        "propertyNames": {"pattern": pattern},
        "additionalProperties": schema,
        "maxProperties": most,
    }


def list_of(schema: Schema, most: int = 500, least: int = 0) -> Schema:
    return {"type": "array", "items": schema, "maxItems": most, "minItems": least, "uniqueItems": True}


def thing(properties: dict[str, Schema], *required: str, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


BY_LANGUAGE = thing({"kk": text(2_000), "ru": text(2_000), "en": text(2_000)}, minProperties=1)

DEFINITIONS: dict[str, Schema] = {
    "text": {
        "anyOf": [text(2_000), BY_LANGUAGE],
        "description": "One text for all languages, or a text by language: kk and ru, en if there is one",
    },
    "serves": {
        "description": "Clauses of Order 456; `part` where only a part is fulfilled, `lacks` what is missing",
        "anyOf": [
            list_of({"type": "string", "pattern": CLAUSE}),
            named(thing({"part": {"type": "boolean"}, "lacks": ref("text")}), CLAUSE, 100),
        ],
    },
    "names": list_of({"type": "string", "pattern": FIELD}),
    "paths": list_of(path()),
    "order": list_of({"type": "string", "pattern": r"^-?[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,4}$"}, 10),
    "roles": list_of({"type": "string", "pattern": NAME}, 100),
    "verbs": list_of(one_of(*VERBS), 50, 1),
    "any": {"type": ["string", "number", "integer", "boolean", "array", "object", "null"], "x-raw": True},
}

HELP: Schema = {**ref("text"), "description": "Help for people: an empty line parts paragraphs, `- ` begins an item"}

# What every element may say about itself (metadata-language, rule 9).
ABOUT: dict[str, Schema] = {
    "serves": ref("serves"),
    "hint": ref("text"),
    "note": text(2_000),
    "since": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "until": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}
