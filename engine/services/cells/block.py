"""A block of cells from the clipboard: lines apart by line ends, cells by tabs, as every spreadsheet copies them."""

from __future__ import annotations

from engine.errors import Problem, TooLarge
from engine.language import N_

MOST_CELLS = 5_000
"""Cells of one block. More belong into an import, which reads them in the background."""
MOST_CHARACTERS = 1_000_000
MANY = N_("The copied block has %(count)s cells; at most %(most)s are pasted at once. Paste a part of it, or import "
          "it as a file")
LONG = N_("The copied text is too long to be pasted at once. Paste a part of it, or import it as a file")
SPACES = " \u00a0\u202f"


class TooMany(TooLarge):
    """More cells than one paste takes. 413; nothing of the block is read."""

    code = "paste.too-many"
    title = N_("This block is too large to be pasted")


def parse_block(text: str, most: int = MOST_CELLS) -> list[list[str]]:
    """The cells of a block, line by line, without empty lines at its end.

    A cell that holds a line end or a tab stands in quotation marks, doubled inside, as Excel and Calc write it.
    Raises TooMany; the size is judged while reading, so that a huge block costs no more than a large one.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooMany([Problem("paste.too-long", LONG)])
    lines: list[list[str]] = []
    line: list[str] = []
    at, end, count = 0, len(text), 0
    while at < end:
        cell, at = _cell(text, at)
        line.append(cell.strip(SPACES))
        count += 1
        if at < end and text[at] == "\t":
            at += 1
            if at < end:
                continue
            line.append("")
        elif at < end:
            at += 2 if text[at : at + 2] == "\r\n" else 1
        lines.append(line)
        line = []
        if count > most:
            raise TooMany([Problem("paste.too-many", MANY, params={"count": _estimate(text, lines), "most": most})])
    while lines and not any(lines[-1]):
        lines.pop()
    return lines


def _cell(text: str, at: int) -> tuple[str, int]:
    """The cell that begins at `at`, and where its end mark stands."""
    if text[at] == '"':
        quoted = _quoted(text, at)
        if quoted is not None:
            return quoted
    stop = at
    while stop < len(text) and text[stop] not in "\t\n\r":
        stop += 1
    return text[at:stop], stop


def _quoted(text: str, at: int) -> tuple[str, int] | None:
    """A cell in quotation marks; None when what follows its end shows that the mark was meant as itself."""
    parts, start = [], at + 1
    while True:
        mark = text.find('"', start)
        if mark < 0:
            return None
        parts.append(text[start:mark])
        if text[mark + 1 : mark + 2] != '"':
            break
        parts.append('"')
        start = mark + 2
    if text[mark + 1 : mark + 2] not in ("", "\t", "\n", "\r"):
        return None
    return "".join(parts).replace("\r\n", "\n").replace("\r", "\n"), mark + 1


def _estimate(text: str, lines: list[list[str]]) -> int:
    """About how many cells a block holds whose first lines were read."""
    width = max(len(line) for line in lines)
    return max((text.rstrip().count("\n") + 1) * width, sum(map(len, lines)))
