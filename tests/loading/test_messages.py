"""Messages: every code speaks three languages, every hint helps, a rule's problem points at its character."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import engine.loading
from engine.language import translate
from engine.loading.messages import HINTS, SENTENCES, WARNINGS
from engine.model.text import Text

PACKAGE = Path(engine.loading.__file__).parent
KINDS = PACKAGE.parent / "web" / "kinds"
"""Rooms whose keys are read with the files: what is wrong with them is said there."""
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("code", [*SENTENCES, *HINTS])
def test_every_code_speaks_kazakh_russian_and_english(code):
    sentence = {**SENTENCES, **HINTS}[code]
    said = {language: translate(sentence, language) for language in ("kk", "ru", "en")}
    assert len(set(said.values())) == 3, said
    assert {frozenset(_PLACEHOLDER.findall(text)) for text in said.values()} == {
        frozenset(_PLACEHOLDER.findall(sentence))
    }


def codes_in_the_source() -> set[str]:
    """Texts that look like codes, wherever the loader writes them."""
    prefixes = {code.partition(".")[0] for code in SENTENCES}
    found = set()
    for path in (*PACKAGE.rglob("*.py"), *KINDS.rglob("*.py")):
        if path.name == "messages.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                prefix, dot, rest = node.value.partition(".")
                if dot and prefix in prefixes and re.fullmatch(r"[a-z0-9-]+", rest):
                    found.add(node.value)
    return found


def test_every_code_has_a_sentence_and_every_sentence_is_used():
    used = codes_in_the_source() - {"system.unit", "system.person", "system.position", "system.user"}
    built = {code for code in SENTENCES if code.startswith(("shape.", "value."))}  # put together from two parts
    assert used - SENTENCES.keys() == set()
    assert SENTENCES.keys() - used - built == set()
    assert SENTENCES.keys() >= WARNINGS


def test_a_problem_of_a_rule_points_at_its_character(tiny):
    text = (
        "entity: shop.sale\nkind: reference\ntitle: {kk: Сату, ru: Продажа}\nfields:\n"
        "  price: {type: money, title: {kk: Баға, ru: Цена}}\n"
        "  twice: {type: money, value: price * prise, title: {kk: Екі, ru: Два}}\n"
        '  quoted: {type: money, value: "price * prise", title: {kk: Екі, ru: Две}}\n'
        "  begun: {type: money, default: =prise, title: {kk: Екі, ru: Двое}}\n"
    )
    found = [p for p in tiny({"metadata/shop/sale.yaml": text}).problems if p.code == "rule.unknown_name"]
    assert [(p.line, p.column) for p in found] == [
        (line, text.splitlines()[line - 1].index("prise") + 1) for line in (6, 7, 8)
    ]
    assert all(isinstance(p.message, Text) and p.params["near"] == "price" for p in found)
    assert found[0].line_text("ru").startswith("metadata/shop/sale.yaml:6:39: fields.twice.value: ")


def test_a_comma_in_braces_is_named_as_the_cause(tiny):
    problems = tiny(
        {
            "metadata/shop/sale.yaml": """
        entity: shop.sale
        kind: reference
        title: {kk: Сату, ru: Продажа}
        fields:
          price: {type: money, title: {kk: Баға, ru: Цена}}
          half: {type: money, value: round(price / 2, 2), title: {kk: Жарты, ru: Половина}}
        """
        }
    ).problems
    hints = {problem.code: problem.hint_text("en") for problem in problems}
    assert "quotes" in hints["key.unknown"]


def test_the_nearest_word_is_offered(tiny):
    for wrong, right in (("mony", "money"), ("Text", "text"), ("chioce", "choice")):
        text = f"entity: shop.sale\nkind: reference\ntitle: X\nfields:\n  a: {{type: {wrong}, title: X}}\n"
        (problem,) = tiny({"metadata/shop/sale.yaml": text}).problems
        assert problem.hint_text("en") == f"did you mean `{right}`?"
    text = "entity: shop.sale\nkind: reference\ntitle: X\nfields:\n  a: {type: zzzz, title: X}\n"
    assert tiny({"metadata/shop/sale.yaml": text}).problems[0].hint_text("en") == ""


def test_a_warning_stops_nothing(tiny):
    loaded = tiny({"forms/shop/dish.form.yaml": "form: shop.dish\nsections: {main: {rows: [[name]]}}\n"})
    assert loaded.catalog is not None and loaded.errors == ()
    assert [(p.code, p.severity) for p in loaded.problems] == [("form.missing-field", "warning")]
