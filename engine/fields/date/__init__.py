"""Days, moments and times of day. Moments are UTC inside and stand where the organisation is on screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError
from marshmallow import fields as mm

from engine.errors import Problem
from engine.expression import types
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.cells import DATE, DAY_FORMAT, MOMENT, MOMENT_FORMAT, TIME, TIME_FORMAT, Cell
from engine.fields.column_types import UtcDateTime
from engine.fields.period import write_period
from engine.language import N_
from engine.language.formats import ZONE, read_date, read_moment, read_time, write_date, write_moment, write_time
from engine.language.sheets import read_cell_day
from engine.model.layout import CALENDAR

EARLIEST = date(1000, 1, 1)
"""Earlier years are slips of the finger (`0026`), and no register holds them."""


class Day(mm.Field):
    default_error_messages = {"invalid": N_("Enter a date, for example 03.02.2026")}

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        day = read_date(value) if isinstance(value, str) else None
        if day is None or day < EARLIEST:
            raise self.make_error("invalid")
        return day


class Moment(mm.Field):
    """A moment to the second, in UTC; without an offset it is meant where the organisation is."""

    default_error_messages = {"invalid": N_("Enter a date and a time, for example 03.02.2026 14:30")}

    def _deserialize(self, value, attr, data, **kwargs):
        moment = value if isinstance(value, datetime) and value.tzinfo else None
        if isinstance(value, str) and len(value) <= 40:
            moment = read_moment(value)
        if moment is None or moment.date() < EARLIEST:
            raise self.make_error("invalid")
        return moment.astimezone(UTC).replace(microsecond=0)


class TimeOfDay(mm.Field):
    default_error_messages = {"invalid": N_("Enter a time, for example 14:30")}

    def _deserialize(self, value, attr, data, **kwargs):
        moment = value if isinstance(value, time) else read_time(value) if isinstance(value, str) else None
        if moment is None or moment.second or moment.microsecond or moment.tzinfo:
            raise self.make_error("invalid")
        return moment


class DateType(FieldType):
    name = "date"
    options = {
        "min": {"type": "string", "x-literal": True},
        "max": {"type": "string", "x-literal": True},
        "workday": {"type": "boolean"},
    }
    operators = op.DATED
    rule = types.DATE
    column: type[Any] = sa.Date
    reads: type[mm.Field] = Day
    write: Callable[[Any], str] = staticmethod(write_date)
    text_format = "date"
    widget = "date"
    example = "2026-02-03"
    cell_kind, cell_format, cell_width = DATE, DAY_FORMAT, 12

    def literal(self, options, text):
        try:
            return self.reads().deserialize(text)
        except ValidationError:
            raise ValueError(text) from None

    def rule_type(self, field, scope_of):
        return self.rule

    def columns(self, field):
        return [sa.Column(field.key, self.column())]

    def cell_reader(self, field, language, names):
        def read(cell):
            day = read_cell_day(cell)
            return self.said_in(cell) or None if day is None else day.isoformat()

        return read

    def schema(self, field):
        return self.reads()

    def judges(self, field):
        return type(self).problems is not DateType.problems or field.has_bounds

    def problems(self, field, value, bounds):
        least, most = bounds.get("min"), bounds.get("max")
        if least is not None and value < least:
            yield Problem("date.too-early", N_("Enter %(min)s or later"), params={"min": self.write(least)})
        if most is not None and value > most:
            yield Problem("date.too-late", N_("Enter %(max)s or earlier"), params={"max": self.write(most)})

    def totals(self, field):
        return ("min", "max", "count")

    def group_parts(self, field):
        return CALENDAR[1:] + CALENDAR[:1]

    def group_keys(self, field, table, part=""):
        day = self.expression(field, table)
        if part == "day":
            return [day]
        year, month = (sa.cast(sa.extract(each, day), sa.Integer()) for each in ("year", "month"))
        return {"month": [year, month], "quarter": [year, (month + 2) // 3], "year": [year]}[part or "month"]

    def group_value(self, field, keys, part=""):
        if keys[0] is None or part == "day":
            return keys[0]
        month = {"month": lambda: keys[1], "quarter": lambda: keys[1] * 3 - 2, "year": lambda: 1}[part or "month"]()
        return date(keys[0], month, 1)

    def group_filter(self, field, value, part=""):
        if part == "day":
            return "is", [value]
        months = {"month": 1, "quarter": 3, "year": 12}[part or "month"]
        year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
        return "between", [value, date(year, month + 1, 1) - timedelta(days=1)]

    def group_text(self, field, value, part, language, names):
        return "" if value is None else write_period({"kind": part or "month", "start": value}, language)

    def encoder(self, field):
        return date.isoformat

    def json_schema(self, field):
        return {"type": "string", "format": self.text_format}

    def formatter(self, field, language, names):
        key, write = field.key, self.write

        def cell(record):
            value = record.get(key)
            return "" if value is None else write(value)

        return cell

    def cell(self, field, language, names):
        return Cell(lambda record, key=field.key: record.get(key), self.cell_kind, self.cell_format, self.cell_width)

    def form_text(self, field, value, language):
        return "" if value is None else value.isoformat()

    @property
    def input_template(self):
        return "fields/date/input.html"

    def widget_options(self, field, language, names):
        return {"type": self.widget}

    def sample(self, field):
        for bound in (field.options.get("min"), field.options.get("max")):
            if isinstance(bound, (date, time)):
                return self.encoder(field)(bound)
        return self.example


class DateTimeType(DateType):
    name = "datetime"
    options = {k: v for k, v in DateType.options.items() if k != "workday"}
    rule = types.DATETIME
    column = UtcDateTime
    reads = Moment
    write = staticmethod(write_moment)
    text_format = "date-time"
    widget = "datetime-local"
    cell_kind, cell_format, cell_width = MOMENT, MOMENT_FORMAT, 17
    example = "2026-02-03T09:30:00Z"

    def cell_reader(self, field, language, names):
        def read(cell):
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                day, minutes = read_cell_day(int(cell)), round(cell % 1 * 24 * 60)
                if day is not None:  # a serial number; its fraction is the time on the wall
                    return f"{write_date(day)} {minutes // 60 % 24}:{minutes % 60:02d}"
            text = self.said_in(cell)
            if not text or read_moment(text) is not None:
                return text or None
            day, _, clock = text.rpartition(" ")
            found = read_cell_day(day if ":" in clock else cell)
            return text if found is None else f"{write_date(found)} {clock if ':' in clock else '0:00'}"

        return read

    def group_parts(self, field):
        return ()

    def encoder(self, field):
        return lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def form_text(self, field, value, language):
        if value is None:
            return ""
        local = value.astimezone(ZONE).replace(tzinfo=None, microsecond=0)
        return local.isoformat(timespec="seconds" if local.second else "minutes")


class TimeType(DateType):
    name = "time"
    options = {k: v for k, v in DateType.options.items() if k != "workday"}
    rule = types.TIME
    column = sa.Time
    reads = TimeOfDay
    write = staticmethod(write_time)
    widget = "time"
    cell_kind, cell_format, cell_width = TIME, TIME_FORMAT, 8
    example = "14:30"

    def cell_reader(self, field, language, names):
        def read(cell):
            if isinstance(cell, float) and 0 <= cell < 1:  # a part of the day, as workbooks keep it
                minutes = round(cell * 24 * 60)
                return f"{minutes // 60 % 24}:{minutes % 60:02d}"
            return self.said_in(cell) or None

        return read

    def group_parts(self, field):
        return ()

    def encoder(self, field):
        return write_time

    def json_schema(self, field):
        return {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}

    def form_text(self, field, value, language):
        return "" if value is None else write_time(value)


FIELD_TYPES = [DateType(), DateTimeType(), TimeType()]
