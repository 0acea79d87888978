"""The registry of the functions of the rule language, and what it takes to be one.

A plug-in adds its own with `register`; its SQL reading goes into `engine.storage.rules.functions.SQL` under the name
that `sql` gives. A function without an SQL reading works in forms and checks, and is refused in queries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.expression.problems import RuleProblem
from engine.expression.syntax import Call, Literal, Node, Unary
from engine.expression.typed import FIELD_BOUND, Const, Invoked, Typed
from engine.expression.types import NONE, Type

if TYPE_CHECKING:
    from engine.expression.checking import Checker


def check_plainly(function: Function, checker: Checker, call: Call) -> Typed:
    """Arguments by `function.params`, result by `function.result`."""
    arguments = plain_arguments(function, checker, call)
    return Invoked(function.result, function, arguments, bound=function.bound)


@dataclass(frozen=True)
class Function:
    """A function of the rule language.

    `params`: the type of each argument; "integer" is a number without places. `least`: how many must be given (None:
    all). `python` gets plain values; unless `strict` is off it is never called with an empty one: an empty argument
    makes the result empty. With `context` it gets the Context first. `bound`: the greatest magnitude of a number
    that it returns, in units of the last place of `result`.
    """

    name: str
    signature: str
    python: Callable[..., Any]
    doc: Mapping[str, str]
    sql: str = ""
    params: tuple[str, ...] = ()
    result: Type = NONE
    least: int | None = None
    strict: bool = True
    context: bool = False
    bound: int = FIELD_BOUND
    check: Callable[[Function, Checker, Call], Typed] = field(default=check_plainly)


FUNCTIONS: dict[str, Function] = {}


def register(*functions: Function) -> None:
    """Add functions; raises ValueError when a name is taken or a language of the doc is missing."""
    for function in functions:
        if function.name in FUNCTIONS:
            raise ValueError(f"the function {function.name} is already there")
        missing = {"kk", "ru", "en"} - set(function.doc)
        if missing:
            raise ValueError(f"the function {function.name} lacks its doc in {', '.join(sorted(missing))}")
        FUNCTIONS[function.name] = function


def plain_arguments(function: Function, checker: Checker, call: Call) -> tuple[Typed, ...]:
    """The arguments of a call, each of the type that `params` asks for."""
    require_count(
        function, call, function.least if function.least is not None else len(function.params), len(function.params)
    )
    typed = []
    for position, (node, wanted) in enumerate(zip(call.arguments, function.params, strict=False), 1):
        value = checker.single(node)
        if isinstance(value, Const) and value.type.name == "text" and value.value is not None and wanted != "text":
            from engine.expression import literals

            value = literals.read(value, Type("number" if wanted == "integer" else wanted), node.offset)
        require_type(function, value, wanted, position, node)
        typed.append(value)
    return tuple(typed)


def require_count(function: Function, call: Call, least: int, most: int | None) -> None:
    count = len(call.arguments)
    if count < least or (most is not None and count > most):
        raise RuleProblem("rule.argument_count", {"name": function.name, "signature": function.signature}, call.offset)


def require_type(function: Function, value: Typed, wanted: str, position: int, node: Node) -> None:
    name = value.type.name
    right = name == "none" or name == wanted or (wanted == "integer" and name == "number" and value.places == 0)
    if not right:
        hint = "date(a)" if (wanted, name) == ("date", "datetime") else None
        hint = "round(a)" if (wanted, name) == ("integer", "number") else hint
        raise RuleProblem(
            "rule.argument_type",
            {"name": function.name, "position": position, "expected": wanted, "type": value.type},
            node.offset,
            hint=hint,
        )


def written_integer(function: Function, call: Call, position: int, least: int, most: int) -> int:
    """A whole number that must stand in the rule as typed, because types depend on it."""
    node = call.arguments[position]
    sign = 1
    if isinstance(node, Unary) and node.operator == "-":
        node, sign = node.operand, -1
    value = node.value if isinstance(node, Literal) else None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= sign * value <= most:
        raise RuleProblem(
            "rule.argument_literal", {"name": function.name, "position": position + 1}, call.arguments[position].offset
        )
    return sign * value


def docs(kk: str, ru: str, en: str) -> dict[str, str]:
    return {"kk": kk, "ru": ru, "en": en}
