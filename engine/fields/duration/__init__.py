"""A length of time, in whole minutes. People write `1:30` or `90`."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import Decimal
from functools import cache

import sqlalchemy as sa

from engine.errors import Problem
from engine.fields.cells import DURATION, DURATION_FORMAT, Cell
from engine.fields.number import IntegerType, WholeNumber
from engine.language import LANGUAGES, N_, translate
from engine.language.formats import duration_formatter, in_languages
from engine.language.sheets import number_text

_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d)", re.ASCII)


def minutes_of(text: str) -> int | None:
    """Minutes in `1:30`; None for a text of another form."""
    found = _CLOCK.fullmatch(text.strip())
    return int(found[1]) * 60 + int(found[2]) if found else None


@cache
def _words() -> re.Pattern[str]:
    """Hours and minutes as `duration_formatter` writes them in each language."""
    hours, minutes = ("|".join({re.escape(translate(word, each)) for each in LANGUAGES}) for word in ("h", "min"))
    return re.compile(rf"(?:(\d{{1,6}})\s*(?:{hours})\.?)?\s*(?:(\d{{1,6}})\s*(?:{minutes})\.?)?", re.IGNORECASE)


def _said_minutes(text: str) -> int | None:
    found = _words().fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    return int(found[1] or 0) * 60 + int(found[2] or 0)


class Minutes(WholeNumber):
    default_error_messages = {
        "invalid": N_("Enter hours and minutes as 1:30, or minutes as 90"),
        "negative": N_("A duration cannot be less than zero"),
    }

    def _deserialize(self, value, attr, data, **kwargs):
        minutes = minutes_of(value) if isinstance(value, str) else None
        if minutes is None:
            minutes = super()._deserialize(value, attr, data, **kwargs)
        if minutes < 0:
            raise self.make_error("negative")
        if minutes > 10**9:
            raise self.make_error("long")
        return minutes


class DurationType(IntegerType):
    name = "duration"
    options = {"min": {"type": "string", "x-literal": True}, "max": {"type": "string", "x-literal": True}}

    def literal(self, options, text):
        minutes = minutes_of(text)
        return super().literal(options, text) if minutes is None else minutes

    def columns(self, field):
        return [sa.Column(field.key, sa.BigInteger())]

    def average(self, field, total, count):
        return self.fitted(field, Decimal(total) / count)

    def from_form(self, field, texts, language):
        text = texts[-1].strip() if texts else ""
        minutes = minutes_of(text)
        return minutes if minutes is not None else text or None

    def cell_reader(self, field, language, names):
        """A length of time or a time of day as minutes; `1 сағ 30 мин` in any language."""

        def from_cell(cell):
            if isinstance(cell, timedelta):
                return round(cell.total_seconds() / 60)
            if isinstance(cell, time):
                return cell.hour * 60 + cell.minute
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                return number_text(cell)
            text = self.said_in(cell)
            if not text:
                return None
            said = _said_minutes(text)
            return said if said is not None else self.from_form(field, [text], language)

        return from_cell

    def schema(self, field):
        return Minutes()

    def problems(self, field, value, bounds):
        for problem in super().problems(field, value, bounds):
            short = problem.code == "number.too-small"
            message = N_("Enter at least %(min)s") if short else N_("Enter at most %(max)s")
            yield Problem("duration" + problem.code.removeprefix("number"), message, params=problem.params)

    def said(self, field, number):
        return in_languages(lambda language: duration_formatter(language)(number))

    def json_schema(self, field):
        return {"type": "integer", "minimum": 0}

    def writer(self, field, language):
        return duration_formatter(language)

    def cell(self, field, language, names):
        return Cell(lambda record, key=field.key: record.get(key), DURATION, DURATION_FORMAT, 10)

    def form_text(self, field, value, language):
        return "" if value is None else f"{value // 60}:{value % 60:02d}"

    @property
    def input_template(self):
        return "fields/duration/input.html"

    def sample(self, field):
        least = field.options.get("min")
        return least if isinstance(least, int) else 45


FIELD_TYPE = DurationType()
