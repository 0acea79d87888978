"""The reference of the metadata language as Markdown, made from the schemas, so that it cannot tell anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.hooks import registry
from engine.loading.messages import SENTENCES, WARNINGS
from engine.loading.places import PLACES
from engine.loading.schemas import FILES, definitions, file_schema
from engine.loading.schemas.common import Schema
from engine.loading.schemas.entities import COMMON_OPTIONS, FIELD_PREFIX

OPENING = """# The metadata language: reference

Made by `qurastyr schema --markdown` from the schemas that files are read by. Do not edit: a test compares.

Every value is text until the schema reads it: `yes no true false` are truth values, numbers are exact, a code such as
`010101501234` stays what was written. A *text* is one text for all languages or `{kk: ..., ru: ..., en: ...}`; kk and
ru must be there. A *rule* is the rule language. A *literal or rule* is a value, or a rule after `=`.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield OPENING
    yield "## Kinds of files\n"
    yield "| First key | Place |\n|---|---|"
    for pattern, kinds in PLACES:
        place = pattern.pattern.removesuffix(r"\Z")
        for group, name in (("module", "MODULE"), ("name", "NAME")):
            place = _without_group(place, group, name)
        place = place.replace("(?:\\.VARIANT)?", "[.VARIANT]").replace("\\", "")
        if place.startswith("seed"):
            place = "seed/**/NAME.yaml"
        for kind in kinds:
            yield f"| `{kind}` | {place} |"
    yield ""
    for kind in FILES:
        schema = file_schema(kind)
        yield f"## `{kind}`\n"
        yield from _table(schema)
        for key, inner in schema["properties"].items():
            yield from _nested(key, inner, 3)
    yield "## Fields\n"
    yield "Options of every type:\n"
    yield from _table({"properties": {k: v for k, v in COMMON_OPTIONS.items() if k != "type"}, "required": []})
    for name in sorted(kind.name for kind in registry().field_types.parts.values() if not kind.internal):
        schema = definitions()[FIELD_PREFIX + name]
        own = {key: option for key, option in schema["properties"].items() if key not in COMMON_OPTIONS}
        yield f"### `type: {name}`\n"
        if own:
            yield from _table({"properties": own, "required": schema["required"]})
        else:
            yield "No options of its own.\n"
    yield "## Problems\n"
    yield "| Code | Message |\n|---|---|"
    for code, sentence in SENTENCES.items():
        said = sentence.replace("|", "\\|")
        yield f"| `{code}`{' (warning)' if code in WARNINGS else ''} | {said} |"


def _without_group(pattern: str, group: str, name: str) -> str:
    """The pattern with its named groups written as words: paths are read by people here."""
    for found, word in ((f"(?P<{group}>", name), ("(?P<variant>", "VARIANT")):
        begin = pattern.find(found)
        if begin >= 0:
            end = pattern.index(")", begin)
            pattern = pattern[:begin] + word + pattern[end + 1 :]
    return pattern


def _nested(key: str, schema: Schema, level: int) -> Iterator[str]:
    """The elements of named things (`rules`, `sections`): a table of their own."""
    inner = _element(schema)
    if inner is None or key == "fields":
        return
    yield f"{'#' * level} `{key}`\n"
    yield from _table(inner)
    for below, deeper in inner["properties"].items():
        yield from _nested(f"{key}.*.{below}", deeper, level)


def _element(schema: Schema) -> Schema | None:
    """What stands under the names of a mapping, or the mapping itself when its keys are fixed."""
    if "properties" in schema and schema.get("type") == "object":
        return schema
    extra = schema.get("additionalProperties")
    if not isinstance(extra, dict):
        return None
    branches = [branch for branch in extra.get("anyOf", [extra]) if "properties" in branch]
    return branches[0] if branches else None


def _table(schema: Mapping[str, Any]) -> Iterator[str]:
    yield "| Key | Value | |\n|---|---|---|"
    for key, option in schema["properties"].items():
        must = "required" if key in schema.get("required", ()) else ""
        about = "; ".join(part for part in (must, option.get("description", "")) if part).replace("|", "\\|")
        yield f"| `{key}` | {_value(option)} | {about} |"
    yield ""


def _value(schema: Schema) -> str:
    """What may stand there, in a few words."""
    if "$ref" in schema:
        return _NAMES.get(schema["$ref"].rpartition("/")[2], "*" + schema["$ref"].rpartition("/")[2] + "*")
    if schema.get("x-rule"):
        return "*rule*"
    if schema.get("x-literal"):
        return "*literal or rule*"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " ".join(f"`{each}`" for each in schema["enum"])
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return " or ".join(dict.fromkeys(_value(branch) for branch in branches))
    kinds = schema.get("type", "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(dict.fromkeys(_kind(kind, schema) for kind in kinds))


def _kind(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_value(schema.get('items', {}))}"
    if kind == "object":
        return "named things"
    if kind in ("integer", "number"):
        bounds = f"{schema['minimum']} to {schema['maximum']}" if "minimum" in schema and "maximum" in schema else ""
        return f"number {bounds}".strip()
    return {"boolean": "yes or no", "string": "one text", "null": "nothing"}.get(kind, kind)


_NAMES = {
    "text": "*text*",
    "serves": "clauses",
    "names": "list of fields",
    "paths": "list of fields or paths over links",
    "order": "list of fields, `-` before a descending one",
    "roles": "list of roles",
    "verbs": "list of verbs",
    "fields": "fields",
    "field": "a field",
    "any": "any",
    "named_builtin": "a field",
}
