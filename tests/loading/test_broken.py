"""Whatever is spoiled in a set of files, loading says what is wrong: it never breaks down itself."""

from __future__ import annotations

import random
from pathlib import Path

from engine.loading import load_files

SAMPLES = Path(__file__).parent / "samples"
WORDS = [
    "",
    "{}",
    "[]",
    "x",
    "fields",
    "text",
    "=",
    "=today",
    "rows",
    "link",
    "lookup",
    "choice",
    "a, b",
    ": ",
    "- ",
    "'",
    "{kk: a}",
    "shop.dish",
    "shop.sample",
    "lines",
    "0",
    "-1",
    "yes",
    "sum(lines",
    "id",
    "parent",
    "backlinks",
    "settings",
]
SPOILED = {
    "metadata/shop/sample.yaml": "entity.good.yaml",
    "forms/shop/dish.form.yaml": "form.good.yaml",
    "forms/shop/dish.registry.yaml": "registry.good.yaml",
    "forms/shop/clerk.home.yaml": "home.good.yaml",
    "translations/terms.yaml": "terms.good.yaml",
    "metadata/shop/_roles.yaml": "roles.good.yaml",
    "metadata/shop/_module.yaml": "module.good.yaml",
}


def spoil(text: str, drawn: random.Random) -> str:
    """Take away, repeat, or replace a word or a line."""
    lines = text.splitlines()
    at = drawn.randrange(len(lines))
    what = drawn.randrange(5)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(at, lines[drawn.randrange(len(lines))])
    elif what == 2:
        lines[at] = lines[at].replace("  ", "", 1) if "  " in lines[at] else "  " + lines[at]
    else:
        words = lines[at].split(" ")
        words[drawn.randrange(len(words))] = drawn.choice(WORDS)
        lines[at] = " ".join(words)
    return "\n".join(lines) + "\n"


def test_loading_never_breaks_down(tiny):
    drawn = random.Random(20260901)
    good = {place: (SAMPLES / name).read_text(encoding="utf-8") for place, name in SPOILED.items()}
    base = tiny(good)
    assert base.catalog is not None, [problem.line_text("en") for problem in base.problems]
    refused = codes = 0
    seen: set[str] = set()
    for _ in range(400):
        files = dict(base.files)
        for _ in range(drawn.randrange(1, 4)):
            place = drawn.choice(["metadata/shop/sample.yaml"] * 3 + list(good))
            files[place] = spoil(files[place].decode(), drawn).encode()
        loaded = load_files(files)
        assert (loaded.catalog is None) == bool(loaded.errors)
        refused += loaded.catalog is None
        seen.update(problem.code for problem in loaded.problems)
        codes = len(seen)
    assert 200 < refused < 400 and codes > 25, (refused, codes, sorted(seen))
