"""The list as a calendar: records on the days of one of their fields, over several where they say when they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.language import N_
from engine.web.kinds.base import Kind
from engine.web.kinds.cards import CARDS, FIELD, compile_cards

DAYS = ("date", "date-time")
OPEN = ("date",)
"""Built-in fields by which people look for records."""


def is_day(field: Any) -> bool:
    """True for a field that holds a day or a moment."""
    return field.kind.json_schema(field).get("format") in DAYS


class CalendarKind(Kind):
    name = "calendar"
    icon = "calendar-month"
    title = N_("Calendar")
    by = True
    always = True
    turns = False
    options = {
        "ends": {"type": "string", "pattern": FIELD, "description": "The day on which a record of the calendar ends"},
        "cards": CARDS,
    }

    def suits(self, entity, by):
        if by is None or by.is_many or by.encrypted or by.kind.virtual or (by.builtin and by.key not in OPEN):
            return False
        return is_day(by) or bool(by.kind.stretch_unit(by))

    def compile(self, written: Mapping[str, Any], field: Any, problem: Any) -> Mapping[str, Any]:
        kept = dict(compile_cards(written, field, problem))
        if "ends" in written:
            ends = field(written["ends"], "ends")
            if ends is not None and (not is_day(ends) or ends.is_many):
                problem("registry.by-field", "ends", name=written["ends"], kind=self.name)
            kept["ends"] = written["ends"]
        return kept

    def draw(self, asked: Any) -> dict[str, Any]:
        from engine.web.kinds.calendar.drawing import draw

        return draw(asked)


KIND = CalendarKind()
