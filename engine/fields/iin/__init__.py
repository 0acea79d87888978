"""IIN of a person and BIN of an organisation: twelve digits with a check digit.

An IIN says when a person was born and their sex (YYMMDD, then the century with the sex); a BIN has 4, 5 or 6 in its
fifth digit, where an IIN has the day. The rules: Resolution 406 of 22.05.2007; the control digit: Law 223 of
12.01.2007.
"""

from __future__ import annotations

import re
from datetime import date

from marshmallow import fields as mm

from engine.fields import operators as op
from engine.fields.column_types import Code
from engine.fields.text import TextType
from engine.language import N_

_FIRST = tuple(range(1, 12))
_SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURY = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


def check_digit(base: str) -> int | None:
    """The twelfth digit for the first eleven; None for a number that is never issued."""
    digits = [int(d) for d in base[:11]]
    rest = sum(w * d for w, d in zip(_FIRST, digits, strict=True)) % 11
    if rest == 10:  # one number in eleven needs the second weights
        rest = sum(w * d for w, d in zip(_SECOND, digits, strict=True)) % 11
    return None if rest == 10 else rest


def check(number: str) -> bool:
    """True for twelve digits whose last one is right."""
    return bool(re.fullmatch(r"\d{12}", number, re.ASCII)) and check_digit(number[:11]) == int(number[11])


def birth_date(iin: str) -> date | None:
    """The birth date in an IIN; None where its digits are no date or no century (a foreigner's may begin so)."""
    century = _CENTURY.get(iin[6:7])
    try:
        return None if century is None else date(century + int(iin[:2]), int(iin[2:4]), int(iin[4:6]))
    except ValueError:
        return None


def sex(iin: str) -> str | None:
    """`m` or `f`; None where the seventh digit says neither."""
    digit = iin[6:7]
    return ("m" if int(digit) % 2 else "f") if digit in _CENTURY else None


def is_bin(number: str) -> bool:
    """True when the fifth digit is that of an organisation."""
    return number[4:5] in ("4", "5", "6")


class TwelveDigits(mm.Field):
    default_error_messages = {
        "digits": N_("Enter all 12 digits"),
        "check": N_("The check digit is wrong: compare the number with the document"),
    }

    def _deserialize(self, value, attr, data, **kwargs):
        number = re.sub(r"[\s\u00a0-]", "", value) if isinstance(value, str) and len(value) <= 40 else ""
        if not re.fullmatch(r"\d{12}", number, re.ASCII):
            raise self.make_error("digits")
        self.examine(number)
        if not check(number):
            raise self.make_error("check")
        return number

    def examine(self, number: str) -> None:
        raise NotImplementedError


class Iin(TwelveDigits):
    default_error_messages = {
        "bin": N_("This is the BIN of an organisation; enter the IIN of a person"),
        "date": N_("The first six digits of an IIN are a birth date: compare the number with the document"),
    }

    def examine(self, number):
        if is_bin(number):
            raise self.make_error("bin")
        # 0, 7, 8 and 9 in the seventh digit name no century: foreigners have them, so only the day is looked at.
        century = _CENTURY.get(number[6], 2000)
        try:
            date(century + int(number[:2]), int(number[2:4]), int(number[4:6]))
        except ValueError:
            raise self.make_error("date") from None


class Bin(TwelveDigits):
    default_error_messages = {
        "iin": N_("This is the IIN of a person; enter the BIN of an organisation"),
        "month": N_("The third and fourth digits of a BIN are a month: compare the number with the document"),
    }

    def examine(self, number):
        if not is_bin(number):
            raise self.make_error("iin")
        if not 1 <= int(number[2:4]) <= 12:
            raise self.make_error("month")


class IinType(TextType):
    name = "iin"
    reads_dashes = False
    options = {"checksum": {"type": "boolean"}}
    operators = (op.CONTAINS, op.IS, op.IS_NOT, op.STARTS, op.IN, op.EMPTY)
    accepts_translated = False
    limit = 12
    reads: type[mm.Field] = Iin
    example = "900101350003"

    def column_type(self, field):
        return Code(12)

    def can_sort(self, field):
        return not field.encrypted

    def literal(self, options, text):
        if not check(text):
            raise ValueError(text)
        return text

    def plain(self, field):
        return self.reads() if field.options.get("checksum", True) else Unchecked()

    def cell_reader(self, field, language, names):
        def read(cell):
            text = re.sub(r"[\s\u00a0-]", "", self.said_in(cell))
            # A sheet takes it for a number and eats the zeros before it.
            return text.zfill(12) if re.fullmatch(r"\d{9,11}", text, re.ASCII) else text or None

        return read

    def json_schema(self, field):
        # Lists give a masked one with dots in its middle.
        return {"type": "string", "pattern": "^[0-9•]{12}$" if field.masked else "^[0-9]{12}$"}

    @property
    def input_template(self):
        return "fields/iin/input.html"

    def sample(self, field):
        return self.example


class BinType(IinType):
    name = "bin"
    reads = Bin
    example = "050340001235"


class Unchecked(TwelveDigits):
    """`checksum: no`: twelve digits and nothing more, for numbers of another time or country."""

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, str) or not re.fullmatch(r"\d{12}", value.strip(), re.ASCII):
            raise self.make_error("digits")
        return value.strip()


FIELD_TYPES = [IinType(), BinType()]
