"""Reading a mapping by the fields of a marshmallow schema, without what its `load` does besides.

Half of the time of `Schema.load` goes into hooks, `data_key`, partial loading: ours have none of these. What is said
of wrong values is what `load` would say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError

UNKNOWN = "Unknown field."
"""marshmallow's own word for a name that the schema does not have."""


def read(schema: Schema, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that could be read, and messages by key. Every field may be left out and may be None."""
    fields, values, wrong = schema.load_fields, {}, {}
    for key, value in raw.items():
        declared = fields.get(key)
        if declared is None:
            wrong[key] = [schema.error_messages.get("unknown", UNKNOWN)]
        elif value is None:
            values[key] = None
        else:
            try:
                values[key] = declared.deserialize(value, key, raw)
            except ValidationError as error:
                wrong[key] = error.messages
                if error.valid_data is not None:
                    values[key] = error.valid_data
    return values, wrong
