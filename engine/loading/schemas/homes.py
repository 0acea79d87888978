"""Schemas of the first pages of roles."""

from __future__ import annotations

from engine.loading.schemas.common import (
    ABOUT,
    ENTITY,
    NAME,
    Schema,
    integer,
    list_of,
    named,
    one_of,
    ref,
    rule,
    thing,
)
from engine.loading.schemas.layouts import COLOURS
from engine.model.home import BLOCKS, WIDTHS

BLOCK_PREFIX = "block_"
MOST_BLOCKS = 24
SHORTCUT = r"^(new )?[a-z][a-z0-9]{0,15}\.[a-z][a-z0-9_]{0,31}(/[a-z][a-z0-9_]{0,47})?$"

_COMMON: dict[str, Schema] = {
    "title": ref("text"),
    "width": {**one_of(*WIDTHS), "description": "Part of the line on a wide screen; on a phone a block has its own"},
    **ABOUT,
}
_ENTITY: Schema = {"type": "string", "pattern": ENTITY, "description": "The entity whose list it is"}
_VIEW: Schema = {"type": "string", "pattern": NAME, "description": "A view of the registry of each role that sees it"}
_ROWS = {"rows": integer(1, 20)}
_OWN: dict[str, tuple[dict[str, Schema], tuple[str, ...]]] = {
    "list": ({"of": _ENTITY, "view": _VIEW, **_ROWS, "columns": ref("paths")}, ("of",)),
    "count": (
        {
            "of": _ENTITY,
            "view": _VIEW,
            "mark": {
                "type": "object",
                "properties": {colour: rule() for colour in COLOURS},
                "additionalProperties": False,
                "description": "Colour and the rule over `count` that gives it; the first that holds",
            },
        },
        ("of",),
    ),
    "shortcuts": (
        {
            "to": {
                **list_of({"type": "string", "pattern": SHORTCUT}, 20, 1),
                "description": "`module.entity` a list, `module.entity/view` a view of it, `new module.entity` a form",
            }
        },
        ("to",),
    ),
    "recent": (_ROWS, ()),
    "starred": (_ROWS, ()),
    "text": ({"text": ref("text")}, ("text",)),
}

BLOCK_DEFINITIONS: dict[str, Schema] = {
    **{
        BLOCK_PREFIX + kind: thing({"type": {"const": kind}, **own, **_COMMON}, "type", *required)
        for kind, (own, required) in _OWN.items()
    },
    "full_block": {
        "type": "object",
        "properties": {"type": {"enum": list(BLOCKS)}},
        "required": ["type"],
        "allOf": [
            {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": ref(BLOCK_PREFIX + kind)}
            for kind in BLOCKS
        ],
        "x-dispatch": "type",
        "x-definitions": BLOCK_PREFIX,
        "x-unknown": "home.block",
    },
    "block": {"anyOf": [{"enum": list(BLOCKS)}, ref("full_block")]},
}

HOME_FILE: Schema = thing(
    {
        "home": {"type": "string", "pattern": ENTITY},
        "for": thing({"roles": {**ref("roles"), "description": "Whose first page it is"}}, "roles"),
        "order": {**integer(0, 10_000), "description": "What stands first when several modules lay blocks"},
        "blocks": {**named(ref("block"), NAME, MOST_BLOCKS), "minProperties": 1},
        **ABOUT,
    },
    "home",
    "for",
    "blocks",
)
