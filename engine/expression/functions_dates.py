"""Dates: days between, working days, parts, shifts, ages. All dates are proleptic Gregorian, years 1 to 9999."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from engine.expression import checking, literals
from engine.expression.functions import Function, check_plainly, docs, plain_arguments, register, require_count
from engine.expression.problems import RuleProblem
from engine.expression.syntax import Call, Literal
from engine.expression.typed import Const, Invoked, Moment, Typed
from engine.expression.types import DATE, INTEGER

if TYPE_CHECKING:
    from engine.expression.rule import Context

_DAYS_BOUND = 10**7
_LAST = date.max.toordinal()


def _days(start: date, end: date) -> int:
    return (end - start).days


def _workdays(context: Context, start: date, end: date) -> int | None:
    return context.working_calendar().workdays(start, end)


def _workday(context: Context, start: date, count: int) -> date | None:
    return context.working_calendar().workday(start, int(count))


def add_days(start: date, count: int) -> date | None:
    """The date `count` days later; None outside the years 1 to 9999."""
    ordinal = start.toordinal() + int(count)
    return start + timedelta(days=int(count)) if 1 <= ordinal <= _LAST else None


def add_months(start: date, count: int) -> date | None:
    """The same day `count` months later, or the last day of a shorter month; None outside the years 1 to 9999."""
    months = start.year * 12 + start.month - 1 + int(count)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def age(born: date, at: date) -> int:
    """Full years; someone born on 29 February has the birthday on 1 March in other years."""
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def _check_age(function: Function, checker: checking.Checker, call: Call) -> Typed:
    arguments = plain_arguments(function, checker, call)
    if len(arguments) == 1:
        arguments = (*arguments, Moment(DATE))
    return Invoked(INTEGER, function, arguments, bound=function.bound)


def _check_date(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 1)
    node = call.arguments[0]
    if isinstance(node, Literal) and isinstance(node.value, str):
        value = literals.read_date(node.value)
        if value is None:
            raise RuleProblem("rule.bad_date", {"text": node.value[:40]}, node.offset)
        return Const(DATE, value)
    return check_plainly(function, checker, call)


def _date(context: Context, moment: Any) -> date:
    return moment.astimezone(context.timezone).date()


def _part(name: str, kk: str, ru: str, en: str) -> Function:
    return Function(
        name,
        f"{name}(date)",
        lambda day: getattr(day, name),
        docs(kk, ru, en),
        name,
        ("date",),
        INTEGER,
        bound=_DAYS_BOUND,
    )


register(
    Function(
        "days",
        "days(from, to)",
        _days,
        docs(
            "Екі күннің арасындағы күн саны; екіншісі ерте болса, теріс.",
            "Сколько дней от первой даты до второй; если вторая раньше — меньше нуля.",
            "Whole days from the first date to the second; negative when the second is earlier.",
        ),
        "days",
        ("date", "date"),
        INTEGER,
        bound=_DAYS_BOUND,
    ),
    Function(
        "workdays",
        "workdays(from, to)",
        _workdays,
        docs(
            "Бірінші күннен кейінгі, екінші күнді қоса алғандағы жұмыс күндерінің саны; күнтізбеден тыс — бос.",
            "Рабочих дней после первой даты по вторую включительно; вне календаря пусто.",
            "Working days after the first date up to and including the second; empty outside the calendar.",
        ),
        "workdays",
        ("date", "date"),
        INTEGER,
        context=True,
        bound=_DAYS_BOUND,
    ),
    Function(
        "workday",
        "workday(date, count)",
        _workday,
        docs(
            "Күннен кейінгі n-ші жұмыс күні (теріс болса — дейінгі; 0 — сол күн немесе "
            "келесі жұмыс күні); күнтізбеден тыс — бос.",
            "n-й рабочий день после даты (меньше нуля — до неё; 0 — сама дата или следующий "
            "рабочий день); вне календаря пусто.",
            "The n-th working day after the date (before it when negative; 0: that day or "
            "the next working one); empty outside "
            "the calendar.",
        ),
        "workday",
        ("date", "integer"),
        DATE,
        context=True,
    ),
    _part("year", "Күннің жылы.", "Год даты.", "The year of a date."),
    _part("month", "Күннің айы, 1–12.", "Месяц даты, 1–12.", "The month of a date, 1 to 12."),
    _part("day", "Айдың күні, 1–31.", "День месяца, 1–31.", "The day of the month, 1 to 31."),
    Function(
        "weekday",
        "weekday(date)",
        date.isoweekday,
        docs(
            "Апта күні: дүйсенбі 1, жексенбі 7.",
            "День недели: понедельник 1, воскресенье 7.",
            "The day of the week: Monday 1, Sunday 7.",
        ),
        "weekday",
        ("date",),
        INTEGER,
        bound=_DAYS_BOUND,
    ),
    Function(
        "add_days",
        "add_days(date, count)",
        add_days,
        docs("Күнге күндер қосу.", "Дата через столько-то дней.", "The date so many days later."),
        "add_days",
        ("date", "integer"),
        DATE,
    ),
    Function(
        "add_months",
        "add_months(date, count)",
        add_months,
        docs(
            "Күнге айлар қосу; қысқа айда — соңғы күні.",
            "Дата через столько-то месяцев; в коротком месяце — последний день.",
            "The same day so many months later, or the last day of a shorter month.",
        ),
        "add_months",
        ("date", "integer"),
        DATE,
    ),
    Function(
        "date",
        'date("2026-09-01") or date(datetime)',
        _date,
        docs(
            "Жазылған күн немесе ұйымның уақыты бойынша сәттің күні.",
            "Записанная дата или дата момента по времени организации.",
            "A date as written, or the date of a moment where the organisation is.",
        ),
        "date",
        ("datetime",),
        DATE,
        context=True,
        check=_check_date,
    ),
    Function(
        "age",
        "age(born) or age(born, at)",
        age,
        docs(
            "Толық жасы: бүгін немесе берілген күні.",
            "Полных лет: сегодня или на указанную дату.",
            "Full years today, or at the given date.",
        ),
        "age",
        ("date", "date"),
        INTEGER,
        least=1,
        bound=_DAYS_BOUND,
        check=_check_age,
    ),
)
