"""Texts in quotes that stand where a date, a time or an id is meant: `due > "2026-09-01"`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from uuid import UUID

from engine.expression.problems import RuleProblem
from engine.expression.typed import Const
from engine.expression.types import DATE, DATETIME, ID, TIME, Type

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\Z", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?\Z", re.ASCII)
_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z", re.ASCII)


def read(const: Const, wanted: Type, offset: int) -> Const:
    """The text as the type that it faces; raises RuleProblem when it does not spell such a value."""
    readers = {"date": (read_date, DATE), "datetime": (_datetime, DATETIME), "time": (_time, TIME), "id": (_id, ID)}
    if wanted.name not in readers:
        return const
    reader, kind = readers[wanted.name]
    value = reader(const.value)
    if value is None:
        raise RuleProblem(f"rule.bad_{wanted.name}", {"text": const.value[:40]}, offset)
    return Const(kind, value)


def read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def _datetime(text: str) -> datetime | None:
    """A moment; without an offset it is UTC."""
    if not _DATETIME.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if _TIME.match(text) else None
    except ValueError:
        return None


def _id(text: str) -> UUID | None:
    return UUID(text) if _ID.match(text) else None
