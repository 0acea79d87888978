"""Finds the functions of the engine that read records or what is kept of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[2] / "engine"
BUILDERS = frozenset(
    {"EntitySource", "RowsSource", "tables_of", "load", "load_one", "load_rows", "fill_rows", "page_plan"}
)
"""Whatever begins a query over the tables of entities, or gives records uncut."""
KEPT = frozenset({"JOURNAL", "FILE", "COMMENT", "DRAFT", "PLACE", "NOTICE", "SAVED_VIEW", "JOB", "IMPORT"})
"""Tables of the engine that hold data of records, or names of them."""


def readers(floor: str) -> Iterator[str]:
    """`registries.choices.choices`: every function of the floor that reads, by its place in it."""
    for path in sorted((ENGINE / floor).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        room = ".".join(path.relative_to(ENGINE / floor).with_suffix("").parts).removesuffix(".__init__")
        for name, function in _functions(tree, ()):
            if _reads(function):
                yield f"{room}.{'.'.join(name)}"


def defined(floor: str) -> set[str]:
    """Every function of the floor, by its place in it."""
    found = set()
    for path in (ENGINE / floor).rglob("*.py"):
        room = ".".join(path.relative_to(ENGINE / floor).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {f"{room}.{'.'.join(name)}" for name, _ in _functions(tree, ())}
    return found


def _functions(node: ast.AST, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, (*above, child.name))
        elif isinstance(child, ast.FunctionDef):
            yield (*above, child.name), child


def _reads(function: ast.AST) -> bool:
    called = {_name(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
    named = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    return bool(called & BUILDERS) or ("select" in called and bool(named & KEPT))


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
