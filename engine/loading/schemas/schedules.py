"""The schema of schedules. What may stand under `with` is said by the kind of work itself (`takes`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.loading.schemas.common import ABOUT, ENTITY, Schema, integer, one_of, ref, text, thing
from engine.model.schedule import EACH_ORGANISATION, ONCE

SCHEDULE_FILE: Schema = thing({
    "schedule": {"type": "string", "pattern": ENTITY},
    "title": ref("text"),
    "job": {**text(64), "description": "The kind of work (docs/jobs.md)"},
    "at": {**text(100), "description": "Five fields of cron: minute, hour, day, month, day of the week"},
    "with": {"type": "object", "additionalProperties": ref("any"), "maxProperties": 50,
             "description": "What the work is given"},
    "each": {**one_of(ONCE, EACH_ORGANISATION), "description": "Once for all, or once for every organisation"},
    "most_attempts": integer(1, 10),
    **ABOUT,
}, "schedule", "title", "job", "at")


def with_jobs(schema: Schema, handlers: Mapping[str, Any]) -> Schema:
    """`schema` with the kinds of work that may be left by the clock: those that say what they take."""
    known = {**schema["properties"]["job"], **one_of(*sorted(k for k, h in handlers.items() if takes(h) is not None))}
    return {**schema, "properties": {**schema["properties"], "job": known}}


def takes(handler: Any) -> Schema | None:
    """The JSON Schema of what a schedule may give to a handler; None for work that people alone leave."""
    return getattr(handler, "takes", None)
