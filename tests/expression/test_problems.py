"""What a person reads when a rule is wrong: a code, a place, a sentence in three languages, what to type instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.expression import (
    BOOLEAN,
    DATE,
    FUNCTIONS,
    TEXT,
    Function,
    Names,
    RuleProblem,
    compile_rule,
    number,
    register,
)
from engine.expression.messages import MESSAGES
from tests.expression.office import context, invoice, line, rule

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("totl > 1", "rule.unknown_name", "total"),
        ('supplier.knd == "a"', "rule.unknown_name", "kind"),
        ("summ(lines.amount)", "rule.unknown_function", "sum"),
        ("total = 1", "rule.assignment", "=="),
        ("due == none", "rule.compare_with_none", "empty(due)"),
        ('note == ""', "rule.compare_with_none", "empty(note)"),
        ("due is none", "rule.operator", "empty(a)"),
        ("note.upper()", "rule.method_call", "upper(...)"),
        ("note if paid else note", "rule.not_supported", "iif(b, a, c)"),
        ("lines.amount > 1", "rule.rows_need_function", "sum(lines.amount)"),
        ("lines > 1", "rule.rows_need_function", "count(lines)"),
        ("note.length", "rule.not_a_link", None),
        ("author.kind", "rule.link_to_several", None),
        ("due - date", "rule.operand_type", "days(a, b)"),
        ("due + 1", "rule.operand_type", "add_days(a, b)"),
        ("created > due", "rule.compare_types", "date(a)"),
        ("note in note", "rule.list_expected", "contains(a, b)"),
        ("paid && paid", "rule.operator", "and"),
        ("paid AND paid", "rule.syntax", "and"),
        ('due > "01.09.2026"', "rule.bad_date", None),
        ('supplier == "5"', "rule.bad_id", None),
        ("add_days(due, 1.5)", "rule.argument_type", "round(a)"),
        ("actor.role", "rule.unknown_name", "actor.roles"),
        ("iif(paid, 1, note)", "rule.branches_differ", None),
        ("sum(total)", "rule.rows_expected", None),
        ("sum(lines)", "rule.argument_count", None),
        ("round()", "rule.argument_count", None),
    ],
)
def test_a_mistake_has_a_code_and_a_hint(text, code, hint):
    with pytest.raises(RuleProblem) as caught:
        rule(text)
    assert (caught.value.code, caught.value.hint) == (code, hint)


def test_a_problem_points_at_its_place_past_letters_of_two_bytes():
    with pytest.raises(RuleProblem) as caught:
        rule('  note == "Қазақ" and totl > 1')
    assert caught.value.offset == len('  note == "Қазақ" and ')


def test_a_name_in_two_places_is_an_error_only_where_it_is_used():
    with pytest.raises(RuleProblem) as caught:
        compile_rule('note == "a"', invoice, row=line)
    assert caught.value.code == "rule.shadowing"
    assert compile_rule("quantity > 1", invoice, row=line)
    with pytest.raises(RuleProblem) as caught:
        compile_rule('today == date("2026-01-01")', Names("a.b", {"today": DATE}))
    assert caught.value.code == "rule.shadowing"


def test_the_result_must_be_of_the_expected_type():
    with pytest.raises(RuleProblem) as caught:
        rule("total + 1", expect=BOOLEAN)
    assert caught.value.code == "rule.result_type"
    assert rule("total * total", expect=number(2))


def test_every_message_is_in_three_languages_with_the_same_places():
    for code, texts in MESSAGES.items():
        assert set(texts) == {"kk", "ru", "en"}, code
        places = {language: set(re.findall(r"{(\w+)}", text)) for language, text in texts.items()}
        assert places["kk"] <= places["en"] | places["ru"], code


def test_every_code_that_is_raised_has_its_message():
    raised = set()
    for folder in ("engine/expression", "engine/storage/rules"):
        for file in (ROOT / folder).glob("*.py"):
            raised |= set(re.findall(r"\"(rule\.[a-z_]+)\"", file.read_text(encoding="utf-8")))
    assert raised <= set(MESSAGES), raised - set(MESSAGES)


def test_a_plug_in_adds_a_function():
    shout = Function(
        "shout", "shout(text)", lambda text: text + "!", {"kk": "-", "ru": "-", "en": "-"}, "", ("text",), TEXT
    )
    register(shout)
    try:
        made = rule("shout(note)")
        assert made.evaluate(context(note="a")) == "a!"
        with pytest.raises(ValueError, match="already there"):
            register(shout)
    finally:
        del FUNCTIONS["shout"]


def test_the_manual_describes_exactly_the_functions_there_are():
    manual = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    described = {match[1]: match[2] for match in re.finditer(r"^\| `(\w+)` \| `([^`]+)` \|", manual, re.MULTILINE)}
    assert described == {name: function.signature for name, function in FUNCTIONS.items()}
    for name, function in FUNCTIONS.items():
        assert function.doc["en"] in manual, name
