"""What a type of field does is asked of its room: nothing else in the engine asks which type it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from engine import hooks

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine"
OUTSIDE = [p for p in sorted(ENGINE.rglob("*.py")) if "fields" not in p.relative_to(ENGINE).parts[:1]]
RULES = ("expression/", "storage/rules/")
"""The rule language: its types (`number`, `text`, `rows`) are its own, and `kind` is a type of a rule there."""


def questions(source: str, names: frozenset[str]) -> list[tuple[int, str]]:
    """(line, code) of every comparison of a type's name, of `.type` of a field, and of every isinstance of a room."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            asks = [ast.unparse(s) for s in sides if isinstance(s, ast.Attribute)]
            of_type = any(a.endswith((".type", ".kind.name", "kind.name")) for a in asks)
            said = {c.value for s in sides for c in ast.walk(s) if isinstance(c, ast.Constant)}
            if of_type and (any(a.endswith(".type") for a in asks) or said & names):
                found.append((node.lineno, ast.unparse(node)))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance" and len(node.args) == 2:
            if ast.unparse(node.args[0]).endswith("kind") and "Type" in ast.unparse(node.args[1]):
                found.append((node.lineno, ast.unparse(node)))
        elif isinstance(node, ast.Match) and ast.unparse(node.subject).endswith((".type", "kind.name")):
            found.append((node.lineno, f"match {ast.unparse(node.subject)}"))
    return found


@pytest.fixture(scope="module")
def names():
    return frozenset(hooks.registry().field_types)


def test_nothing_outside_the_rooms_asks_for_the_type_of_a_field(names):
    found = [
        f"{path.relative_to(ROOT)}:{line}: {code}"
        for path in OUTSIDE
        if not str(path.relative_to(ENGINE)).startswith(RULES)
        for line, code in questions(path.read_text(encoding="utf-8"), names)
    ]
    assert not found, "ask the field's kind to do it instead:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        'if field.type == "money":\n    pass',
        'x = f.type in ("date", "time")',
        'y = f.kind.name == "link"',
        'z = "rows" != kind.name',
        "w = isinstance(field.kind, LinkType)",
        'match f.kind.name:\n    case "date":\n        pass',
        'v = f.kind.name in {"iin"}',
    ],
)
def test_a_planted_question_is_caught(names, planted):
    assert len(questions(planted, names)) == 1


@pytest.mark.parametrize("harmless", ["kind.align == 'end'", 'path.name == "date"', 'kind.name == "no type of ours"'])
def test_other_comparisons_are_left_alone(names, harmless):
    assert questions(harmless, names) == []
