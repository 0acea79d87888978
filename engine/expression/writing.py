"""A tree of the rule language as text again: what `parse` would read as the same tree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.expression.syntax import Binary, Call, Comparison, Items, Literal, Logic, Node, Path, Unary

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _SIGN, _ATOM = range(8)


def write(node: Node) -> str:
    """The rule as one line of text."""
    return _write(node)[0]


def quoted(text: str) -> str:
    """A text as a literal of a rule."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def literal(value: Any) -> str:
    """A value as a literal of a rule: a number, a truth value, none or a text."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return quoted(str(value))


def _write(node: Node) -> tuple[str, int]:
    """The text and how closely its parts hold together."""
    match node:
        case Literal():
            return literal(node.value), _ATOM
        case Path():
            return str(node), _ATOM
        case Unary(operator="not"):
            return f"not {_within(node.operand, _NOT)}", _NOT
        case Unary():
            return f"-{_within(node.operand, _SIGN)}", _SIGN
        case Binary():
            level = _ADD if node.operator in "+-" else _MULTIPLY
            return f"{_within(node.left, level)} {node.operator} {_within(node.right, level + 1)}", level
        case Comparison():
            return f"{_within(node.left, _ADD)} {node.operator} {_within(node.right, _ADD)}", _COMPARE
        case Logic():
            # A chain within a chain keeps its brackets: it is a group of its own.
            level = _AND if node.operator == "and" else _OR
            return f" {node.operator} ".join(_within(part, _NOT) for part in node.parts), level
        case Items():
            return "[" + ", ".join(write(item) for item in node.items) + "]", _ATOM
        case Call():
            return f"{node.name}({', '.join(write(a) for a in node.arguments)})", _ATOM
    raise TypeError(f"no rule has a {type(node).__name__}")


def _within(node: Node, least: int) -> str:
    text, level = _write(node)
    return text if level >= least else f"({text})"
