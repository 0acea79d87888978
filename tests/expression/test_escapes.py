"""Hostile rules: each is refused with a code, in bounded time, and nothing of Python is reached."""

from __future__ import annotations

import time

import pytest

from engine.expression import RuleProblem, parse
from engine.expression.tokens import MAX_DEPTH, MAX_LENGTH
from tests.expression.office import rule

HOSTILE = [
    # ways to Python's insides
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "__import__('os').system('id')",
    "note.__class__",
    "note.__class__.__mro__",
    "supplier.__dict__",
    "actor.__class__",
    "__builtins__",
    "_note",
    "supplier._id",
    "lines.__len__()",
    "getattr(note, 'x')",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "compile('1', '', 'eval')",
    "globals()",
    "vars()",
    "type(note)",
    "print(1)",
    "iif.__globals__",
    "sum.__self__",
    "(lambda: 1)()",
    "lambda: 1",
    "lambda x: x",
    "[x for x in lines]",
    "{x for x in lines}",
    "{1: 2}",
    "{1}",
    "(x for x in lines)",
    "f'{note}'",
    'f"{().__class__}"',
    "b'abc'",
    "u'abc'",
    "r'abc'",
    "'a' 'b'.join(note)",
    "note.upper()",
    "note.format(note)",
    "'{0.__class__}'.format(note)",
    "'a'.join(tags)",
    "lines[0]",
    "note[0]",
    "note[::-1]",
    "tags[0]",
    "(yield)",
    "await note",
    "yield 1",
    "print >> 1",
    # not expressions
    "total = 5",
    "total := 5",
    "(total := 5)",
    "import os",
    "del note",
    "note; total",
    "note\n\ntotal",
    "return 1",
    "assert note",
    "while true: 1",
    "pass",
    "raise note",
    "# note",
    "total # 1",
    "note if paid else note",
    "*lines",
    "**lines",
    "sum(*lines)",
    "sum(**lines)",
    "round(total, places=2)",
    "round(x=total)",
    # work without end
    "9**9**9**9",
    "2**1000000",
    "9 ** 9",
    "10 // 3",
    "1 << 1000000",
    "~1",
    "1 ^ 2",
    "1 | 2",
    "1 & 2",
    "1 @ 2",
    "1e999",
    "1e5",
    "0xff",
    "0b1",
    "0o7",
    "1_000",
    "1j",
    "12.",
    ".5",
    "1.2.3",
    "9" * 19,
    "1" * 1500,
    "total" + " * total" * 12,
    "'a' * 1000000000",
    "note * 1000000",
    "round(total, 1000000)",
    "round(total, 2.5)",
    "round(total, copies)",
    "(" * 500 + "1" + ")" * 500,
    "[" * 500 + "]" * 500,
    "not " * 400 + "paid",
    "-" * 1000 + "1",
    "- " * 900 + "1",
    "abs(" * 30 + "1" + ")" * 30,
    "1" + "+1" * 990,
    "paid" + " and paid" * 210,
    "sum(" * 300,
    "note." * 300 + "x",
    "supplier." + "kind." * 40 + "x",
    "[" + "1," * 900 + "1]",
    "x" * 3000,
    "'" + "x" * 3000 + "'",
    "iif(" * 25 + "paid" + ",1,2)" * 25,
    "1 < " * 300 + "1",
    # characters that look like others, or hide
    "tоtal > 1",
    "ｔotal > 1",
    "total＞1",
    "tot\u200bal > 1",
    "total\u00a0> 1",
    "\ufefftotal > 1",
    "total > 1\u202e",
    "totаl.ｘ",
    "“note”",
    "note == ‘a’",
    "total\x00 > 1",
    "'\x00' == note",
    "'a\\x00' == note",
    "'\\ud800' == note",
    "'\\N{BULLET}' == note",
    "'\\777' == note",
    "'\ud800' == note",
    'note == "a\nb"',
    "\\",
    "note\\",
    "`note`",
    "$note",
    "note?",
    "note!",
    "!paid",
    "paid && paid",
    "paid || paid",
    "total <> 1",
    "total === 1",
    "total is none",
    "total is not none",
    "...",
    "Ellipsis",
    "NotImplemented",
    "True.real",
    "(1).real",
    "none.x",
    "1 .real",
    "(note).x",
    '"""a"""',
    "''",
    "",
    "   ",
    "()",
    "(,)",
    "[,]",
    "sum(,)",
    "a b",
    "1 2",
    "note note",
    ")",
    "]",
    "note)(",
    "note) or (true",
    "1) + (1",
    "today.year",
    "now.timestamp()",
    "actor",
    "actor.password",
    "actor.id.x",
    "actor.units.x",
    "supplier.lines",
    "author.kind",
    "lines",
    "lines.amount",
    "tags == tags",
    "tags + 1",
    'supplier.lines.a == "a"',
    "count(supplier.lines)",
    "true + 1",
    "paid < paid",
    "date + 1",
    "date - due",
    'total == "5"',
    "not total",
    "total and paid",
]


def judge(text: str) -> str | None:
    """The code of the refusal. Compiling is what the loader does; anything but RuleProblem fails the test."""
    try:
        rule(text)
    except RuleProblem as problem:
        for language in ("kk", "ru", "en"):
            assert problem.message(language)
        assert problem.offset is None or 0 <= problem.offset <= len(text)
        return problem.code
    return None


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "''"], ids=lambda text: ascii(text)[:40])
def test_a_hostile_rule_is_refused(text):
    started = time.perf_counter()
    code = judge(text)
    assert code is not None and code.startswith("rule.")
    assert time.perf_counter() - started < 1


def test_the_set_is_large_enough():
    assert len(set(HOSTILE)) >= 60


def test_what_looks_hostile_but_is_plain():
    assert judge('note == "__class__; import os"') is None
    assert judge('note == "Қазақстан — №1 ‘a’"') is None
    assert judge("note ==\n  'x'") is None
    assert judge("+".join(["total"] * 60)) is None, "a long chain is not deep"


def test_every_text_is_parsed_or_refused():
    """Random characters and random words: only RuleProblem comes out."""
    import random

    rng = random.Random(7)
    words = [
        "total",
        "note",
        "lines",
        "sum(",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "+",
        "-",
        "*",
        "/",
        "%",
        "and",
        "or",
        "not",
        "in",
        "==",
        "<",
        "1",
        "2.50",
        "'a'",
        '"',
        "'",
        "\\",
        "if",
        "else",
        "lambda",
        ":",
        "=",
        "for",
        "is",
        "none",
        "true",
        "async",
        "await",
        "#",
        "@",
        "қ",
    ]
    for _ in range(5_000):
        text = " ".join(rng.choices(words, k=rng.randrange(1, 14)))
        try:
            parse(text)
        except RuleProblem:
            continue


def test_a_rule_that_is_not_text_is_a_mistake_of_the_caller():
    with pytest.raises(TypeError):
        parse(5)  # type: ignore[arg-type]


def test_the_bounds_themselves():
    assert judge("1" + " " * (MAX_LENGTH - 1)) is None
    assert judge("1" + " " * MAX_LENGTH) == "rule.too_long"
    assert judge("abs(" * (MAX_DEPTH - 1) + "1" + ")" * (MAX_DEPTH - 1)) is None
    assert judge("abs(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH) == "rule.too_deep"
    assert judge("+".join(["1"] * 100)) is None
    assert judge("+".join(["1"] * 101)) == "rule.too_many_parts"
