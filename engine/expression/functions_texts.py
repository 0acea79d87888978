"""Texts. There is no text of no letters: what comes out without any is empty."""

from __future__ import annotations

from engine.expression import casefold, checking
from engine.expression.functions import Function, docs, register, require_count, require_type
from engine.expression.syntax import Call
from engine.expression.typed import Joined, Typed
from engine.expression.types import BOOLEAN, INTEGER, TEXT


def _check_concat(function: Function, checker: checking.Checker, call: Call) -> Typed:
    require_count(function, call, 1, None)
    parts = [checker.single(node) for node in call.arguments]
    for position, (part, node) in enumerate(zip(parts, call.arguments, strict=True), 1):
        require_type(function, part, "text", position, node)
    return Joined(TEXT, tuple(parts))


def _concat(*parts: str | None) -> str | None:
    return "".join(part for part in parts if part) or None


def _contains(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and part in text


def _starts_with(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and text.startswith(part)


register(
    Function(
        "length",
        "length(text)",
        len,
        docs("Мәтіндегі таңба саны.", "Сколько знаков в тексте.", "How many characters a text has."),
        "length",
        ("text",),
        INTEGER,
        bound=10**9,
    ),
    Function(
        "lower",
        "lower(text)",
        casefold.lower,
        docs("Кіші әріптермен.", "Строчными буквами.", "In small letters."),
        "lower",
        ("text",),
        TEXT,
    ),
    Function(
        "upper",
        "upper(text)",
        casefold.upper,
        docs("Бас әріптермен.", "Заглавными буквами.", "In capital letters."),
        "upper",
        ("text",),
        TEXT,
    ),
    Function(
        "trim",
        "trim(text)",
        casefold.trim,
        docs("Басы мен соңындағы бос орындарсыз.", "Без пробелов в начале и в конце.", "Without blanks at both ends."),
        "trim",
        ("text",),
        TEXT,
    ),
    Function(
        "concat",
        "concat(text, text, ...)",
        _concat,
        docs(
            "Мәтіндерді біріктіру; бос мәтіндер өткізіледі.",
            "Тексты подряд; пустые пропускаются.",
            "Texts one after another; empty ones are skipped.",
        ),
        "concat",
        strict=False,
        check=_check_concat,
    ),
    Function(
        "contains",
        "contains(text, part)",
        _contains,
        docs(
            "Мәтінде осындай бөлік бар ма (бас және кіші әріптер ажыратылады).",
            "Есть ли в тексте такая часть (регистр важен).",
            "Whether a text has such a part (capital letters matter).",
        ),
        "contains",
        ("text", "text"),
        BOOLEAN,
        strict=False,
    ),
    Function(
        "starts_with",
        "starts_with(text, part)",
        _starts_with,
        docs(
            "Мәтін осылай басталады ма (бас және кіші әріптер ажыратылады).",
            "Начинается ли текст так (регистр важен).",
            "Whether a text begins so (capital letters matter).",
        ),
        "starts_with",
        ("text", "text"),
        BOOLEAN,
        strict=False,
    ),
)
