"""Numbers: integer, decimal, percent, money. Empty is not zero; a float never touches a value.

A percent is stored as typed: 15 means 15 %. Money is tenge, or in the currency that the field `currency` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression import types
from engine.expression.exact import unit as unit_of
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.cells import NUMBER, Cell
from engine.fields.column_types import DIGITS, ScaledDecimal
from engine.language import LANGUAGES, N_
from engine.language.formats import (
    SIGNS,
    in_languages,
    money_formatter,
    number_formatter,
    percent_formatter,
    read_number,
)
from engine.language.sheets import amount_text
from engine.model.layout import TOTALS
from engine.model.text import Text

LIMITS: Mapping[str, Mapping[str, Any]] = {
    "min": {"type": "number", "x-literal": True},
    "max": {"type": "number", "x-literal": True},
}
PLACES = {"type": "integer", "minimum": 0, "maximum": 10}
UNIT = {"type": "string", "maxLength": 30, "x-text": True}


_FORM = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


class ExactNumber(mm.Field):
    """A Decimal of at most `places` decimals from a JSON number or text; NaN, infinity and yes/no are refused."""

    default_error_messages = {
        "invalid": N_("Enter a number, for example 1234.50"),
        "places": N_("Leave fewer digits after the decimal point"),
        "long": N_("This number has too many digits"),
    }

    def __init__(self, places: int, **kwargs):
        super().__init__(**kwargs)
        self.unit, self.limit = unit_of(places), 10 ** (DIGITS - places)

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
            raise self.make_error("invalid")
        if isinstance(value, int) and value.bit_length() > 80:
            raise self.make_error("long")  # before str(), which takes quadratic time
        text = _plain(value).strip()
        if len(text) > 60:
            raise self.make_error("long" if text.lstrip("-").isdecimal() else "invalid")
        # What people type was already read by `from_form`; a program writes numbers in one way.
        if not _FORM.fullmatch(text):
            raise self.make_error("invalid")
        number = Decimal(text)
        if abs(number) >= self.limit:
            raise self.make_error("long")
        kept = number.quantize(self.unit)
        if kept != number:
            raise self.make_error("places")
        return self.finished(kept)

    def finished(self, number: Decimal):
        return number if number else abs(number)  # no negative zero


class WholeNumber(ExactNumber):
    default_error_messages = {"places": N_("Enter a whole number")}

    def __init__(self, **kwargs):
        super().__init__(0, **kwargs)

    def finished(self, number):
        return int(number)


def _plain(value: Any) -> str:
    """A number as digits: floats and Decimals may spell themselves with an exponent."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 60 else "?"
    return str(value)


class DecimalType(FieldType):
    name = "decimal"
    options = {**LIMITS, "places": PLACES, "unit": UNIT}
    operators = op.COMPARABLE
    align = "end"
    default_places = 2

    def places(self, field) -> int:
        return self.option_places(field.options)

    def option_places(self, options: Mapping[str, Any]) -> int:
        places = options.get("places")
        return self.default_places if places is None else places

    # -- description ---------------------------------------------------------------------------------------------

    def literal(self, options, text):
        number = read_number(text)
        if number is None:
            raise ValueError(text)
        kept = number.quantize(unit_of(self.option_places(options)))
        if kept != number or abs(kept) >= 10 ** (DIGITS - self.option_places(options)):
            raise ValueError(text)
        return kept

    def rule_type(self, field, scope_of):
        return types.number(self.places(field))

    def fitted(self, field, value):
        if value is None:
            return None
        return Decimal(value).quantize(unit_of(self.places(field)), ROUND_HALF_UP)

    # -- storage -------------------------------------------------------------------------------------------------

    def columns(self, field):
        return [sa.Column(field.key, ScaledDecimal(self.places(field)))]

    def totals(self, field):
        return TOTALS

    def average(self, field, total, count):
        return self.fitted(field, Decimal(total) / count)

    # -- doors ---------------------------------------------------------------------------------------------------

    def from_form(self, field, texts, language):
        text = super().from_form(field, texts, language)
        if text is None:
            return None
        unit = self.unit(field, language)
        number = read_number(text.removesuffix("₸").removesuffix("%").removesuffix(unit or "₸"), language)
        # What cannot be read goes on as it is, so that the message stands beside what was typed.
        return text if number is None else format(number, "f")

    def cell_reader(self, field, language, names):
        units = {unit for each in LANGUAGES if (unit := self.unit(field, each))}
        return lambda cell: self.from_form(field, [amount_text(self.bare(self.said_in(cell), units))], language)

    def bare(self, text: str, units: Iterable[str]) -> str:
        """The figure of a cell without the words round it, whichever language they are of."""
        for unit in units:
            text = text.removesuffix(unit).rstrip()
        return text

    def schema(self, field):
        return ExactNumber(self.places(field))

    def judges(self, field):
        return type(self).problems is not DecimalType.problems or field.has_bounds

    def problems(self, field, value, bounds):
        least, most = bounds.get("min"), bounds.get("max")
        if least is not None and value < least:
            params = {"min": self.said(field, least)}
            yield Problem("number.too-small", N_("Enter a number not below %(min)s"), params=params)
        if most is not None and value > most:
            params = {"max": self.said(field, most)}
            yield Problem("number.too-large", N_("Enter a number not above %(max)s"), params=params)

    def said(self, field, number) -> Text:
        """A bound, as each language writes numbers."""
        return in_languages(lambda language: number_formatter(language, self.places(field), True)(number))

    def encoder(self, field):
        return "{:f}".format

    def json_schema(self, field):
        return {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}

    # -- people --------------------------------------------------------------------------------------------------

    def unit(self, field, language) -> str:
        unit = field.options.get("unit") or ""
        return unit.in_(language) if isinstance(unit, Text) else unit

    def writer(self, field, language):
        """A function number -> text of a cell."""
        write, unit = number_formatter(language, self.places(field), True), self.unit(field, language)
        return (lambda number: f"{write(number)}\u00a0{unit}") if unit else write

    def formatter(self, field, language, names):
        key, write = field.key, self.writer(field, language)

        def cell(record):
            value = record.get(key)
            return "" if value is None else write(value)

        return cell

    def cell(self, field, language, names):
        return Cell(lambda record, key=field.key: record.get(key), NUMBER, self.cell_format(field), 14)

    def cell_format(self, field) -> str:
        places = self.places(field)
        return "#,##0." + "#" * places if places else "#,##0"

    def form_text(self, field, value, language):
        if value is None:
            return ""
        return number_formatter(language, self.places(field), True)(value).replace("\u00a0", " ")

    @property
    def input_template(self):
        return "fields/number/input.html"

    def widget_options(self, field, language, names):
        return {"places": self.places(field), "unit": self.unit(field, language)}

    def sample(self, field):
        least, most = field.options.get("min"), field.options.get("max")
        if isinstance(least, (int, Decimal)):
            return str(least)
        return str(most) if isinstance(most, (int, Decimal)) else "1"


class IntegerType(DecimalType):
    name = "integer"
    options = {
        "min": {"type": "integer", "x-literal": True}, "max": {"type": "integer", "x-literal": True}, "unit": UNIT,
        "grouped": {"type": "boolean"},
    }

    def option_places(self, options):
        return 0

    def literal(self, options, text):
        return int(super().literal(options, text))

    def fitted(self, field, value):
        fitted = super().fitted(field, value)
        return None if fitted is None else int(fitted)

    def columns(self, field):
        return [sa.Column(field.key, sa.BigInteger())]

    def group_parts(self, field):
        return ("",)

    def average(self, field, total, count):
        return (Decimal(total) / count).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def total_text(self, field, kind, value, language, names):
        if kind == "avg" and isinstance(value, Decimal):
            return number_formatter(language, 2)(value)
        return super().total_text(field, kind, value, language, names)

    def writer(self, field, language):
        # `grouped: no` is for numbers that name something: the year 2026 is not 2 026.
        return super().writer(field, language) if field.options.get("grouped", True) else str

    def cell_format(self, field):
        return "#,##0" if field.options.get("grouped", True) else "0"

    def form_text(self, field, value, language):
        if field.options.get("grouped", True):
            return super().form_text(field, value, language)
        return "" if value is None else str(value)

    def said(self, field, number):
        if field.options.get("grouped", True):
            return super().said(field, number)
        return in_languages(lambda language: str(number))

    def schema(self, field):
        return WholeNumber()

    def encoder(self, field):
        return None

    def json_schema(self, field):
        return {"type": "integer"}

    def sample(self, field):
        return int(super().sample(field))


class PercentType(DecimalType):
    name = "percent"
    options = {**LIMITS, "places": PLACES}

    def cell_format(self, field):
        # Kept as typed: 15 means 15 %, so the sign is a mere word after the figure.
        places = self.places(field)
        return ("0." + "#" * places if places else "0") + '" %"'

    def writer(self, field, language):
        return percent_formatter(language, self.places(field))

    def bare(self, text, units):
        return text.removesuffix("%").rstrip()

    def widget_options(self, field, language, names):
        return {**super().widget_options(field, language, names), "unit": "%"}


_CURRENCY = re.compile(
    rf"[{re.escape(''.join(SIGNS.values()))}]|\b({'|'.join(SIGNS)}|тг|тңг|теңге|тенге|руб|рублей|рубль)\b\.?",
    re.IGNORECASE,
)


class MoneyType(DecimalType):
    name = "money"
    options = {**LIMITS, "places": PLACES, "currency": {"type": "string", "x-field": True}}

    def writer(self, field, language):
        return money_formatter(language, self.places(field))

    def bare(self, text, units):
        return _CURRENCY.sub("", text).strip() if re.search(r"\d", text) else text

    def formatter(self, field, language, names):
        other = field.options.get("currency")
        if not other:
            return super().formatter(field, language, names)
        key, places = field.key, self.places(field)

        def cell(record):
            value = record.get(key)
            if value is None:
                return ""
            # One function for each currency: `money_formatter` keeps those it made.
            return money_formatter(language, places, str(record.get(other) or "KZT").upper())(value)

        return cell

    def cell_format(self, field):
        places = self.places(field)
        amount = "#,##0." + "0" * places if places else "#,##0"
        # Other currencies stand in a column of their own; a sign here would be wrong for them.
        return amount if field.options.get("currency") else amount + '" ₸"'

    def form_text(self, field, value, language):
        return "" if value is None else number_formatter(language, self.places(field))(value).replace("\u00a0", " ")

    def widget_options(self, field, language, names):
        unit = "" if field.options.get("currency") else "₸"
        return {**super().widget_options(field, language, names), "unit": unit}


FIELD_TYPES = [IntegerType(), DecimalType(), PercentType(), MoneyType()]
