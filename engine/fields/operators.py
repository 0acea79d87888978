"""Filter operators: a name for URLs and the API, an SQL clause, a sentence in kk, ru and en.

A filter never matches an empty value except by `empty` (decisions.md, 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.language.messages import N_, translate


@dataclass(frozen=True)
class Operator:
    name: str
    sentence: str
    """English, with `%(field)s` and `%(value)s`; translated when shown."""
    clause: Callable[[sa.ColumnElement, Sequence[Any]], sa.ColumnElement]
    values: int | None = 1
    """How many values it takes; None for one or more."""

    def say(self, field: str, value: str, language: str) -> str:
        return translate(self.sentence, language, {"field": field, "value": value})


def like(text: str) -> str:
    """`text` for LIKE with `\\` as escape: people type % and _ as plain characters."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


IS = Operator("is", N_("%(field)s: %(value)s"), lambda c, v: c == v[0])
IS_NOT = Operator("not", N_("%(field)s: not %(value)s"), lambda c, v: c != v[0])
IN = Operator("in", N_("%(field)s: one of %(value)s"), lambda c, v: c.in_(list(v)), None)
LESS = Operator("lt", N_("%(field)s: less than %(value)s"), lambda c, v: c < v[0])
AT_MOST = Operator("le", N_("%(field)s: at most %(value)s"), lambda c, v: c <= v[0])
MORE = Operator("gt", N_("%(field)s: more than %(value)s"), lambda c, v: c > v[0])
AT_LEAST = Operator("ge", N_("%(field)s: at least %(value)s"), lambda c, v: c >= v[0])
BEFORE = Operator("lt", N_("%(field)s: before %(value)s"), lambda c, v: c < v[0])
UNTIL = Operator("le", N_("%(field)s: until %(value)s"), lambda c, v: c <= v[0])
AFTER = Operator("gt", N_("%(field)s: after %(value)s"), lambda c, v: c > v[0])
SINCE = Operator("ge", N_("%(field)s: since %(value)s"), lambda c, v: c >= v[0])
BETWEEN = Operator("between", N_("%(field)s: from %(value)s"), lambda c, v: sa.and_(c >= v[0], c <= v[1]), 2)
CONTAINS = Operator("contains", N_("%(field)s: contains %(value)s"), lambda c, v: c.like(f"%{like(v[0])}%", escape="\\"))
STARTS = Operator("starts", N_("%(field)s: begins with %(value)s"), lambda c, v: c.like(f"{like(v[0])}%", escape="\\"))
EMPTY = Operator("empty", N_("%(field)s: empty: %(value)s"), lambda c, v: c.is_(None) if v[0] else c.is_not(None))

COMPARABLE = (IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST, BETWEEN, IN, EMPTY)
DATED = (BETWEEN, IS, BEFORE, UNTIL, AFTER, SINCE, EMPTY)
CHOSEN = (IS, IS_NOT, IN, EMPTY)
"""`empty` takes one yes/no value, whatever the type of the field."""
