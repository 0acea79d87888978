"""A telephone number, kept as E.164 (`+77011234567`), shown in groups."""

from __future__ import annotations

import re

from marshmallow import fields as mm

from engine.fields import operators as op
from engine.fields.column_types import Code
from engine.fields.text import TextType
from engine.language import N_

_MARKS = re.compile(r"[\s().\u2010-\u2015-]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def e164(text: str) -> str | None:
    """The number in international form: `8 701 123 45 67`, `7011234567` and `+7 (701) 123-45-67` are one."""
    bare = _MARKS.sub("", text.strip()).replace("\u00a0", "")
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    if re.fullmatch(r"[78]7\d{9}", bare, re.ASCII):
        bare = "+7" + bare[1:]
    elif re.fullmatch(r"7\d{9}", bare, re.ASCII):
        bare = "+7" + bare
    if bare.startswith("+7") and len(bare) != 12:
        return None
    return bare if _E164.fullmatch(bare) else None


def grouped(number: str) -> str:
    """`+7 701 123 45 67`; a number of another country stays as it is."""
    if number.startswith("+7") and len(number) == 12:
        return f"+7 {number[2:5]} {number[5:8]} {number[8:10]} {number[10:]}"
    return number


class Phone(mm.Field):
    default_error_messages = {"invalid": N_("Enter a telephone number, for example +7 701 123 45 67")}

    def _deserialize(self, value, attr, data, **kwargs):
        number = e164(value) if isinstance(value, str) and len(value) <= 40 else None
        if number is None:
            raise self.make_error("invalid")
        return number


class PhoneType(TextType):
    name = "phone"
    reads_dashes = False
    options = {}
    operators = (op.CONTAINS, op.IS, op.IS_NOT, op.STARTS, op.IN, op.EMPTY)
    accepts_translated = False
    limit = 16

    def column_type(self, field):
        return Code(16)

    def can_sort(self, field):
        return not field.encrypted

    def plain(self, field):
        return Phone()

    def literal(self, options, text):
        number = e164(text)
        if number is None:
            raise ValueError(text)
        return number

    def filter_value(self, field, operator, text, language):
        if operator.takes == "text":
            # People look for "701 123": the marks between the digits are not stored.
            return _MARKS.sub("", str(text)) or None
        return super().filter_value(field, operator, text, language)

    def json_schema(self, field):
        more = "•" if field.masked else ""
        return {"type": "string", "pattern": rf"^\+[1-9][0-9{more}]{{6,14}}$"}

    def formatter(self, field, language, names):
        key = field.key

        def cell(record):
            value = record.get(key)
            return grouped(value) if value else ""

        return cell

    def form_text(self, field, value, language):
        return grouped(value) if value else ""

    @property
    def input_template(self):
        return "fields/phone/input.html"

    def sample(self, field):
        return "+77011234567"


FIELD_TYPE = PhoneType()
