"""JSON from strangers, read in bounded time and memory.

What the ordinary parser lets through is refused here with a place and a reason: nesting that would exhaust the
stack, a key given twice (the last would win silently), NaN, integers that no database column holds, characters
that no database text holds. Fractions stay
`Fraction` marks, so that the door can say where exactly they are not wanted.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from engine.errors import BadRequest, Problem
from engine.language import N_

DEPTH = 32
"""Deepest nesting of arrays and objects; records with rows within rows need 6."""
PARTS = 200_000
"""Most arrays, objects and strings in one body."""
LARGEST = 2**63 - 1

# A string (ended or not: `*+` never looks back, so the scan is linear) or one bracket.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{\]}]', re.DOTALL)
_OPENING = (b"[", b"{")
# NUL cannot be kept by PostgreSQL; a lone surrogate is no character at all.
_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")


class Fraction(float):
    """A JSON number with a point or an exponent. Equal to the float, but known to have been written as one."""


class _Refused(ValueError):
    """Carries a `Problem` through the parser's callbacks."""

    def __init__(self, problem: Problem):
        super().__init__(problem.code)
        self.problem = problem


def read_json(body: bytes) -> Any:
    """The value that `body` spells; BadRequest with one problem when it is not JSON that we accept."""
    try:
        check_shape(body)
        text = body.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction,
                           parse_constant=_constant)
        if "\\u" in text or "\x00" in text:
            check_characters(value)
        return value
    except _Refused as refused:
        raise BadRequest([refused.problem]) from None
    except UnicodeDecodeError:
        raise BadRequest([Problem("json.encoding", N_("The body is not UTF-8 text"))]) from None
    except json.JSONDecodeError as error:
        raise BadRequest([Problem(
            "json.syntax", N_("The body is not JSON: line %(line)s, column %(column)s"),
            params={"line": error.lineno, "column": error.colno})]) from None


def check_shape(body: bytes, depth: int = DEPTH, parts: int = PARTS) -> None:
    """Count brackets outside strings before anything is parsed; raises beyond `depth` levels or `parts` parts."""
    level = 0
    for seen, found in enumerate(_TOKEN.finditer(body), 1):
        token = found.group()
        if seen > parts:
            raise _Refused(Problem("json.too-many", N_("The body has more than %(parts)s parts"),
                                   params={"parts": parts}, hint=N_("Send it in several requests")))
        if token in _OPENING:
            level += 1
            if level > depth:
                raise _Refused(Problem("json.too-deep", N_("The body is nested deeper than %(depth)s levels"),
                                       params={"depth": depth}))
        elif token[:1] != b'"':
            level -= 1


def check_characters(value: Any) -> None:
    """Raise for a NUL or half a surrogate pair in any text or key of `value`."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            check_text(item)
        elif isinstance(item, dict):
            waiting += item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def check_text(text: str) -> None:
    """Raise when `text` holds a character that cannot be kept."""
    if _IMPOSSIBLE.search(text):
        raise _Refused(Problem("json.character", N_("The text holds a character that cannot be kept"),
                               hint=N_("Remove the NUL characters and the halves of surrogate pairs")))


def text_is_kept(text: str) -> bool:
    """False when `text` (of a query parameter, say) holds a character that no database keeps."""
    return not _IMPOSSIBLE.search(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(Problem("json.duplicate", N_("The key “%(key)s” is given twice in one object"),
                               params={"key": twice[:100]}))
    return made


def _integer(text: str) -> int:
    if len(text) > 20 or not -LARGEST - 1 <= (number := int(text)) <= LARGEST:
        raise _Refused(Problem("json.integer", N_("The number %(number)s does not fit into 64 bits"),
                               params={"number": text[:24] + "…" * (len(text) > 24)}))
    return number


def _fraction(text: str) -> Fraction:
    number = Fraction(text)
    if not math.isfinite(number):
        raise _Refused(Problem("json.number", N_("The number %(number)s is too large"), params={"number": text[:24]}))
    return number


def _constant(text: str) -> None:
    raise _Refused(Problem("json.number", N_("%(number)s is not a number in JSON"), params={"number": text}))
