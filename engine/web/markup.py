"""HTML made in Python: the one place for it, because a list has thousands of cells. Everything passes `escape`.

Not for anything that templates can do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from html import escape as written
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

Branch = Callable[[Mapping[str, Any]], tuple[str, str, str]]
"""A record of a tree -> safe HTML before its name, attributes of its row, safe HTML after its name."""
DEEPEST = 6
"""Steps to the right that registry.css knows."""
LONG = 36
"""Characters after which a cell may be cut, so that its whole text goes into the title."""


_kept = lru_cache(maxsize=8_192)(written)


def escape(text: str) -> str:
    """`text` as safe HTML. Lists say the same days, sums and names again and again."""
    return _kept(text) if len(text) <= LONG else written(text)


def attributes(given: Mapping[str, str]) -> Markup:
    """`name="value" …`, every value escaped."""
    return Markup(" ".join([f'{name}="{escape(value)}"' for name, value in given.items()]))  # noqa: S704 - escaped


@cache
def icon_symbol(address: str, name: str) -> Markup:
    """One icon of the sprite at `address`."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(address, name)


class Column:
    """One column of a list: the tag of its cells made once, the text of a cell made once a row."""

    def __init__(self, text: Callable[[Mapping[str, Any]], str], label: str, kinds: Sequence[str] = (),
                 tones: Mapping[str, str] | None = None, key: str = "", nameless: str = "…", edit: str = ""):
        """`edit`: what the pencil of a cell is called, where the cell may be changed in the table."""
        self.text, self.tones, self.key, self.nameless = text, tones, key, nameless
        self.pencil = f' aria-label="{escape(edit)}" title="{escape(edit)}"></a>' if edit else ""
        given = {"class": " ".join(kinds)} if kinds else {}
        if edit:
            given["data-edit"] = key
        self.start = "<td " + str(attributes({**given, "data-label": label}))
        self.open, self.empty = self.start + ">", self.start + "></td>"

    def open_to(self, record: Mapping[str, Any], url: str, say: Callable[[str], str] = escape) -> str:
        """A cell that may be changed in the table; without scripts its pencil leads to the form of the record."""
        text = say(self.text(record))
        return f'{self.open}<span>{text}</span><a class="q-pencil" href="{url}/edit#field-{self.key}"{self.pencil}</td>'

    def cell(self, record: Mapping[str, Any], say: Callable[[str], str] = escape) -> str:
        """`say` writes the text as safe HTML, perhaps with parts of it marked."""
        text = self.text(record)
        if not text:
            return self.empty
        safe = say(text)
        if self.tones is not None:
            tone = self.tones.get(record.get(self.key) or "", "info")
            return f'{self.open}<span class="q-state q-state-{tone}">{safe}</span></td>'
        if len(text) > LONG:
            return f'{self.start} title="{safe if say is escape else escape(text)}">{safe}</td>'
        return f"{self.open}{safe}</td>"

    def linked(self, text: str, safe: str, url: str, say: Callable[[str], str] = escape) -> str:
        """The cell that opens the record; it always has a text to press. `safe`: the text escaped. `url` is made of
        names and ids only."""
        if not text:
            return f'{self.open}<a class="muted" href="{url}">{escape(self.nameless)}</a></td>'
        return f'{self.open}<a href="{url}" title="{safe}">{safe if say is escape else say(text)}</a></td>'


def flag(mark: Any, sprite: str) -> Markup:
    """A mark of a record: its icon, and its text for who cannot see it. `mark` has `colour`, `icon`, `text`."""
    return Markup('<span class="q-flag q-flag-{}" title="{}">{}<span class="visually-hidden">{}</span></span>').format(
        mark.colour, mark.text, icon_symbol(sprite, mark.icon), mark.text)


def told(text: str) -> Markup:
    """A text of metadata as people laid it out: an empty line ends a paragraph, lines with `- ` or `1. ` are a list."""
    parts: list[Markup] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        for tag, begins in (("ul", r"[-•]\s+"), ("ol", r"\d{1,2}[.)]\s+")):
            if lines and all(re.match(begins, line) for line in lines):
                bare = [re.sub(begins, "", line, count=1) for line in lines]
                items = Markup("").join(Markup("<li>{}</li>").format(line) for line in bare)
                parts.append(Markup("<{tag}>{items}</{tag}>").format(tag=tag, items=items))
                break
        else:
            if lines:
                parts.append(Markup("<p>{}</p>").format(Markup("<br>").join(lines)))
    return Markup("\n").join(parts)


def pick(id: Any, version: int, name: str) -> str:
    """The box that picks a record for an action; it belongs to the form `bulk`, wherever it stands. `name` is escaped.
    """
    return (f'<input class="form-check-input" type="checkbox" id="pick-{id}" name="_id" value="{id}.{version}"'
            f' form="bulk" aria-label="{name or "…"}" autocomplete="off">')


def rows(columns: Sequence[Column], records: Sequence[Mapping[str, Any]], url: str,
         marks: Callable[[Mapping[str, Any]], Any] | None = None, flags: Mapping[Any, str] = MappingProxyType({}),
         depths: Mapping[Any, int] = MappingProxyType({}), picks: bool = False, named: bool = True,
         say: Callable[[str], str] = escape, branch: Branch | None = None) -> Markup:
    """The rows of a table: the first cell of each leads to `url` and the record's id, moved in by its depth.

    `marks` tells the mark of a record, `flags` how each mark is drawn. `picks`: each begins with a box to pick it.
    `named`: each has an id; not where the page holds several tables, of which two may show one record. `say` writes
    texts as safe HTML: with what was searched for marked. `branch`: what a tree puts round the name of a record.
    """
    first, rest = columns[0], columns[1:]
    version = any(c.pencil for c in rest)  # a change says which version it began from
    lines = []
    for record in records:
        mark = marks(record) if marks else None
        kinds = ' class="is-archived"' if record.get("archived_at") else ""
        told = f' data-mark="{mark.colour}"' if mark else ""
        id = str(record["id"])
        here = f"{url}/{id}"
        cells = "".join([c.open_to(record, here, say) if c.pencil else c.cell(record, say) for c in rest])
        text = first.text(record)
        safe = escape(text)
        opened = first.linked(text, safe, here, say)
        if mark:
            opened = opened.replace("<a ", f"{flags[mark]}<a ", 1)
        if branch is not None:
            lead, more, tail = branch(record)
            told += more
            opened = opened.replace("<a ", f"{lead}<a ", 1).removesuffix("</td>") + f"{tail}</td>"
        depth = depths.get(record["id"])
        if depth:
            opened = f'<td data-depth="{min(depth, DEEPEST)}" {opened[4:]}'
        if version and branch is None:
            told += f' data-version="{record["version"]}"'
        if picks:
            opened = f'<td class="q-pick">{pick(id, record["version"], safe)}</td>{opened}'
        name = f' id="r-{id}"' if named else ""
        lines.append(f"<tr{name} data-open{kinds}{told}>{opened}{cells}</tr>")
    return Markup("\n".join(lines))  # noqa: S704 - every part above is escaped
