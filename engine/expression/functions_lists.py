"""`matches`: a filter of a field's own kind, for conditions of lists.

How a text is compared without regard to case, or a period with a period, is known to the field's type and written as
SQL there. So this function is known only where a list is asked: its scope says what may be filtered (`filter`).
"""

from __future__ import annotations

from typing import Any

from engine.expression.checking import Checker
from engine.expression.functions import Function, docs, register, require_count
from engine.expression.problems import RuleProblem
from engine.expression.syntax import Call, Literal, Node, Path
from engine.expression.typed import Matched, Step, Typed
from engine.expression.types import BOOLEAN, Scope


def _check(function: Function, checker: Checker, call: Call) -> Typed:
    require_count(function, call, 3, None)
    path, operator, *values = call.arguments
    if not isinstance(path, Path):
        raise RuleProblem("rule.field_expected", {"name": function.name}, path.offset)
    texts = [_text(function, node, n) for n, node in enumerate(values, 3)]
    level, steps, scope = _way(function, checker, path)
    found = scope.filter(path.names[-1], _text(function, operator, 2), texts)  # type: ignore[attr-defined]
    if found is None:
        raise RuleProblem("rule.unknown_name", {"name": str(path)}, path.offset)
    operator_name, read = found
    prefix = checker.naming.frames[level].prefix
    return Matched(BOOLEAN, level, steps, path.names[-1], operator_name, tuple(read), prefix)


def _text(function: Function, node: Node, position: int) -> str:
    """A value as a filter of a URL would hold it."""
    value: Any = node.value if isinstance(node, Literal) else None
    if value is None:
        raise RuleProblem("rule.argument_literal", {"name": function.name, "position": position}, node.offset)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _way(function: Function, checker: Checker, path: Path) -> tuple[int, tuple[Step, ...], Scope]:
    """Where the last name of the path lives: the frame, the steps from there, the scope."""
    frames = checker.naming.frames
    if not all(hasattr(frame.scope, "filter") for frame in frames):
        raise RuleProblem("rule.only_in_lists", {"name": function.name}, path.offset)
    first = path.names[0]
    known = [level for level, frame in enumerate(frames) if frame.scope.knows(first)]  # type: ignore[attr-defined]
    if not known:
        raise RuleProblem("rule.unknown_name", {"name": first}, path.offset)
    if len(known) > 1:
        places = ", ".join(frames[level].scope.address for level in known)
        raise RuleProblem("rule.shadowing", {"name": first, "places": places}, path.offset)
    scope, steps = frames[known[0]].scope, []
    for name in path.names[:-1]:
        kind = scope.resolve(name)
        if kind is None or kind.name not in ("id", "rows") or kind.target is None:
            code = "rule.unknown_name" if kind is None else "rule.not_a_link"
            raise RuleProblem(code, {"name": name, "attribute": path.names[-1]}, path.offset)
        steps.append(Step(name, kind.name == "rows"))
        scope = kind.target
    return known[0], tuple(steps), scope


def _never(*_: Any) -> Any:
    raise RuleProblem("rule.only_in_lists", {"name": "matches"})


register(
    Function(
        "matches",
        'matches(field, "operator", value, ...)',
        _never,
        docs(
            "Тізім сүзгісінің шарты: өріс өз түріне сай салыстырылады (мәтінде бас және кіші әріптер ажыратылмайды).",
            "Условие фильтра списка: поле сравнивается по правилам своего типа (текст — без учёта регистра).",
            "A filter of a list: the field is compared as its type does (texts without regard to case).",
        ),
        check=_check,
    )
)
