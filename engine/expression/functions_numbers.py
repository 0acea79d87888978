"""`round`, `floor`, `ceil`, `abs` and `text`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engine.expression import checking, exact
from engine.expression.functions import Function, docs, register, require_count, require_type, written_integer
from engine.expression.problems import RuleProblem
from engine.expression.syntax import Call
from engine.expression.typed import Invoked, Typed
from engine.expression.types import INTEGER, TEXT, number

MAX_ROUND_PLACES = 18


def _argument(function: Function, checker: checking.Checker, call: Call) -> Typed:
    value = checker.single(call.arguments[0])
    require_type(function, value, "number", 1, call.arguments[0])
    return value


def _check_round(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 2)
    value = _argument(function, checker, call)
    places = 0 if len(call.arguments) == 1 else written_integer(function, call, 1, -MAX_ROUND_PLACES, MAX_ROUND_PLACES)
    kept = max(places, 0)
    bound = checking.rescaled(value, kept) + 10 ** max(-places, 0)
    return Invoked(number(kept), function, (value,), (places,), bound=bound)


def _check_whole(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 1)
    value = _argument(function, checker, call)
    return Invoked(INTEGER, function, (value,), bound=checking.rescaled(value, 0) + 1)


def _check_abs(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 1)
    value = _argument(function, checker, call)
    return Invoked(value.type, function, (value,), bound=value.bound)


def _check_text(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 1)
    value = checker.single(call.arguments[0])
    if value.type.name not in ("number", "text", "date", "none"):
        raise RuleProblem(
            "rule.argument_type",
            {"name": "text", "position": 1, "expected": "number / date / text", "type": value.type},
            call.arguments[0].offset,
        )
    return Invoked(TEXT, function, (value,), (value.places,))


def _text(value: Any, places: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return exact.as_text(value, places)


register(
    Function(
        "round",
        "round(number) or round(number, places)",
        exact.round_half_up,
        docs(
            "Дөңгелектеу: жартысы нөлден әрі қарай (2.5 → 3, -2.5 → -3); орын саны теріс бола алады.",
            "Округление: половина от нуля (2.5 → 3, -2.5 → -3); число знаков может быть отрицательным.",
            "Rounds, half away from zero (2.5 gives 3, -2.5 gives -3); places may be negative.",
        ),
        "round",
        check=_check_round,
    ),
    Function(
        "floor",
        "floor(number)",
        exact.floor,
        docs("Бүтін санға дейін төмен.", "Вниз до целого.", "Down to a whole number."),
        "floor",
        check=_check_whole,
    ),
    Function(
        "ceil",
        "ceil(number)",
        exact.ceil,
        docs("Бүтін санға дейін жоғары.", "Вверх до целого.", "Up to a whole number."),
        "ceil",
        check=_check_whole,
    ),
    Function(
        "abs",
        "abs(number)",
        abs,
        docs("Таңбасыз сан.", "Число без знака.", "The number without its sign."),
        "abs",
        check=_check_abs,
    ),
    Function(
        "text",
        "text(number or date)",
        _text,
        docs(
            "Сан немесе күн мәтін түрінде: 5.50, 2026-09-01.",
            "Число или дата как текст: 5.50, 2026-09-01.",
            "A number or a date as text: 5.50, 2026-09-01.",
        ),
        "text",
        check=_check_text,
    ),
)
