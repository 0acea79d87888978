"""Text of many lines."""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields import operators as op
from engine.fields.text import TextType


class LongTextType(TextType):
    name = "longtext"
    options = {
        "min": {"type": "integer", "minimum": 0, "maximum": 100_000},
        "max": {"type": "integer", "minimum": 1, "maximum": 100_000},
    }
    operators = (op.CONTAINS, op.EMPTY)
    accepts_unique = False
    limit = 20_000
    lines = 4

    def column_type(self, field):
        return sa.Text()


FIELD_TYPE = LongTextType()
