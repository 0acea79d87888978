"""The rooms of the house: YAML holds no Python, the engine knows no module, files stay readable, nothing is unsaid."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path

import pytest

from engine import hooks
from engine.loading import load_folder

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine"
SOURCES = sorted(ENGINE.rglob("*.py"))
YAML_ONLY = ("metadata", "forms", "workflows", "seed")
LONGEST = 400
LONGER: dict[str, str] = {}
"""Files past the length that was asked about, and the answer."""
PROOFS = (
    "rule-language", "openapi", "hostile-input", "races", "bench-sqlite", "bench-postgresql", "jobs", "entry-grid",
    "accessibility", "bench-access", "bench-screens", "security", "durability", "journal", "permissions",
)
PLAIN = {"account", "group", "order", "room", "service", "school", "subject", "employment", "directory"}
"""Keys of modules and entities that are ordinary English words too (order of a list, group of a pattern)."""


# -- Python stays out of what people write --------------------------------------------------------------------------


def programs(root: Path) -> list[str]:
    suffixes = {".py", ".pyc", ".pyi", ".pth", ".so", ".js", ".sh"}
    return [
        str(p.relative_to(root))
        for folder in YAML_ONLY
        for p in sorted((root / folder).rglob("*"))
        if p.suffix in suffixes or (p.is_file() and p.stat().st_mode & 0o111)
    ]


def test_what_is_described_holds_no_program():
    assert programs(ROOT) == []


@pytest.mark.parametrize("name", ["metadata/club/check.py", "seed/demo/make.sh", "forms/club/x.js"])
def test_a_planted_program_is_caught(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("")
    assert programs(tmp_path) == [name]


# -- the engine knows no module -------------------------------------------------------------------------------------


def words_of_modules() -> set[str]:
    """Keys of shipped modules and of their entities, but for `system`, which the engine relies on."""
    catalog = load_folder(ROOT).catalog
    found = {m for m in catalog.modules if m != "system"}
    found |= {e.key for e in catalog.entities.values() if e.module != "system"}
    return found - PLAIN


def spoken(source: str) -> list[tuple[int, str]]:
    """(line, word) of every name and every text of a program; its comments and docstrings may give examples."""
    tree = ast.parse(source)
    bodies = (n.body for n in ast.walk(tree) if isinstance(getattr(n, "body", None), list))
    docstrings = {id(s.value) for body in bodies for s in body if isinstance(s, ast.Expr)}
    said: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            said.append((node.lineno, node.value))
        for part in ("id", "attr", "name", "arg", "module"):
            text = getattr(node, part, None)
            if isinstance(text, str):
                said.append((getattr(node, "lineno", 0), text))
    return [(line, word) for line, text in said for word in re.findall(r"[a-z][a-z_]*", text.lower())]


def told_of(source: str, words: set[str]) -> list[tuple[int, str]]:
    def parts(word: str) -> set[str]:
        pieces = word.split("_")
        return {word, *pieces, *(p.removesuffix("es") for p in pieces), *(p.removesuffix("s") for p in pieces)}

    return [(line, word) for line, word in spoken(source) if parts(word) & words]


def test_the_engine_names_no_shipped_module_or_entity():
    words = words_of_modules()
    assert {"invoice", "learner", "menu", "dish"} <= words
    # The menu of the screen is the engine's own.
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for path in SOURCES
        for line, word in told_of(path.read_text(encoding="utf-8"), words - {"menu"})
    ]
    assert not found, "mechanism before case: put it into YAML\n" + "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        'x = catalog.entity("accounting.invoice")',
        "def learners_of(group): ...",
        "class Dish: ...",
        "from x import invoice_total",
        "f(learner=1)",
        "a.counterparty",
        'y = {"employees": 1}',
    ],
)
def test_a_planted_word_is_caught(planted):
    assert told_of(planted, words_of_modules()), planted


def test_examples_in_docstrings_are_no_case():
    assert told_of('def f():\n    """Lines of an invoice."""\n    # a learner\n', words_of_modules()) == []


# -- files ----------------------------------------------------------------------------------------------------------


def test_files_stay_readable():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in SOURCES}
    long = [
        f"{name} has {n} lines: past {LONGEST}, ask which room is missing"
        for name, n in lengths.items()
        if n > LONGEST and name not in LONGER
    ]
    assert not long, "\n".join(long)
    answered = [name for name in LONGER if lengths.get(name, 0) <= LONGEST]
    assert not answered, f"{answered}: short again, so the answer in LONGER can go"


def test_every_file_says_what_it_is():
    silent = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.read_text(encoding="utf-8").strip() and not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))
    ]
    assert not silent, f"one sentence at the top: {silent}"


# -- extension points -----------------------------------------------------------------------------------------------

MANUAL = ROOT / "docs" / "hooks.md"


def described() -> dict[str, tuple[str, str, str]]:
    """Point -> (signature, sentence, sample) as the page has it."""
    found = {}
    for part in MANUAL.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, signature, sentence, *_ = (p.strip() for p in part.split("\n\n"))
        sample = re.search(r"```python\n(.*?)```", part, re.S)
        found[name] = (signature.strip("`"), sentence, sample[1] if sample else "")
    return found


def test_the_page_of_hooks_and_the_hooks_are_one():
    points = {name: (p.signature, p.says) for name, p in hooks.Registry().points().items()}
    assert {name: (signature, says) for name, (signature, says, _) in described().items()} == points


@pytest.mark.parametrize("name", sorted(hooks.Registry().points()))
def test_the_sample_of_a_hook_enters_a_part(name):
    """The sample is run as a plug-in would be, on a registry of its own."""
    registry, place = hooks.Registry(), {}
    exec(compile(described()[name][2], f"docs/hooks.md {name}", "exec"), place)
    place["enter"](registry)
    point = getattr(registry, name)
    assert len(point.parts) == 1
    part = next(iter(point.parts.values()))
    if point.signature.startswith("("):
        given = point.signature[1 : point.signature.index(")")]
        wanted = given.count(",") + 1 if given else 0
        assert len(inspect.signature(part).parameters) == wanted
    with pytest.raises(ValueError, match="already there"):
        place["enter"](registry)


# -- proofs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_that_was_promised_is_there(name):
    path = ROOT / "docs" / "proofs" / f"{name}.json"
    assert path.is_file(), f"run ./test --all (or python -m benchmarks): it writes {path.relative_to(ROOT)}"
    proof = json.loads(path.read_text(encoding="utf-8"))
    assert set(proof) == {"name", "commit", "at", "seed", "machine", "figures", "notes"} and proof["name"] == name
    assert proof["figures"] and proof["commit"] and proof["machine"]
    relations = {"<=": "__le__", ">=": "__ge__", "==": "__eq__", "<": "__lt__", ">": "__gt__"}
    for key, figure in proof["figures"].items():
        held = getattr(figure["value"], relations[figure["relation"]])(figure["target"])
        if held is NotImplemented:
            held = getattr(float(figure["value"]), relations[figure["relation"]])(float(figure["target"]))
        assert figure["ok"] == held, f"{key}: a figure says of itself what is not so"
