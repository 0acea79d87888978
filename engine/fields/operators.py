"""Filter operators: a name for URLs and the API, an SQL clause, a sentence in kk, ru and en.

A filter never matches an empty value except by `empty` (decisions.md, 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from engine.language.messages import N_, translate

WRONG_COUNT = N_("Enter a value for this filter")


@dataclass(frozen=True)
class Operator:
    name: str
    sentence: str
    """English, with `%(field)s` and `%(value)s`; translated when shown."""
    clause: Callable[[sa.ColumnElement, Sequence[Any]], sa.ColumnElement]
    values: int | None = 1
    """How many values it takes; None for one or more."""
    takes: str = "value"
    """`value` of the field's type, `text` (a part of a text, whatever the type), or `yesno`."""
    joined: str = ", "
    """What stands between several values in the sentence."""
    otherwise: str = ""
    """The sentence of a `yesno` operator whose value is no."""
    rule: str = ""
    """The shape of the condition in the rule language, where it means the same: `field == value`, `field in values`."""
    rule_otherwise: str = ""
    """The shape of a `yesno` operator whose value is no."""

    def say(self, field: str, value: str | Sequence[str], language: str, values: Sequence[Any] = (True,)) -> str:
        """The sentence for a person; `value` is already formatted, `values` are the raw ones."""
        sentence = self.otherwise if self.otherwise and not values[0] else self.sentence
        said = value if isinstance(value, str) else self.joined.join(value)
        return translate(sentence, language, {"field": field, "value": said})


class position_in(GenericFunction):
    """Where a text stands in another one, letter for letter: LIKE ignores the case of ASCII on SQLite only."""

    type = sa.Integer()
    inherit_cache = True


@compiles(position_in)
def _instr(element, compiler, **kwargs):
    return f"instr({compiler.process(element.clauses, **kwargs)})"


@compiles(position_in, "postgresql")
def _strpos(element, compiler, **kwargs):
    return f"strpos({compiler.process(element.clauses, **kwargs)})"


def like(text: str) -> str:
    """`text` for LIKE with `\\` as escape: people type % and _ as plain characters."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def key_contains(column: sa.ColumnElement, key: str) -> sa.ColumnElement:
    """Substring of a folded key column; LIKE, because trigram indexes serve it."""
    return column.like(f"%{like(key)}%", escape="\\")


def key_starts(column: sa.ColumnElement, key: str) -> sa.ColumnElement:
    return column.like(f"{like(key)}%", escape="\\")


def _part(text: str) -> sa.ColumnElement:
    return sa.literal(text, sa.Text())


IS = Operator("is", N_("%(field)s: %(value)s"), lambda c, v: c == v[0], rule="field == value")
IS_NOT = Operator("not", N_("%(field)s: not %(value)s"), lambda c, v: c != v[0], rule="field != value")
IN = Operator("in", N_("%(field)s: one of %(value)s"), lambda c, v: c.in_(list(v)), None, rule="field in values")
LESS = Operator("lt", N_("%(field)s: less than %(value)s"), lambda c, v: c < v[0], rule="field < value")
AT_MOST = Operator("le", N_("%(field)s: at most %(value)s"), lambda c, v: c <= v[0], rule="field <= value")
MORE = Operator("gt", N_("%(field)s: more than %(value)s"), lambda c, v: c > v[0], rule="field > value")
AT_LEAST = Operator("ge", N_("%(field)s: at least %(value)s"), lambda c, v: c >= v[0], rule="field >= value")
BEFORE = Operator("lt", N_("%(field)s: before %(value)s"), lambda c, v: c < v[0], rule="field < value")
UNTIL = Operator("le", N_("%(field)s: until %(value)s"), lambda c, v: c <= v[0], rule="field <= value")
AFTER = Operator("gt", N_("%(field)s: after %(value)s"), lambda c, v: c > v[0], rule="field > value")
SINCE = Operator("ge", N_("%(field)s: since %(value)s"), lambda c, v: c >= v[0], rule="field >= value")
BETWEEN = Operator("between", N_("%(field)s: between %(value)s"), lambda c, v: sa.and_(c >= v[0], c <= v[1]), 2,
                   joined=" – ", rule="first <= field <= last")
CONTAINS = Operator("contains", N_("%(field)s: contains %(value)s"),
                    lambda c, v: position_in(c, _part(v[0])) > 0, takes="text")
STARTS = Operator("starts", N_("%(field)s: begins with %(value)s"),
                  lambda c, v: position_in(c, _part(v[0])) == 1, takes="text")
EMPTY = Operator("empty", N_("%(field)s: empty"), lambda c, v: c.is_(None) if v[0] else c.is_not(None),
                 takes="yesno", otherwise=N_("%(field)s: filled in"), rule="empty(field)",
                 rule_otherwise="not empty(field)")

COMPARABLE = (IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST, BETWEEN, IN, EMPTY)
DATED = (BETWEEN, IS, BEFORE, UNTIL, AFTER, SINCE, EMPTY)
CHOSEN = (IS, IS_NOT, IN, EMPTY)
"""`empty` takes one yes/no value, whatever the type of the field."""
