"""JSON Schemas (2020-12) of every kind of file: what the reader reads by and what editors complete from."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.hooks import registry
from engine.loading.reading import Reader, Readers
from engine.loading.schemas.common import DEFINITIONS, Schema
from engine.loading.schemas.entities import ENTITY_FILE, field_definitions
from engine.loading.schemas.forms import FORM_FILE
from engine.loading.schemas.grids import GRID_FILE
from engine.loading.schemas.homes import BLOCK_DEFINITIONS, HOME_FILE
from engine.loading.schemas.layouts import REGISTRY_FILE, with_kinds
from engine.loading.schemas.lists import DICTIONARY_FILE, MODULE_FILE, ROLES_FILE, TERMS_FILE
from engine.loading.schemas.policies import POLICY_FILE
from engine.loading.schemas.schedules import SCHEDULE_FILE, with_jobs
from engine.loading.schemas.seeds import RECIPE_FILE, RECORDS_FILE

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILES: Mapping[str, Schema] = {
    "module": MODULE_FILE,
    "roles": ROLES_FILE,
    "entity": ENTITY_FILE,
    "dictionary": DICTIONARY_FILE,
    "form": FORM_FILE,
    "registry": REGISTRY_FILE,
    "grid": GRID_FILE,
    "home": HOME_FILE,
    "schedule": SCHEDULE_FILE,
    "policy": POLICY_FILE,
    "terms": TERMS_FILE,
    "records": RECORDS_FILE,
    "recipe": RECIPE_FILE,
}
"""Kind of file (its first key) -> what the engine itself knows of it; `file_schema` adds what is installed."""


@cache
def file_schema(kind: str) -> Schema:
    """The schema of a kind of file, with the kinds of registries and of background work that are installed."""
    if kind == "registry":
        return with_kinds(FILES[kind], registry().registry_kinds.parts)
    if kind == "schedule":
        return with_jobs(FILES[kind], registry().job_handlers.parts)
    return FILES[kind]


@cache
def definitions() -> dict[str, Schema]:
    """Everything that schemas refer to, with a definition for each type of field that is installed."""
    return {**DEFINITIONS, **BLOCK_DEFINITIONS, **field_definitions(registry().field_types.parts)}


@cache
def _readers() -> Readers:
    return Readers(definitions())


@cache
def reader(kind: str) -> Reader:
    """What reads a file of this kind into typed values."""
    return _readers().build(file_schema(kind))


def strict_schema(kind: str) -> Schema:
    """The schema of typed values, as `reader` gives them: `yes` has become true already."""
    return _document(kind, copy.deepcopy(file_schema(kind)), copy.deepcopy(definitions()))


def published_schema(kind: str) -> Schema:
    """The schema for editors, which see what YAML makes of a text: `yes` may be a text or a truth value."""
    return _as_editors_see(strict_schema(kind))


def _document(kind: str, schema: Schema, defs: dict[str, Schema]) -> Schema:
    used: dict[str, Schema] = {}
    _gather(schema, defs, used)
    return {
        "$schema": DIALECT,
        "$id": f"urn:qurastyr:schema:{kind}",
        "title": f"Qurastyr {kind}",
        **schema,
        "$defs": used,
    }


def _gather(schema: Any, defs: Mapping[str, Schema], used: dict[str, Schema]) -> None:
    """Copy what `schema` refers to, and what that refers to."""
    if isinstance(schema, list):
        for part in schema:
            _gather(part, defs, used)
    elif isinstance(schema, dict):
        for key, part in schema.items():
            if key == "$ref" and isinstance(part, str):
                name = part.rpartition("/")[2]
                if name not in used:
                    used[name] = defs[name]
                    _gather(defs[name], defs, used)
            else:
                _gather(part, defs, used)


def _as_editors_see(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_as_editors_see(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    seen = {key: _as_editors_see(part) for key, part in schema.items() if not key.startswith("x-")}
    if schema.get("type") == "boolean":
        del seen["type"]
        seen["enum"] = [True, False, "yes", "no"]
    elif schema.get("type") == "string" and "pattern" in schema:
        # An editor reads `2026-09-01` as a date and `19.4` as a number; the engine reads text.
        seen["type"] = ["string", "number"]
    return seen
