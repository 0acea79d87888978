"""A bounded piece of JSON: an object or a list. For answers of forms and settings that only programs read."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa
from marshmallow import fields as mm

from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import Json
from engine.language import N_

DEEPEST = 32
LARGEST = 64 * 1024


def too_deep(value: Any) -> bool:
    """True when lists and objects stand more than DEEPEST levels within each other; never recurses."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner for outer in level if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(one, (dict, list)) for one in level)


class JsonValue(mm.Field):
    default_error_messages = {
        "invalid": N_("Enter JSON: an object in braces or a list in square brackets"),
        "deep": N_("This JSON is nested too deeply"),
        "large": N_("This JSON is too large"),
    }

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, (dict, list)):
            raise self.make_error("invalid")
        if too_deep(value):
            raise self.make_error("deep")
        try:
            text = orjson.dumps(value)
        except (orjson.JSONEncodeError, RecursionError):
            raise self.make_error("invalid") from None
        if len(text) > LARGEST:
            raise self.make_error("large")
        if b"\\u0000" in text:
            raise self.make_error("invalid")  # PostgreSQL keeps no zero character
        # A copy of our own: the value must not change when the request's does.
        return orjson.loads(text)


class JsonType(FieldType):
    name = "json"
    operators = (op.EMPTY,)
    accepts_unique = False

    def columns(self, field):
        return [sa.Column(field.key, Json())]

    def can_sort(self, field):
        return False

    def from_form(self, field, texts, language):
        text = super().from_form(field, texts, language)
        # Refused by the schema as a text that is no object: too long, or no JSON (orjson bounds the depth).
        if text is None or len(text) > LARGEST:
            return text
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text

    def schema(self, field):
        return JsonValue()

    def json_schema(self, field):
        return {"type": ["object", "array"]}

    def formatter(self, field, language, names):
        key = field.key

        def cell(record):
            value = record.get(key)
            return "" if value is None else orjson.dumps(value).decode()

        return cell

    def form_text(self, field, value, language):
        return "" if value is None else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()

    @property
    def input_template(self):
        return "fields/text/input.html"

    def widget_options(self, field, language, names):
        return {"maxlength": LARGEST, "lines": 6, "mask": None, "languages": ()}

    def sample(self, field):
        return {"key": ["мән", 1, None]}


FIELD_TYPE = JsonType()
