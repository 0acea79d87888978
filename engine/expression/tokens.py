"""A look at the characters of a rule before Python's parser sees them.

It bounds the work (length, brackets, number of words), keeps everything but ASCII inside quotes, so that no lookalike
letter passes for another, and remembers how each number was typed, because Python's parser turns 0.1 into a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from engine.expression.problems import RuleProblem

MAX_LENGTH = 2_000
MAX_NODES = 200
MAX_DEPTH = 20
MAX_DIGITS = 18
# A node is seldom more than an operand, an operator and a pair of brackets; the exact count is taken on the tree.
MAX_WORDS = MAX_NODES * 4
MAX_BRACKETS = MAX_DEPTH * 2

_WORD = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<number>[0-9][0-9A-Za-z_.]*)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<operator>===|\*\*|//|==|!=|<=|>=|<>|:=|&&|\|\||<<|>>|->|[-+*/%<>()\[\],.=!@{}:;&|^~?$`\\])
""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_HINTS = {
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    "<>": "!=",
    "===": "==",
    "//": "floor(a / b)",
    "?": "iif(condition, a, b)",
    ":": "iif(condition, a, b)",
    "^": "a * a",
    "**": "a * a",
}
_KNOWN = frozenset("== != <= >= < > + - * / % ( ) [ ] , .".split())


@dataclass(frozen=True)
class Scan:
    """What the look found: the text for Python's parser, and each number by its offset."""

    text: str
    numbers: dict[int, int | Decimal]


def scan(text: str) -> Scan:
    """Bound and screen a rule; raises RuleProblem at the first thing that has no place in one."""
    if not isinstance(text, str):
        raise TypeError(f"a rule is text, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise RuleProblem("rule.too_long", {"limit": MAX_LENGTH}, MAX_LENGTH)
    if not text.strip():
        raise RuleProblem("rule.blank")
    numbers: dict[int, int | Decimal] = {}
    position = words = depth = prefixes = 0
    before = ("", "")
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            code = "rule.text_not_closed" if text[position] in "\"'" else "rule.character"
            raise RuleProblem(code, {"character": _shown(text[position])}, position)
        kind, word = match.lastgroup or "", match.group()
        if kind != "space":
            words += 1
            if words > MAX_WORDS:
                raise RuleProblem("rule.too_many_parts", {"limit": MAX_NODES}, position)
            depth += (word in ("(", "[")) - (word in (")", "]"))
            # `not not not x` and `---x` nest without brackets.
            prefixes = prefixes + 1 if word in ("-", "+", "not") else 0
            if depth > MAX_BRACKETS or prefixes > MAX_DEPTH:
                raise RuleProblem("rule.too_deep", {"limit": MAX_DEPTH}, position)
            if kind == "number":
                numbers[position] = _number(word, position)
            elif kind == "text":
                _check_text(word, position, touching=before[0] in ("name", "text"))
            elif kind == "name":
                if word.startswith("_"):
                    raise RuleProblem("rule.private_name", {"name": word}, position)
            elif word not in _KNOWN:
                _refuse_operator(word, position)
        before = (kind, word)
        position = match.end()
    return Scan(re.sub(r"[\t\r\n]", " ", text), numbers)


def _number(word: str, position: int) -> int | Decimal:
    if not _NUMBER.match(word):
        raise RuleProblem("rule.number_form", {"text": word}, position)
    if len(word.replace(".", "").lstrip("0")) > MAX_DIGITS or len(word) > MAX_DIGITS * 2:
        raise RuleProblem("rule.number_too_long", {"limit": MAX_DIGITS}, position)
    return Decimal(word) if "." in word else int(word)


def _check_text(word: str, position: int, touching: bool) -> None:
    if touching:
        raise RuleProblem("rule.text_prefix", {}, position)
    for escape in _ESCAPE.finditer(word):
        if escape.group(1) not in "\\\"'nt":
            raise RuleProblem("rule.text_escape", {}, position + escape.start())
    for index, character in enumerate(word):
        if (character < " " and character != "\t") or "\ud800" <= character <= "\udfff":
            raise RuleProblem("rule.character", {"character": _shown(character)}, position + index)


def _refuse_operator(word: str, position: int) -> None:
    if word in ("=", ":="):
        raise RuleProblem("rule.assignment", {}, position, hint="==")
    raise RuleProblem("rule.operator", {"operator": word}, position, hint=_HINTS.get(word))


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
