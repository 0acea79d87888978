"""A bank account: IBAN with its check digits (ISO 13616, mod 97). A Kazakhstan account has 20 characters."""

from __future__ import annotations

import re

from marshmallow import fields as mm

from engine.fields import operators as op
from engine.fields.column_types import Code
from engine.fields.text import TextType
from engine.language import N_

_FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)


def bare(text: str) -> str:
    return "".join(text.split()).upper()


def remainder(iban: str) -> int:
    """What mod 97 leaves of the rearranged number: 1 for a right one."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97


class Iban(mm.Field):
    default_error_messages = {
        "invalid": N_("Enter an account number, for example KZ86 125K ZT50 0410 0100"),
        "length": N_("A Kazakhstan account number has 20 characters"),
        "check": N_("The check digits of this account number are wrong: compare it with the bank's paper"),
    }

    def _deserialize(self, value, attr, data, **kwargs):
        iban = bare(value) if isinstance(value, str) and len(value) <= 60 else ""
        if not _FORM.fullmatch(iban):
            raise self.make_error("invalid")
        if iban.startswith("KZ") and len(iban) != 20:
            raise self.make_error("length")
        if remainder(iban) != 1:
            raise self.make_error("check")
        return iban


class IbanType(TextType):
    name = "iban"
    reads_dashes = False
    options = {}
    operators = (op.CONTAINS, op.IS, op.IS_NOT, op.STARTS, op.IN, op.EMPTY)
    accepts_translated = False
    limit = 34

    def column_type(self, field):
        return Code(34)

    def can_sort(self, field):
        return not field.encrypted

    def plain(self, field):
        return Iban()

    def filter_value(self, field, operator, text, language):
        if operator.takes == "text":
            return bare(str(text)) or None
        return super().filter_value(field, operator, text, language)

    def formatter(self, field, language, names):
        key = field.key

        def cell(record):
            value = record.get(key)
            return " ".join(value[i : i + 4] for i in range(0, len(value), 4)) if value else ""

        return cell

    def sample(self, field):
        return "KZ86125KZT5004100100"


FIELD_TYPE = IbanType()
