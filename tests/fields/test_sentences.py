"""Every sentence of the field types exists in Kazakh and Russian, with the same placeholders."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import engine
from engine.language.messages import catalogue, plural

ROOT = Path(engine.__file__).parent


def sentences() -> set[str]:
    found = set()
    for path in [*(ROOT / "fields").rglob("*.py"), ROOT / "language" / "formats.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.add(node.args[0].value)
    return found


def marks(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated_with_its_placeholders(language):
    catalog = catalogue(language)
    known = {key if isinstance(key, str) else key[0] for key in catalog._catalog}
    said = sentences()
    assert len(said) > 70
    known.add("%(number)s rows")  # the plural of another sentence
    missing = sorted(said - known)
    assert not missing, f"add to translations/{language}/fields.po: {missing}"
    assert [m for m in said if marks(catalog.gettext(m)) != marks(m)] == []


def test_sentences_of_marshmallow_hold_no_braces():
    # marshmallow formats its messages before they are translated: a brace would break it.
    assert [m for m in sentences() if "{" in m] == []


def test_rows_are_counted_by_the_rules_of_the_language():
    said = [plural("%(number)s row", "%(number)s rows", n, "ru") for n in (1, 2, 5, 21)]
    assert said == ["1 строка", "2 строки", "5 строк", "21 строка"]
