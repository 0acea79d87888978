"""Whatever the engine notes in the journal has words of its own there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import engine
from engine.services.journal.operations import KINDS, OPERATIONS, kind_of
from tests.conftest import ROOT


def written(source: str) -> Iterator[str]:
    """Operations that a program writes by `Entry("...")`, also where one of two is meant."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Entry" and node.args:
            first = node.args[0]
            for part in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if isinstance(part, ast.Constant):
                    yield part.value


def test_every_operation_that_is_written_has_words():
    assert engine.__file__.startswith(str(ROOT))
    found = {one for path in (ROOT / "engine").rglob("*.py") for one in written(path.read_text(encoding="utf-8"))}
    assert len(found) > 15, "the entries were not found"
    assert found - set(OPERATIONS) == set()


def test_a_planted_operation_is_found():
    source = 'uow.record(Entry("planted" if x else "other", USER, id))'
    assert set(written(source)) == {"planted", "other"} and not {"planted"} & set(OPERATIONS)


def test_what_was_refused_is_counted_as_refused():
    assert {kind_of(one) for one in KINDS["refused"][1]} == {"refused"}
    assert kind_of("second factor") == kind_of("invitation") == "doors"
