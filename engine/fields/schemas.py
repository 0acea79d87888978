"""Reading a mapping by the fields of a marshmallow schema, without what its `load` does besides.

Half of the time of `Schema.load` goes into hooks, `data_key`, partial loading: ours have none of these. What is said
of wrong values is what `load` would say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow import fields as mm

UNKNOWN = "Unknown field."
"""marshmallow's own word for a name that the schema does not have."""


class ReadSchema(Schema):
    """A schema that `read` reads by."""

    @cached_property
    def readers(self) -> dict[str, Callable[..., Any]]:
        return {key: _reader(declared) for key, declared in self.load_fields.items()}


def read(schema: ReadSchema, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that could be read, and messages by key. Every field may be left out and may be None."""
    readers, values, wrong = schema.readers, {}, {}
    for key, value in raw.items():
        reader = readers.get(key)
        if reader is None:
            wrong[key] = [schema.error_messages.get("unknown", UNKNOWN)]
        elif value is None:
            values[key] = None
        else:
            try:
                values[key] = reader(value, key, raw)
            except ValidationError as error:
                wrong[key] = error.messages
                if error.valid_data is not None:
                    values[key] = error.valid_data
    return values, wrong


def _reader(declared: mm.Field) -> Callable[..., Any]:
    """`deserialize`, or what it comes to for a value that is there when nothing more is asked of it."""
    more = declared.validators or declared.pre_load or declared.post_load
    own = type(declared).deserialize is not mm.Field.deserialize
    return declared.deserialize if more or own else declared._deserialize
