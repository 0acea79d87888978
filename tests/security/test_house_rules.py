"""What no line of the engine does, read from its syntax (security.md, 13, 18, 19, 33, 55); planted lines are caught."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.security.figures import figure, planted

TEST = "test_house_rules"
SOURCES = sorted((ROOT / "engine").rglob("*.py"))
SQL = (
    "select ",
    "insert into ",
    "update ",
    "delete from ",
    "create table",
    "alter table",
    "drop table",
    "truncate ",
    "pragma ",
    "vacuum",
    "attach ",
    "set_config(",
    "grant ",
    "revoke ",
)


def name_of(node: ast.AST) -> str:
    """`sa.text` of a call's function, `text` of its last part."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, name_of(node.func)


def is_literal(node: ast.AST) -> bool:
    """A text that stands in the program: a constant, or constants joined; a name in capitals is one."""
    if isinstance(node, ast.BinOp):
        return is_literal(node.left) and is_literal(node.right)
    if isinstance(node, ast.Name):
        return node.id.lstrip("_").isupper()
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def text_of_a_value(tree: ast.AST, path: str) -> Iterator[int]:
    for call, name in calls(tree):
        room, _, last = name.rpartition(".")
        makes_sql = room in ("sa", "sqlalchemy") and last in ("text", "literal_column", "TextClause")
        if makes_sql and call.args and not is_literal(call.args[0]):
            yield call.lineno


def sql_of_pieces(tree: ast.AST, path: str) -> Iterator[int]:
    for node in ast.walk(tree):
        pieces = ""
        if isinstance(node, ast.JoinedStr) and any(isinstance(v, ast.FormattedValue) for v in node.values):
            pieces = "".join(v.value for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, str))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            pieces = str(node.left.value)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "format"
            and isinstance(node.func.value, ast.Constant)
        ):
            pieces = str(node.func.value.value)
        if pieces.lstrip().lower().startswith(SQL):
            yield node.lineno


def loaders_of_others(tree: ast.AST, path: str) -> Iterator[int]:
    for call, name in calls(tree):
        if name.startswith("yaml.") and name.rpartition(".")[2] in (
            "load",
            "load_all",
            "full_load",
            "unsafe_load",
            "safe_load",
            "Loader",
            "FullLoader",
            "UnsafeLoader",
        ):
            yield call.lineno
        if name in ("pickle.loads", "pickle.load", "marshal.loads", "marshal.load", "shelve.open", "dill.loads"):
            yield call.lineno


def templates_of_texts(tree: ast.AST, path: str) -> Iterator[int]:
    for call, name in calls(tree):
        if name.rpartition(".")[2] in ("from_string", "render_template_string"):
            yield call.lineno
        if name.rpartition(".")[2] == "Environment" and not any(k.arg == "autoescape" for k in call.keywords):
            yield call.lineno


def markup_elsewhere(tree: ast.AST, path: str) -> Iterator[int]:
    for call, name in calls(tree):
        if name.rpartition(".")[2] == "Markup" and call.args and not is_literal(call.args[0]):
            yield call.lineno


def calls_outside(tree: ast.AST, path: str) -> Iterator[int]:
    for node in ast.walk(tree):
        names = (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if any(
            n.split(".")[0] in ("requests", "httpx", "aiohttp", "urllib3", "ftplib", "telnetlib")
            or n.startswith(("urllib.request", "http.client"))
            for n in names
        ):
            yield node.lineno


def runs_text(tree: ast.AST, path: str) -> Iterator[int]:
    for call, name in calls(tree):
        if name in ("eval", "exec", "compile", "__import__", "os.system", "os.popen", "builtins.eval"):
            yield call.lineno
        if name.startswith("subprocess.") and any(
            k.arg == "shell" and getattr(k.value, "value", 0) for k in call.keywords
        ):
            yield call.lineno


def weak_chance(tree: ast.AST, path: str) -> Iterator[int]:
    for call, name in calls(tree):
        weak = name in ("hashlib.md5", "hashlib.sha1", "uuid.uuid1", "tempfile.mktemp")
        if weak and not any(k.arg == "usedforsecurity" for k in call.keywords):
            yield call.lineno


RULES: dict[str, tuple[Callable[[ast.AST, str], Iterator[int]], dict[str, str], tuple[str, ...]]] = {
    "text() of a value": (
        text_of_a_value,
        {
            "engine/services/registries/parts.py": "the position of a column, counted here",
            "engine/storage/planner/found.py": "counts that the planner made of names of the Catalog",
            "engine/storage/schema.py": "names of columns of the Catalog",
        },
        ("sa.text(name)", "sa.text(f'{x} = 1')", "sa.literal_column('a' + name)", "sqlalchemy.text('a %s' % b)"),
    ),
    "SQL put together of pieces": (
        sql_of_pieces,
        {
            **dict.fromkeys(
                (f"engine/storage/planner/{n}.py" for n in ("changes", "planning", "renames")),
                "changes of tables: names of the Catalog, checked when it is loaded",
            ),
            "engine/storage/net.py": "a role whose name is checked, and names of tables of the Catalog",
            "engine/storage/queue/pulse_file.py": "question marks, as many as there are ids",
            "engine/storage/search.py": "names of tables of the Catalog",
            "engine/storage/sqlite.py": "the settings of a connection, a constant of that file",
            "engine/storage/system/journal_guard.py": "names of the engine's own tables",
        },
        ("c.execute(f'SELECT {x} FROM t')", "q = 'DELETE FROM %s' % t", "q = 'select {}'.format(x)"),
    ),
    "a loader that makes objects": (
        loaders_of_others,
        {},
        ("yaml.load(x)", "yaml.safe_load(x)", "pickle.loads(x)", "yaml.full_load(x)"),
    ),
    "a template made of a text": (
        templates_of_texts,
        {},
        ("env.from_string(x)", "flask.render_template_string(x)", "jinja2.Environment(loader=l)"),
    ),
    "Markup of a value": (
        markup_elsewhere,
        {
            "engine/fields/richtext/__init__.py": "cleaned on that line",
            "engine/web/grids/drawing.py": "every part is escaped above",
            "engine/web/markup.py": "every part is escaped there",
            "engine/web/kinds/cards/drawing.py": "made by markup.py, the title escaped",
            "engine/web/pages.py": "a template of ours",
            "engine/web/templating.py": "a template of ours",
        },
        ("Markup(x)", "markupsafe.Markup(f'<b>{x}</b>')"),
    ),
    "a call to another server": (
        calls_outside,
        {},
        ("import requests", "from urllib.request import urlopen", "import http.client", "import httpx"),
    ),
    "a text that is run": (runs_text, {}, ("eval(x)", "exec(x)", "os.system(x)", "subprocess.run(x, shell=True)")),
    "a weak hash": (weak_chance, {}, ("hashlib.md5(x)", "hashlib.sha1(x)", "tempfile.mktemp()")),
}


@cache
def _tree(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def found(rule: str, sources: list[Path] = SOURCES) -> list[str]:
    """Places of the engine that break the rule and are not excused."""
    check, excused, _ = RULES[rule]
    wrong = []
    for path in sources:
        place = path.relative_to(ROOT).as_posix()
        for line in check(_tree(path), place):
            if place not in excused:
                wrong.append(f"{place}:{line}")
    return wrong


@pytest.mark.parametrize("rule", list(RULES))
def test_the_engine_has_no(rule):
    wrong = found(rule)
    figure(TEST, f"lines with {rule}", len(wrong), "==", 0)
    assert wrong == []
    assert all(any(p.relative_to(ROOT).as_posix() == e for p in SOURCES) for e in RULES[rule][1]), (
        "an excuse for no file"
    )


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule, (_, _, lines) in RULES.items() for line in lines])
def test_a_planted_line_is_caught(rule, line):
    planted(TEST, f"{rule}: {line}", list(RULES[rule][0](ast.parse(line), "planted.py")) != [])
