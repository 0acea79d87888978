"""Schemas of forms and registries."""

from __future__ import annotations

from engine.loading.schemas.common import ABOUT, ENTITY, NAME, Schema, list_of, named, one_of, ref, rule, text, thing
from engine.model.layout import CALENDAR, TOTALS

COLOURS = ("red", "gold", "green", "blue", "grey")
VIEW_KINDS = ("table", "calendar", "board", "cards")
SIDE = ("workflow", "files", "postings", "history")

FOR = thing({"roles": ref("roles"), "when": rule()})

SECTION = thing(
    {
        "title": ref("text"),
        "rows": {
            "type": "array",
            "items": list_of({"type": "string", "pattern": NAME}, 12, 1),
            "minItems": 1,
            "maxItems": 200,
            "description": "Lines of the form, each a list of the fields that share it",
        },
        "collapsed": {"type": "boolean"},
        "visible_when": rule(),
        **ABOUT,
    },
    "rows",
)

TOTALS_OF = {
    "anyOf": [ref("names"), named(one_of(*TOTALS), NAME, 60)],
    "description": "Fields that are added up over the whole list, or a field and `sum`, `avg`, `min`, `max`, `count`",
}
PATH = r"[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,4}"
GROUP = {
    **list_of({"type": "string", "pattern": rf"^{PATH}(:({'|'.join(CALENDAR)}))?$"}, 3),
    "description": "Up to three fields, outermost first; `date:month`, `date:quarter`, `date:year` for a day",
}

VIEW = thing(
    {
        "title": ref("text"),
        "where": rule(),
        "mark": {"type": "object", "properties": {colour: rule() for colour in COLOURS}, "additionalProperties": False},
        "sort": ref("order"),
        "columns": ref("paths"),
        "as": one_of(*VIEW_KINDS),
        "by": {"type": "string", "pattern": NAME},
        "totals": TOTALS_OF,
        "group": GROUP,
        **ABOUT,
    },
    "title",
)

FORM_FILE: Schema = thing(
    {
        "form": {"type": "string", "pattern": ENTITY},
        "title": ref("text"),
        "for": FOR,
        "sections": named(SECTION, NAME, 60),
        "side": list_of(one_of(*SIDE)),
        **ABOUT,
    },
    "form",
    "sections",
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
        "mark": {"type": "object", "properties": {colour: rule() for colour in COLOURS}, "additionalProperties": False},
        "where": rule(),
        "hint": ref("text"),
        "note": text(2_000),
        "serves": ref("serves"),
    },
    "registry",
    "columns",
)
