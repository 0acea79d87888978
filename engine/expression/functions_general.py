"""`iif`, `empty`, `coalesce`, and the functions over rows: `sum count avg min max any all`."""

from __future__ import annotations

from typing import Any

from engine.expression import checking
from engine.expression.functions import Function, docs, register, require_count
from engine.expression.naming import RowsPath
from engine.expression.problems import RuleProblem
from engine.expression.syntax import Call, Items, Path
from engine.expression.typed import DIVISION_PLACES, ROWS_BOUND, Aggregate, Compared, Const, Invoked, Typed
from engine.expression.types import BOOLEAN, INTEGER, number

_COMPARABLE = ("number", "text", "date", "datetime", "time")


def _check_iif(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 3, 3)
    condition = checker.condition(call.arguments[0])
    branches = checker.unified("iif", [checker.single(node) for node in call.arguments[1:]], call)
    return _one_of(function, branches, (condition, *branches))


def _one_of(function: Function, values: tuple[Typed, ...], arguments: tuple[Typed, ...]) -> Typed:
    kind = checking.common_type(values)
    bound = max(
        (checking.rescaled(value, kind.places or 0) for value in values if value.type.name == "number"), default=0
    )
    return Invoked(kind, function, arguments, bound=bound)


def _check_empty(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 1)
    node = call.arguments[0]
    if isinstance(node, Path) and (rows := checker.naming.rows(node)) is not None and not rows.rest:
        return Compared(BOOLEAN, "==", _aggregate("count", checker, rows, None), Const(INTEGER, 0))
    return Invoked(BOOLEAN, function, (checker.check(node),))


def _check_coalesce(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 2, None)
    values = checker.unified("coalesce", [checker.single(node) for node in call.arguments], call)
    return _one_of(function, values, values)


# -- over rows -----------------------------------------------------------------------------------------------------


def _aggregate(name: str, checker: checking.Checker, rows: RowsPath, item: Typed | None) -> Typed:
    prefix = checker.naming.frames[rows.level].prefix
    kind, bound = INTEGER, ROWS_BOUND
    if name in ("any", "all"):
        kind, bound = BOOLEAN, 0
    elif name in ("sum", "min", "max") and item is not None:
        kind, bound = item.type, item.bound * (ROWS_BOUND if name == "sum" else 1)
    elif name == "avg" and item is not None:
        kind, bound = number(DIVISION_PLACES), checking.rescaled(item, DIVISION_PLACES) + 1
    return Aggregate(kind, name, rows.level, rows.names, prefix, item, bound=bound)


def _check_rows(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, 2)
    node = call.arguments[0]
    rows = checker.naming.rows(node) if isinstance(node, Path) else None
    if rows is None:
        if function.name == "count" and len(call.arguments) == 1:
            listed = checker.check(node)
            if listed.type.name == "list":
                return Invoked(INTEGER, function, (listed,), bound=ROWS_BOUND)
        raise RuleProblem("rule.rows_expected", {"name": function.name}, node.offset)
    inner = checker.inside(checker.naming.inside(rows))
    if rows.rest:
        require_count(function, call, 1, 1)
        innermost = len(inner.naming.frames) - 1
        first = rows.scopes[-1].resolve(rows.rest[0])
        if first is None:
            raise RuleProblem("rule.unknown_name", {"name": str(node)}, node.offset)
        item: Typed | None = inner.naming.follow(innermost, first, rows.rest, node.offset)
        written = node
    elif len(call.arguments) == 2:
        written = call.arguments[1]
        item = inner.condition(written) if function.name in ("any", "all", "count") else inner.single(written)
    elif function.name == "count":
        item, written = None, node
    else:
        raise RuleProblem("rule.argument_count", {"name": function.name, "signature": function.signature}, call.offset)
    if item is not None:
        _require_item(function, item, written, counted=bool(rows.rest))
    return _aggregate("present" if function.name == "count" and rows.rest else function.name, checker, rows, item)


def _require_item(function: Function, item: Typed, node: Any, counted: bool) -> None:
    allowed = {
        "sum": ("number",),
        "avg": ("number",),
        "any": ("boolean",),
        "all": ("boolean",),
        "min": _COMPARABLE,
        "max": _COMPARABLE,
        "count": (*_COMPARABLE, "boolean", "id") if counted else ("boolean",),
    }[function.name]
    if item.type.name not in (*allowed, *(("none",) if function.name in ("any", "all", "count") else ())):
        raise RuleProblem(
            "rule.argument_type",
            {"name": function.name, "position": 1, "type": item.type, "expected": " / ".join(allowed)},
            node.offset,
        )


def _check_extreme(function: Function, checker: checking.Checker, call: Call) -> Typed:
    """`min` and `max`: over rows when the first argument is rows, else over the arguments."""
    require_count(function, call, 1, None)
    first = call.arguments[0]
    if (
        isinstance(first, Items)
        or len(call.arguments) == 1
        or (isinstance(first, Path) and checker.naming.rows(first) is not None)
    ):
        return _check_rows(function, checker, call)
    values = checker.unified(function.name, [checker.single(node) for node in call.arguments], call)
    kind = checking.common_type(values)
    if kind.name not in (*_COMPARABLE, "none"):
        raise RuleProblem("rule.compare_order", {"type": kind}, call.offset)
    return _one_of(function, values, values)


# -- values --------------------------------------------------------------------------------------------------------


def _iif(condition: Any, yes: Any, no: Any) -> Any:
    return yes if condition else no


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == ()


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _least(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


def _greatest(*values: Any) -> Any:
    return max((value for value in values if value is not None), default=None)


def _count(values: Any) -> int:
    return 0 if values is None else len(values)


def _over_rows(*_: Any) -> Any:
    raise TypeError("this function is computed over rows, not called")


register(
    Function(
        "iif",
        "iif(condition, value, otherwise)",
        _iif,
        docs(
            "Шарт орындалса бірінші мән, әйтпесе екінші.",
            "Первое значение, если условие верно, иначе второе.",
            "The first value when the condition holds, else the second.",
        ),
        "iif",
        strict=False,
        check=_check_iif,
    ),
    Function(
        "empty",
        "empty(value)",
        _empty,
        docs(
            "Мән толтырылмаған ба; жолдар мен тізімдер үшін — біреуі де жоқ па.",
            "Не заполнено ли значение; для строк и списков — нет ли ни одного.",
            "Whether nothing is filled in; for rows and lists whether there is none.",
        ),
        "empty",
        strict=False,
        check=_check_empty,
    ),
    Function(
        "coalesce",
        "coalesce(value, value, ...)",
        _coalesce,
        docs("Бірінші толтырылған мән.", "Первое заполненное значение.", "The first value that is filled in."),
        "coalesce",
        strict=False,
        check=_check_coalesce,
    ),
    Function(
        "sum",
        "sum(rows.field) or sum(rows, expression)",
        _over_rows,
        docs(
            "Жолдардың қосындысы; бос мәндер есепке кірмейді, жол болмаса 0.",
            "Сумма по строкам; пустые не считаются, без строк 0.",
            "The sum over rows; empty ones do not count, no rows give 0.",
        ),
        "sum",
        check=_check_rows,
    ),
    Function(
        "count",
        "count(rows), count(rows, condition), count(rows.field) or count(list)",
        _count,
        docs(
            "Жолдардың саны, шартқа сай жолдардың саны, өрісі толтырылған жолдардың саны немесе тізімдегі мәндер саны.",
            "Сколько строк; сколько из них подходит под условие; у скольких заполнено поле; сколько значений в списке.",
            "How many rows there are, fulfil the condition, or have the field filled in; how many values a list holds.",
        ),
        "count",
        strict=False,
        check=_check_rows,
    ),
    Function(
        "avg",
        "avg(rows.field) or avg(rows, expression)",
        _over_rows,
        docs(
            "Жолдардың орташа мәні, үтірден кейін 10 таңба; бос мәндер есепке кірмейді, жол болмаса бос.",
            "Среднее по строкам, 10 знаков после запятой; пустые не считаются, без строк пусто.",
            "The average over rows at 10 places; empty ones do not count, no rows give nothing.",
        ),
        "avg",
        check=_check_rows,
    ),
    Function(
        "min",
        "min(value, value, ...), min(rows.field) or min(rows, expression)",
        _least,
        docs(
            "Ең кіші мән; бос мәндер есепке кірмейді.",
            "Наименьшее значение; пустые не считаются.",
            "The least value; empty ones do not count.",
        ),
        "least",
        strict=False,
        check=_check_extreme,
    ),
    Function(
        "max",
        "max(value, value, ...), max(rows.field) or max(rows, expression)",
        _greatest,
        docs(
            "Ең үлкен мән; бос мәндер есепке кірмейді.",
            "Наибольшее значение; пустые не считаются.",
            "The greatest value; empty ones do not count.",
        ),
        "greatest",
        strict=False,
        check=_check_extreme,
    ),
    Function(
        "any",
        "any(rows, condition) or any(rows.field)",
        _over_rows,
        docs(
            "Кемінде бір жол шартқа сай ма.",
            "Подходит ли под условие хотя бы одна строка.",
            "Whether at least one row fulfils the condition.",
        ),
        "any",
        check=_check_rows,
    ),
    Function(
        "all",
        "all(rows, condition) or all(rows.field)",
        _over_rows,
        docs(
            "Барлық жол шартқа сай ма; жол болмаса — иә.",
            "Подходят ли под условие все строки; без строк — да.",
            "Whether every row fulfils the condition; with no rows it holds.",
        ),
        "all",
        check=_check_rows,
    ),
)
