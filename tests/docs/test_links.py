"""The pages hold together: links lead somewhere, every page can be reached, commands and paths they name exist."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from engine.cli import main as cli
from launcher import start as launcher
from tests.docs.page import ROOT, blocks, prose

README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:engine|launcher|tools|tests|metadata|forms|seed|translations|docs|benchmarks)/[\w./-]*")
NAMED = [ROOT / "docs" / "map.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
"""Pages whose back-quoted paths must exist: they tell where things are."""


def links(page: Path) -> list[str]:
    """Targets of the page's links that stay inside the project."""
    return [target for target in _LINK.findall(prose(page)) if not urlsplit(target).scheme]


def destination(page: Path, target: str) -> Path:
    return (page.parent / unquote(target.partition("#")[0])).resolve() if not target.startswith("#") else page


def anchors(page: Path) -> set[str]:
    """The anchors GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: str(doc.relative_to(ROOT)))
def test_links_lead_somewhere(doc):
    dead = []
    for target in links(doc):
        found = destination(doc, target)
        _, _, anchor = target.partition("#")
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in anchors(found)):
            dead.append(target)
    assert not dead, f"{doc.relative_to(ROOT)}: {dead}"


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        waiting += [destination(page, target) for target in links(page)]
    lost = [str(page.relative_to(ROOT)) for page in PAGES if page not in reached]
    assert not lost


@pytest.mark.parametrize("doc", NAMED, ids=lambda doc: doc.name)
def test_paths_that_pages_name_exist(doc):
    named = {path for span in _SPAN.findall(prose(doc)) for path in _PATH.findall(span) if "<" not in span}
    missing = sorted(path for path in named if not (ROOT / path.rstrip(".")).exists())
    assert not missing


# -- commands ---------------------------------------------------------------------------------------------------------


def spoken(page: Path) -> list[str]:
    """Every line of code in the page, in blocks and in back quotes."""
    return [line for b in blocks(page) for line in b.text.splitlines()] + _SPAN.findall(prose(page))


def commands(page: Path, name: str) -> list[list[str]]:
    """What follows `name` where the page runs it: words up to the end of the command."""
    found = []
    for line in spoken(page):
        for rest in re.findall(rf"(?:^|[\s(/=]){re.escape(name)}((?: [^\n;|&)#]*)?)(?=$|[;|&)#])", line):
            found.append(shlex.split(rest.replace("…", "")))
    return found


@pytest.fixture(scope="module")
def qurastyr() -> argparse.ArgumentParser:
    """The parser with all commands of the engine."""
    parser, subparsers = cli._frame()
    for name in cli.built_in():
        cli._module(name).add_to(subparsers)
    return parser


def unknown(parser: argparse.ArgumentParser, words: list[str]) -> str | None:
    """The first word that the parser does not know: an option, or a command where one is expected."""
    known = dict(parser._option_string_actions)
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word.startswith("--"):
            option, equals, _ = word.partition("=")
            if option not in known:
                return word
            if known[option].nargs != 0 and not equals:
                waiting[:1] = []
        elif deeper := [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]:
            if word.isupper():  # COMMAND, as a page says any of them
                return None
            if word not in deeper[0].choices:
                return word
            return unknown(deeper[0].choices[word], waiting)
    return None


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: str(doc.relative_to(ROOT)))
def test_commands_of_the_pages_exist(doc, qurastyr):
    wrong = [words for words in commands(doc, "qurastyr") if unknown(qurastyr, words)]
    wrong += [words for words in commands(doc, "./start") if unknown(launcher.parser(), words)]
    assert not wrong


def test_the_guards_catch_what_is_planted(tmp_path, qurastyr):
    page = tmp_path / "page.md"
    page.write_text("[gone](nowhere.md) and `.venv/bin/qurastyr chek`, then\n\n```sh\nqurastyr migrate --plam\n```\n")
    assert [t for t in links(page) if not destination(page, t).exists()] == ["nowhere.md"]
    assert [unknown(qurastyr, words) for words in commands(page, "qurastyr")] == ["--plam", "chek"]


def test_the_pages_name_every_command(qurastyr):
    said = {words[0] for page in PAGES for words in commands(page, "qurastyr") if words}
    assert set(cli.built_in()) <= said
