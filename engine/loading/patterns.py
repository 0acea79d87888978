"""Patterns that methodists write: are they regular expressions, and do they take linear time?

Python's `re` goes back and forth over nested repetitions, so that `(a+)+b` takes hours on thirty letters. A pattern
of a field sees what strangers type; hence repetition within repetition and references back are refused here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}


@lru_cache(maxsize=2_000)
def pattern_fault(text: str) -> str | None:
    """The code of what is wrong with a pattern, or None."""
    try:
        re.compile(text)
        tree = _parser.parse(text)
    except (re.error, RecursionError, OverflowError):
        return "pattern.syntax"
    return "pattern.slow" if _slow(tree, inside=False) else None


def _slow(tree: Any, inside: bool) -> bool:
    for code, argument in tree:
        if code in (op.GROUPREF, op.GROUPREF_EXISTS):
            return True
        if code in _REPEATS:
            low, high, part = argument
            repeats = high > 1
            if inside and (repeats or low != high):
                return True
            if _slow(part, inside or (repeats and high > low)):
                return True
        elif code is op.BRANCH:
            if any(_slow(branch, inside) for branch in argument[1]):
                return True
        elif code in (op.SUBPATTERN, op.ASSERT, op.ASSERT_NOT) and _slow(argument[-1], inside):
            return True
    return False
