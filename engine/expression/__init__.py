"""The rule language: parse, check, evaluate. Small, total, typed and pure; `docs/rules.md` is its manual.

    rule = compile_rule("sum(lines.amount) > 1000", scope, expect=BOOLEAN)
    rule.holds(Context(record={"lines": [{"amount": Decimal("1200.00")}]}))

The second reading, as SQL, is `engine.storage.rules`.
"""

from engine.expression import (  # noqa: F401
    functions_dates,
    functions_general,
    functions_lists,
    functions_numbers,
    functions_texts,
    functions_trees,
)
from engine.expression.calendar import Calendar
from engine.expression.functions import FUNCTIONS, Function, register
from engine.expression.parsing import parse
from engine.expression.problems import RuleProblem
from engine.expression.rule import Context, Rule, compile_rule
from engine.expression.syntax import Node
from engine.expression.types import (
    ACTOR,
    BOOLEAN,
    DATE,
    DATETIME,
    ID,
    INTEGER,
    NONE,
    TEXT,
    TIME,
    Names,
    Scope,
    Type,
    link,
    list_of,
    number,
    rows,
)

__all__ = [
    "ACTOR",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "FUNCTIONS",
    "ID",
    "INTEGER",
    "NONE",
    "TEXT",
    "TIME",
    "Calendar",
    "Context",
    "Function",
    "Names",
    "Node",
    "Rule",
    "RuleProblem",
    "Scope",
    "Type",
    "compile_rule",
    "link",
    "list_of",
    "number",
    "parse",
    "register",
    "rows",
]
