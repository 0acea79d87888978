"""A secret that is written and never read back: a password's hash, a key of another system.

What is stored is made by the service that owns it (for a password an argon2id hash), which also reads the column
itself. Everything else sees an empty value; an empty input leaves what is stored as it is.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.errors import Problem
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.text import PlainText
from engine.language import N_

LIMIT = 1000


class SecretText(PlainText):
    """Taken as typed: blanks at the ends are part of a password."""

    def _deserialize(self, value, attr, data, **kwargs):
        super()._deserialize(value, attr, data, **kwargs)
        return value or None


class SecretType(FieldType):
    name = "secret"
    options = {"min": {"type": "integer", "minimum": 0, "maximum": LIMIT}}
    operators = (op.EMPTY,)
    secret = True
    accepts_unique = False

    def columns(self, field):
        return [sa.Column(field.key, sa.String(LIMIT))]

    def from_columns(self, field, row):
        return None

    def from_form(self, field, texts, language):
        return (texts[-1] if texts else "") or None

    def schema(self, field):
        return SecretText()

    def problems(self, field, value, bounds):
        if len(value) > LIMIT:
            yield Problem("text.too-long", N_("Shorten the text to %(max)s characters"), params={"max": LIMIT})
        least = field.options.get("min") or 0
        if len(value) < least:
            yield Problem("text.too-short", N_("Enter at least %(min)s characters"), params={"min": least})

    def encoder(self, field):
        return lambda value: None

    def json_schema(self, field):
        return {"type": "string", "writeOnly": True, "maxLength": LIMIT}

    def formatter(self, field, language, names):
        return lambda record: ""

    def form_text(self, field, value, language):
        return ""

    def sample(self, field):
        return "қ" * max(12, field.options.get("min") or 0)


FIELD_TYPE = SecretType()
