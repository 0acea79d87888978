"""A stretch of the calendar: day, week, month, quarter, year, school year or term. Two columns: its kind and start.

In YAML: `2026`, `2026-02`, `2026-Q1`, `2026-W05`, `2026/2027` (school year, from 1 September), `2026-02-03`, or kind
and start, `term 2026-11-09`. The start is moved to the beginning of the period; a term begins when the calendar says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from marshmallow import fields as mm

from engine.errors import Problem
from engine.fields import operators as op
from engine.fields.base import FieldType
from engine.fields.column_types import Code
from engine.language import LANGUAGES, N_, translate
from engine.language.formats import month_names, read_date, write_date
from engine.language.sheets import read_cell_day

KINDS = {
    "day": N_("day"), "week": N_("week"), "month": N_("month"), "quarter": N_("quarter"), "year": N_("year"),
    "school_year": N_("school year"), "term": N_("term"),
}
QUARTER, WEEK, TERM = N_("Q%(number)s %(year)s"), N_("week of %(date)s"), N_("term from %(date)s")
_SHORT = (
    ("year", re.compile(r"(\d{4})")), ("month", re.compile(r"(\d{4})-(\d{2})")),
    ("quarter", re.compile(r"(\d{4})-?[QqКк]([1-4])")), ("week", re.compile(r"(\d{4})-W(\d{2})")),
    ("school_year", re.compile(r"(\d{4})/(\d{4})")),
)
Period = dict[str, Any]


def beginning(kind: str, day: date) -> date:
    """The first day of the period of this kind that holds `day`."""
    if kind == "week":
        return day - timedelta(days=day.weekday())
    if kind == "month":
        return day.replace(day=1)
    if kind == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if kind == "year":
        return date(day.year, 1, 1)
    if kind == "school_year":
        return date(day.year if day.month >= 9 else day.year - 1, 9, 1)
    return day


_LONGER = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366, "school_year": 366}
"""Days after the first one in which the next period of the kind has begun for sure."""


def following(kind: str, start: date, steps: int = 1) -> date:
    """The first day of the period so many steps after the one that begins at `start`."""
    for _ in range(steps):
        start = beginning(kind, start + timedelta(days=_LONGER[kind]))
    for _ in range(-steps):
        start = beginning(kind, start - timedelta(days=1))
    return start


def read_period(text: str) -> Period | None:
    """The period that a text spells (see the module), or None."""
    text = text.strip()
    kind, _, rest = text.partition(" ")
    if kind in KINDS and rest:
        day = read_date(rest)
        return {"kind": kind, "start": beginning(kind, day)} if day else None
    for kind, form in _SHORT:
        found = form.fullmatch(text)
        if found:
            return _short(kind, [int(part) for part in found.groups()])
    day = read_date(text)
    return {"kind": "day", "start": day} if day else None


def _short(kind: str, parts: list[int]) -> Period | None:
    try:
        if kind == "week":
            return {"kind": kind, "start": date.fromisocalendar(parts[0], parts[1], 1)}
        if kind == "school_year":
            return {"kind": kind, "start": date(parts[0], 9, 1)} if parts[1] == parts[0] + 1 else None
        month = 1 if kind == "year" else parts[1] if kind == "month" else parts[1] * 3 - 2
        return {"kind": kind, "start": date(parts[0], month, 1)}
    except ValueError:
        return None


def write_period(period: Period, language: str) -> str:
    """`Ақпан 2026`, `2026/2027`, `week 02.02.2026`."""
    kind, start = period["kind"], period["start"]
    if kind == "day":
        return write_date(start)
    if kind == "month":
        return f"{month_names(language)[start.month - 1]}\u00a0{start.year}"
    if kind == "quarter":
        return translate(QUARTER, language, {"number": (start.month + 2) // 3, "year": start.year})
    if kind == "year":
        return str(start.year)
    if kind == "school_year":
        return f"{start.year}/{start.year + 1}"
    return translate(WEEK if kind == "week" else TERM, language, {"date": write_date(start)})


_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
_YEARS = re.compile(r"(\d{4})\s*[-–/]\s*(\d{4}|\d{2})\b.*")


def _said_period(text: str) -> Period | None:
    """A period in the words of people: a month by its name, a quarter, a school year, a week or term with its day."""
    words = " ".join(text.replace("\u00a0", " ").split()).casefold()
    if years := _YEARS.fullmatch(words):
        second = years[2] if len(years[2]) == 4 else years[1][:2] + years[2]
        return _short("school_year", [int(years[1]), int(second)])
    for language in LANGUAGES:
        for number, name in enumerate(month_names(language), 1):
            if (found := re.fullmatch(rf"{re.escape(name.casefold())} (\d{{4}})", words)) is not None:
                return _short("month", [int(found[1]), number])
        quarter = translate(QUARTER, language, {"number": "NUMBER", "year": "YEAR"}).replace("\u00a0", " ").casefold()
        pattern = re.escape(quarter).replace("number", r"(?P<number>[1-4])").replace("year", r"(?P<year>\d{4})")
        if found := re.fullmatch(pattern, words):
            return _short("quarter", [int(found["year"]), int(found["number"])])
    day = _DAY.search(words)
    start = read_date(day[0]) if day else None
    if start is not None:
        for kind, said in (("week", WEEK), ("term", TERM)):
            if words in {" ".join(translate(said, each, {"date": day[0]}).split()).casefold() for each in LANGUAGES}:
                return {"kind": kind, "start": beginning(kind, start)}
    return None


class PeriodValue(mm.Field):
    default_error_messages = {
        "invalid": N_("Choose the kind of period and its first day"),
        "kind": N_("This kind of period does not suit here"),
    }

    def __init__(self, kinds: tuple[str, ...], **kwargs):
        super().__init__(**kwargs)
        self.kinds = kinds

    def _deserialize(self, value, attr, data, **kwargs):
        period = None
        if isinstance(value, str) and len(value) <= 40:
            period = read_period(value)
        elif isinstance(value, Mapping) and set(value) == {"kind", "start"} and value["kind"] in KINDS:
            start = value["start"]
            day = start if isinstance(start, date) else read_date(start) if isinstance(start, str) else None
            period = {"kind": value["kind"], "start": beginning(value["kind"], day)} if day else None
        if period is None or period["start"].year < 1000:
            raise self.make_error("invalid")
        if period["kind"] not in self.kinds:
            raise self.make_error("kind")
        return period


class PeriodType(FieldType):
    name = "period"
    options = {
        "unit": {"type": "string", "enum": list(KINDS)},
        "min": {"type": "string", "x-literal": True},
        "max": {"type": "string", "x-literal": True},
    }
    operators = (op.IS, op.IS_NOT, op.IN, op.BEFORE, op.UNTIL, op.AFTER, op.SINCE, op.BETWEEN, op.EMPTY)

    def kinds(self, options) -> tuple[str, ...]:
        return (options["unit"],) if options.get("unit") else tuple(KINDS)

    def literal(self, options, text):
        period = read_period(text)
        if period is None or period["kind"] not in self.kinds(options):
            raise ValueError(text)
        return period

    # -- stretches of days ---------------------------------------------------------------------------------------

    def stretch_unit(self, field):
        unit = field.options.get("unit") or ""
        return unit if unit in _LONGER else ""  # only the calendar knows how long a term is

    def stretch(self, field, value):
        return value["start"], following(value["kind"], value["start"]) - timedelta(days=1)

    def stretch_of(self, field, day, steps=0):
        unit = self.stretch_unit(field)
        return {"kind": unit, "start": following(unit, beginning(unit, day), steps)}

    # -- storage -------------------------------------------------------------------------------------------------

    def columns(self, field):
        return [sa.Column(f"{field.key}_kind", Code(16)), sa.Column(f"{field.key}_start", sa.Date())]

    def to_columns(self, field, value, row=None):
        value = value or {}
        return {f"{field.key}_kind": value.get("kind"), f"{field.key}_start": value.get("start")}

    def from_columns(self, field, row):
        kind, start = row[f"{field.key}_kind"], row[f"{field.key}_start"]
        return None if kind is None or start is None else {"kind": kind, "start": start}

    def expression(self, field, table):
        return table.c[f"{field.key}_start"]

    def filter_text(self, field, value):
        return f"{value['kind']} {value['start'].isoformat()}"

    def group_parts(self, field):
        return ("",)

    def group_keys(self, field, table, part=""):
        return [table.c[f"{field.key}_start"], table.c[f"{field.key}_kind"]]

    def group_value(self, field, keys, part=""):
        return None if keys[1] is None else {"kind": keys[1], "start": keys[0]}

    def clause(self, field, table, operator, values):
        kind, start = table.c[f"{field.key}_kind"], table.c[f"{field.key}_start"]
        if operator == "not":
            return sa.or_(kind != values[0]["kind"], start != values[0]["start"])
        if operator in ("is", "in"):
            return sa.or_(*(sa.and_(kind == one["kind"], start == one["start"]) for one in values))
        # Before, after and between compare the first days, whatever the kinds.
        days = [one["start"] if isinstance(one, Mapping) else one for one in values]
        return self.operator(operator).clause(start, days)

    # -- doors ---------------------------------------------------------------------------------------------------

    def from_form(self, field, texts, language):
        """One text as in YAML, or two: kind and first day."""
        parts = [text.strip() for text in texts]
        unit = field.options.get("unit")
        if len(parts) < 2:
            text = parts[0] if parts else ""
            day = read_date(text)
            return {"kind": unit, "start": day.isoformat()} if unit and day else text or None
        kind, start = parts[-2:]
        if not start:
            return None
        day = read_date(start)
        return {"kind": kind or unit, "start": day.isoformat() if day else start}

    def cell_reader(self, field, language, names):
        """As `read_period`; also a day of the field's unit, and what `write_period` says in any language."""
        unit = field.options.get("unit")

        def from_cell(cell):
            text = self.said_in(cell)
            if not text:
                return None
            period = read_period(text) or _said_period(text)
            if period is None and (day := read_cell_day(cell)):
                period = {"kind": "day", "start": day}
            if period is None:
                return text
            if unit and period["kind"] == "day":
                period = {"kind": unit, "start": beginning(unit, period["start"])}
            return {"kind": period["kind"], "start": period["start"].isoformat()}

        return from_cell

    def schema(self, field):
        return PeriodValue(self.kinds(field.options))

    def problems(self, field, value, bounds):
        least, most = bounds.get("min"), bounds.get("max")
        if isinstance(least, Mapping) and value["start"] < least["start"]:
            yield Problem("date.too-early", N_("Enter %(min)s or later"), params={"min": write_date(least["start"])})
        if isinstance(most, Mapping) and value["start"] > most["start"]:
            yield Problem("date.too-late", N_("Enter %(max)s or earlier"), params={"max": write_date(most["start"])})

    def encoder(self, field):
        return lambda value: {"kind": value["kind"], "start": value["start"].isoformat()}

    def json_schema(self, field):
        return {
            "type": "object", "required": ["kind", "start"], "additionalProperties": False,
            "properties": {
                "kind": {"type": "string", "enum": list(self.kinds(field.options))},
                "start": {"type": "string", "format": "date"},
            },
        }

    # -- people --------------------------------------------------------------------------------------------------

    def formatter(self, field, language, names):
        key = field.key

        def cell(record):
            value = record.get(key)
            return write_period(value, language) if value else ""

        return cell

    def form_text(self, field, value, language):
        unit = field.options.get("unit") or ""
        return [value["kind"], value["start"].isoformat()] if value else [unit, ""]

    def widget_options(self, field, language, names):
        return {"choices": [(kind, translate(KINDS[kind], language)) for kind in self.kinds(field.options)]}

    def sample(self, field):
        least = field.options.get("min")
        if isinstance(least, Mapping):
            return {"kind": least["kind"], "start": least["start"].isoformat()}
        kind = self.kinds(field.options)[-3 if not field.options.get("unit") else 0]
        return {"kind": kind, "start": beginning(kind, date(2026, 2, 1)).isoformat()}


FIELD_TYPE = PeriodType()
