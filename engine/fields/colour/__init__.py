"""A colour, `#rrggbb`."""

from __future__ import annotations

import re

from engine.fields import operators as op
from engine.fields.column_types import Code
from engine.fields.text import PlainText, TextType
from engine.language import N_


class Colour(PlainText):
    default_error_messages = {"invalid": N_("Enter a colour as # and six digits or letters a-f, for example #1a7f5a")}

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        if not re.fullmatch(r"#[0-9a-f]{6}", text.lower()):
            raise self.make_error("invalid")
        return text.lower()


class ColourType(TextType):
    name = "colour"
    reads_dashes = False
    options = {}
    operators = op.CHOSEN
    accepts_encrypted = accepts_translated = searchable = False
    limit = 7

    def column_type(self, field):
        return Code(7)

    def can_sort(self, field):
        return True

    def group_parts(self, field):
        return ("",)

    def group_keys(self, field, table, part=""):
        return [table.c[field.key]]

    def group_columns(self, field, table, part=""):
        return None

    def group_value(self, field, keys, part=""):
        return keys[0]

    def plain(self, field):
        return Colour()

    def json_schema(self, field):
        return {"type": "string", "pattern": "^#[0-9a-f]{6}$"}

    def widget_options(self, field, language, names):
        return {**super().widget_options(field, language, names), "mask": "#1a7f5a"}

    def sample(self, field):
        return "#1a7f5a"


FIELD_TYPE = ColourType()
