"""The schema of forms: sections with columns, tabs, the steps of a wizard, panels beside the record."""

from __future__ import annotations

from engine.loading.schemas.common import (
    ABOUT,
    ENTITY,
    HELP,
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
from engine.loading.schemas.entities import CHECK
from engine.model.form import SIDE, WIDTHS

RELATED = r"^[a-z][a-z0-9]{0,15}\.[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,47}$"

FOR = thing(
    {
        "roles": {**ref("roles"), "description": "Whose form it is"},
        "when": {**rule(), "description": "While this holds for the record, typed values included"},
        "link": {"type": "boolean", "description": "Only where a link asks for it: `?form=NAME`"},
    }
)

ROWS: Schema = {
    "type": "array",
    "items": list_of({"type": "string", "pattern": NAME}, 12, 1),
    "minItems": 1,
    "maxItems": 200,
    "description": "Lines of the form, each a list of the fields that share it",
}
WIDTH: Schema = {"enum": list(WIDTHS), "description": "Of twelve columns"}

SECTION = thing(
    {
        "title": ref("text"),
        "rows": ROWS,
        "columns": {
            **named(thing({"rows": ROWS, "width": WIDTH}, "rows"), NAME, 3),
            "description": "Lines beside other lines, in place of `rows`",
        },
        "fields": {
            **named(
                thing({"width": WIDTH, "as": {**one_of("input", "text"), "description": "text: shown, not typed in"}})
            ),
            "description": "How single fields stand in this section",
        },
        "text": {**ref("text"), "description": "Said to whoever reads the form"},
        "tone": {**one_of("info", "wait", "harm"), "description": "How the text is said"},
        "collapsed": {"type": "boolean"},
        "visible_when": rule(),
        **ABOUT,
    }
)
SECTIONS = named(SECTION, NAME, 60)

TAB = thing({"title": ref("text"), "sections": SECTIONS, "visible_when": rule(), **ABOUT}, "title", "sections")

STEP = thing(
    {
        "title": ref("text"),
        "rows": ROWS,
        "sections": SECTIONS,
        "when": {**rule(), "description": "The step is left out while this does not hold"},
        "rules": {**ref("names"), "description": "Rules of the entity that are judged already here"},
        "checks": named(CHECK, NAME, 50),
        **ABOUT,
    },
    "title",
)

RELATED_LIST = thing(
    {
        "title": ref("text"),
        "columns": ref("paths"),
        "sort": ref("order"),
        "where": rule(),
        "limit": integer(1, 50),
        **ABOUT,
    }
)

FORM_FILE: Schema = thing(
    {
        "form": {"type": "string", "pattern": ENTITY},
        "title": ref("text"),
        "for": FOR,
        "sections": {**SECTIONS, "description": "Above the tabs where there are any"},
        "tabs": named(TAB, NAME, 20),
        "steps": {**named(STEP, NAME, 20), "description": "A wizard: the record is made step by step"},
        "side": list_of(one_of(*SIDE)),
        "keep": {**ref("names"), "description": "Values that stay when one record is saved and the next begun"},
        "related": {
            **named(RELATED_LIST, RELATED, 20),
            "description": "Lists of records whose link leads here: module.entity.field",
        },
        "help": HELP,
        **ABOUT,
    },
    "form",
)
