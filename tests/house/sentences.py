"""Every sentence that the engine says to people, gathered from its programs and templates, and its translations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine"
SAYS = ("N_", "_", "said", "translate", "told")
"""Names of functions whose first text is a sentence."""
COUNTS = ("plural", "ngettext")
"""Names of functions whose first two texts are a sentence for one and for several."""
FORMS = {"kk": 2, "ru": 3}
"""Forms for numbers, as CLDR counts them: one and many; 1, 2 to 4, 5 and more."""
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True)
class Said:
    sentence: str
    where: str
    several: str = ""
    """The other form, of a sentence that counts."""


def of_program(source: str, name: str) -> Iterator[Said]:
    """Sentences of a Python file. `told(text)` of metadata has no sentence of its own."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [each for arg in node.args[:2] for each in _texts(arg)]
        if called in COUNTS and len(texts) > 1:
            yield Said(texts[0], f"{name}:{node.lineno}", texts[1])
        elif called in SAYS and node.args:
            yield from (Said(text, f"{name}:{node.lineno}") for text in _texts(node.args[0]))


def _texts(node: ast.AST) -> list[str]:
    """The texts that an argument may be: one, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [*_texts(node.body), *_texts(node.orelse)] if isinstance(node, ast.IfExp) else []


def of_template(source: str, name: str) -> Iterator[Said]:
    """Sentences of a Jinja template."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        called = getattr(call.node, "name", getattr(call.node, "attr", ""))
        texts = [a.value for a in call.args[:2] if isinstance(a, nodes.Const) and isinstance(a.value, str)]
        if called in COUNTS and len(texts) > 1:
            yield Said(texts[0], f"{name}:{call.lineno}", texts[1])
        elif called in SAYS and call.args and isinstance(call.args[0], nodes.Const) and texts:
            yield Said(texts[0], f"{name}:{call.lineno}")


def everything_said() -> dict[str, Said]:
    """Sentence -> where it is said first."""
    found: dict[str, Said] = {}
    for path in sorted(ENGINE.rglob("*.py")):
        for one in of_program(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))):
            found.setdefault(one.sentence, one)
    for path in sorted(ENGINE.rglob("*.html")):
        for one in of_template(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))):
            found.setdefault(one.sentence, one)
    return found


@dataclass(frozen=True)
class Translated:
    id: str
    several: str
    texts: tuple[str, ...]
    file: str
    fuzzy: bool


def translations(language: str, folder: Path = ROOT / "translations") -> list[Translated]:
    """Every entry of every file of a language, those that no longer count among them."""
    found = []
    for path in sorted((folder / language).glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
        for message in (*catalog, *catalog.obsolete.values()):
            if not message.id:
                continue
            ids = message.id if isinstance(message.id, tuple | list) else (message.id, "")
            texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
            gone = message.id in catalog.obsolete
            found.append(Translated(ids[0], ids[1], tuple(texts), path.name, message.fuzzy or gone))
    return found


def problems(language: str, said: dict[str, Said], entries: list[Translated]) -> list[str]:
    """What is wrong with the translations of a language, each in a line that says where."""
    known: dict[str, Translated] = {}
    wrong: list[str] = []
    for entry in entries:
        place = f"translations/{language}/{entry.file}: {entry.id!r}"
        if entry.fuzzy:
            wrong.append(f"{place} is fuzzy or obsolete: translate it or take it out")
        if entry.id in known and known[entry.id].texts != entry.texts:
            wrong.append(f"{place} is said otherwise in {known[entry.id].file}")
        if entry.several and len(entry.texts) != FORMS[language]:
            wrong.append(f"{place} has {len(entry.texts)} forms for numbers, {language} has {FORMS[language]}")
        known.setdefault(entry.id, entry)
        if entry.several:
            known.setdefault(entry.several, entry)
    for sentence, one in said.items():
        entry = known.get(sentence)
        if entry is None or not all(entry.texts):
            wrong.append(f"{one.where}: {sentence!r} is not in translations/{language}")
            continue
        if one.several and not entry.several:
            wrong.append(f"{one.where}: {sentence!r} counts, and its translation does not")
        asked = set(PLACEHOLDER.findall(sentence)) | set(PLACEHOLDER.findall(entry.several))
        for text in entry.texts:
            given = set(PLACEHOLDER.findall(text))
            # A form for exactly one may leave the number out.
            if not given <= asked or not asked - given <= ({"number"} if entry.several else set()):
                wrong.append(f"{one.where}: {sentence!r} fills in {sorted(asked)}, {language} {sorted(given)}")
            bare = PLACEHOLDER.sub("", sentence)
            if text == sentence and re.search(r"[a-z]{4}", bare):
                wrong.append(f"{one.where}: {sentence!r} is left in English")
    gone = [e for e in entries if e.id not in said and e.several not in said]
    wrong += [f"translations/{language}/{e.file}: {e.id!r} is said nowhere" for e in gone]
    return wrong
