"""Schemas of modules, roles, dictionaries, shared terms, and of the files in seed/."""

from __future__ import annotations

from engine.loading.schemas.common import (
    ABOUT,
    CODE,
    ENTITY,
    HELP,
    MODULE,
    NAME,
    Schema,
    integer,
    list_of,
    named,
    one_of,
    ref,
    text,
    thing,
)
from engine.model.field import SENSITIVITY

DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

MODULE_FILE: Schema = thing({
    "module": {"type": "string", "pattern": MODULE},
    "title": ref("text"),
    "icon": {"type": "string", "pattern": r"^[a-z0-9][a-z0-9\-]{0,39}$"},
    "order": integer(0, 10_000),
    "requires": list_of({"type": "string", "pattern": MODULE}, 100),
    "help": HELP,
    **ABOUT,
}, "module", "title")

ROLE = thing({
    "title": ref("text"), "sensitivity": one_of(*SENSITIVITY),
    "shares_views": {"type": "boolean", "description": "May keep views of lists for a role and for everyone"},
    "gives": {
        "anyOf": [{"enum": ["all"]}, list_of({"type": "string", "pattern": NAME}, 200)],
        "description": "Roles that it may give to others: `all`, or their names",
    },
    "oversees": {"type": "boolean", "description": "May ask who sees what, and look at the rights of others"},
    "journal": {**one_of("organisation", "installation"),
                "description": "Reads the journal of the own organisation, or besides what belongs to none"},
    **ABOUT,
}, "title")
ROLES_FILE: Schema = thing({"roles": named(ROLE, NAME, 200)}, "roles")

ITEM = thing({
    "title": ref("text"), "kk": text(500), "ru": text(500), "en": text(500),
    "parent": {"type": "string", "pattern": CODE},
    "note": text(2_000), "hint": ref("text"), "since": DATE, "until": DATE, "serves": ref("serves"),
})
DICTIONARY_FILE: Schema = thing({
    "dictionary": {"type": "string", "pattern": ENTITY},
    "title": ref("text"),
    "editable": {"type": "boolean"},
    "status": one_of("official", "common", "check", "unverified"),
    "source": text(500),
    "items": named({"anyOf": [text(500), ITEM]}, CODE, 5_000),
    "was": {"type": "string", "pattern": ENTITY},
    **ABOUT,
}, "dictionary", "title", "items")

TERMS_FILE: Schema = thing({"terms": named(ref("text"), NAME, 5_000)}, "terms")
