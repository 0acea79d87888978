"""Raw JSON-like values -> typed values, by a marshmallow schema built once a Catalog. Unknown names are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import RAISE

from engine.errors import Problem
from engine.fields.rows import RowSchema
from engine.fields.schemas import ReadSchema, read
from engine.language import N_
from engine.model import Catalog, Entity

UNKNOWN = N_("There is no field %(name)s here that you may fill in")
WRONG = N_("Correct this value")


def write_schema(catalog: Catalog, entity: Entity, fields: frozenset[str]) -> ReadSchema:
    """The schema of what may be sent for `fields`. It is shared by all threads and keeps nothing of a request."""

    def make() -> ReadSchema:
        declared = {}
        for f in entity.input_fields:
            if f.key in fields:
                declared[f.key] = optional(f.kind.schema(f))
        return ReadSchema.from_dict(declared, name=f"write_{entity.table}")(unknown=RAISE)

    return catalog.derived(("write schema", entity.address, fields), make)


def optional(declared):
    """Requirement is a matter of rules, judged later with everything else."""
    declared.required = False
    declared.allow_none = True
    return declared


def parse(
    catalog: Catalog, entity: Entity, raw: Mapping[str, Any], fields: frozenset[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """The typed values among `raw` and what is wrong with the rest."""
    if not isinstance(raw, Mapping):
        return {}, [Problem("record.shape", N_("Send the record as an object of fields"))]
    schema = write_schema(catalog, entity, fields)
    values, wrong = read(schema, raw)
    return values, list(_problems(wrong)) if wrong else []


def _problems(messages: Any, path: str = "") -> Iterator[Problem]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _problems(inner, _step(path, key))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Mapping):
            yield from _problems(message, path)
        elif isinstance(message, Problem):
            yield message.at(path) if path else message
        elif message in _UNKNOWN:
            yield Problem("field.unknown", UNKNOWN, path, {"name": path.rsplit(".", 1)[-1]})
        else:
            known = str(message) not in _LIBRARY
            yield Problem("field.type", str(message) if known else WRONG, path)


def _step(path: str, key: Any) -> str:
    if key == "_schema":
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)


_UNKNOWN = {"Unknown field.", RowSchema.error_messages["unknown"]}
"""How marshmallow and rows say that a name is not there: one code for both."""
_LIBRARY = {
    "Field may not be null.",
    "Missing data for required field.",
    "Invalid input type.",
    "Invalid value.",
    "Not a valid string.",
    "Not a valid list.",
    "Not a valid mapping type.",
    "Not a valid number.",
}
