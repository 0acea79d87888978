"""A line of text. Empty and NULL are one: '' is never stored (decisions.md, 7)."""

from __future__ import annotations

import re

import sqlalchemy as sa
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression.types import Type
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import ByteText
from engine.language import N_, sort_key

LIMIT = 255


class PlainText(mm.String):
    """Text without control characters; blank text becomes None."""

    default_error_messages = {"control": N_("Remove the invisible characters from this text")}

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if any(ord(c) < 32 and c not in "\n\t\r" or c == "\x7f" for c in text):
            raise self.make_error("control")
        return text or None


class TextType(FieldType):
    name = "text"
    options = {
        "min": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "max": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "pattern": {"type": "string", "format": "regex", "maxLength": 200},
        "mask": {"type": "string", "maxLength": 100},
    }
    operators = (op.CONTAINS, op.IS, op.IS_NOT, op.STARTS, op.IN, op.EMPTY)
    searchable = True
    limit = LIMIT

    def literal(self, options, text):
        return text

    def rule_type(self, field, scope_of):
        return Type("text")

    def columns(self, field):
        columns = [sa.Column(field.key, sa.String(self.length(field)))]
        if field.sortable:
            columns.append(sa.Column(f"{field.key}__key", ByteText()))
        return columns

    def to_columns(self, field, value):
        row = {field.key: value}
        if field.sortable:
            row[f"{field.key}__key"] = None if value is None else sort_key(value)
        return row

    def order(self, field, table):
        return table.c[f"{field.key}__key" if field.sortable else field.key]

    def clause(self, field, table, operator, values):
        if field.sortable and operator != "empty":
            return self.operator(operator).clause(table.c[f"{field.key}__key"], [sort_key(v) for v in values])
        return super().clause(field, table, operator, values)

    def schema(self, field):
        return PlainText()

    def length(self, field) -> int:
        return field.options.get("max") or self.limit

    def problems(self, field, value, bounds):
        if len(value) > self.length(field):
            yield Problem("text.too-long", N_("Shorten the text to %(max)s characters"), params={"max": self.length(field)})
        if len(value) < (field.options.get("min") or 0):
            yield Problem("text.too-short", N_("Enter at least %(min)s characters"), params={"min": field.options["min"]})
        pattern = field.options.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield Problem("text.pattern", N_("Write this in the form %(form)s"), params={"form": field.options.get("mask") or pattern})

    def json_schema(self, field):
        return {"type": "string", "maxLength": self.length(field)}

    def widget_options(self, field, language, names):
        return {"maxlength": self.length(field)}

    def sample(self, field):
        return ("Мәтін " * 50)[: min(self.length(field), 5)] if not field.options.get("pattern") else None


FIELD_TYPE = TextType()
