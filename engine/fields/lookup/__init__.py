"""Ways of writing a computed field: `lookup` takes a value through a link, `rollup` sums up rows.

Loading compiles both away into a field with a `value` rule and the type of what is taken, so nothing here is stored.
"""

from __future__ import annotations

from engine.fields.base import FieldType


class LookupType(FieldType):
    name = "lookup"
    options = {
        "through": {"type": "string", "x-field": True},
        "take": {"type": "string"},
        "freeze": {"type": "string", "enum": ["never", "create", "post"]},
    }
    required_options = ("through", "take")
    virtual = compiled_away = True
    accepts_unique = False


class RollupType(FieldType):
    name = "rollup"
    options = {
        "of": {"type": "string"},
        "with": {"type": "string", "enum": ["sum", "count", "min", "max", "avg"]},
        "where": {"type": "string", "x-rule": "boolean"},
    }
    required_options = ("of", "with")
    virtual = compiled_away = True
    accepts_unique = False


FIELD_TYPES = [LookupType(), RollupType()]
