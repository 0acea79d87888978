"""Schemas of the files in seed/: records by natural key, and recipes of made-up data."""

from __future__ import annotations

from engine.loading.schemas.common import ENTITY, NAME, Schema, ref, text, thing

VALUES: Schema = {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": ref("any")}

RECORDS_FILE: Schema = thing({
    "records": {"type": "string", "pattern": ENTITY, "description": "The entity whose records these are"},
    "status": {"enum": ["official", "common", "check", "unverified"], "description": "How far the facts are confirmed"},
    "source": text(2_000),
    "note": text(2_000),
    "csv": {"type": "string", "pattern": r"^[a-z0-9][a-z0-9_.\-]{0,80}\.csv$",
            "description": "A file beside this one; its first line names the fields"},
    "rows": {"type": "array", "items": VALUES, "maxItems": 20_000},
}, "records")

RECIPE_FILE: Schema = {
    "type": "object",
    "properties": {"recipe": {"type": "string", "pattern": NAME}},
    "required": ["recipe"],
    "propertyNames": {"pattern": NAME},
    "additionalProperties": ref("any"),
}
