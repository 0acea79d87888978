"""The schema of registries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.loading.schemas.common import (
    ABOUT,
    ENTITY,
    HELP,
    NAME,
    Schema,
    list_of,
    named,
    one_of,
    ref,
    rule,
    text,
    thing,
)
from engine.model.layout import CALENDAR, TOTALS

COLOURS = ("red", "gold", "green", "blue", "grey")

FOR = thing({"roles": ref("roles"), "when": rule()})

TOTALS_OF = {
    "anyOf": [ref("names"), named(one_of(*TOTALS), NAME, 60)],
    "description": "Fields that are added up over the whole list, or a field and `sum`, `avg`, `min`, `max`, `count`",
}
PATH = r"[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,4}"
GROUP = {
    **list_of({"type": "string", "pattern": rf"^{PATH}(:({'|'.join(CALENDAR)}))?$"}, 3),
    "description": "Up to three fields, outermost first; `date:month`, `date:quarter`, `date:year` for a day",
}

SAID_MARK = {"anyOf": [rule(), thing({"when": rule(), "title": ref("text")}, "when")]}
MARK = {
    "type": "object",
    "properties": dict.fromkeys(COLOURS, SAID_MARK),
    "additionalProperties": False,
    "description": "Rows that a rule marks: a colour and its rule, or `{when, title}` with what the mark means",
}
VIEW = thing(
    {
        "title": ref("text"),
        "where": rule(),
        "mark": MARK,
        "sort": ref("order"),
        "columns": ref("paths"),
        "totals": TOTALS_OF,
        "group": GROUP,
        **ABOUT,
    },
    "title",
)

REGISTRY_FILE: Schema = thing(
    {
        "registry": {"type": "string", "pattern": ENTITY},
        "title": ref("text"),
        "for": FOR,
        "columns": {
            **list_of({"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,4}$"}, 60, 1)
        },
        "filters": ref("paths"),
        "sort": ref("order"),
        "totals": TOTALS_OF,
        "quick": {**list_of({"type": "string", "pattern": rf"^{PATH}$"}, 8),
                  "description": "Fields whose values are offered beside the list, each with its count"},
        "group": GROUP,
        "views": named(VIEW, NAME, 60),
        "mark": MARK,
        "inline": {
            "anyOf": [{"type": "boolean"}, ref("names")],
            "description": "Fields that people change in the table itself, or yes for all that are shown",
        },
        "where": rule(),
        "help": HELP,
        "hint": ref("text"),
        "note": text(2_000),
        "serves": ref("serves"),
    },
    "registry",
    "columns",
)


def with_kinds(schema: Schema, kinds: Mapping[str, Any]) -> Schema:
    """The schema of registries with the keys of all kinds that are installed, for the registry and for its views."""
    shape: dict[str, Schema] = {
        "as": {**one_of(*kinds), "description": "How the list is drawn"},
        "by": {"type": "string", "pattern": NAME, "description": "The field by which it is drawn"},
    }
    for kind in kinds.values():
        shape |= kind.options
    view = {**VIEW, "properties": {**VIEW["properties"], **shape}}
    return {**schema, "properties": {**schema["properties"], **shape, "views": named(view, NAME, 60)}}
