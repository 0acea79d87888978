"""The cells of a grid as HTML and as JSON, from one description: a table has thousands, so they are made in a loop.

A cell carries only what is not usual: its token (`data-s`), colour (`data-m`), lock (`data-l`: a place in the list of
reasons), and whether its pop-up holds more (`data-n`). Everything passes `escape`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

from markupsafe import Markup

from engine.language import translate
from engine.model import Text
from engine.services import grids
from engine.services.grids.sheet import Lock

EMPTY = (None, "", [], False)


@dataclass
class DrawnCell:
    """One place of the grid as people see it."""

    text: str = ""
    whole: str = ""
    token: str = ""
    colour: str = ""
    more: bool = False
    reason: str = ""
    outside: bool = False


class Drawing:
    """Draws the cells of one sheet for one reader. `writable`: whether any cell may be typed into."""

    def __init__(self, view: Any, sheet: grids.Sheet, writable: bool):
        self.view, self.sheet, self.grid, self.writable = view, sheet, sheet.grid, writable
        self.texts = grids.Texts(view, sheet.grid, sheet.entity.fields)
        self.reasons: dict[tuple[str, bool], int] = {}

    def cell(self, line: grids.Line, head: grids.Head) -> DrawnCell:
        cell, lock = self.sheet.cell(line, head), self.sheet.lock(line, head)
        return self.drawn(line, head, cell, lock)

    def drawn(self, line: grids.Line, head: grids.Head, cell: grids.Cell | None, lock: Lock | None) -> DrawnCell:
        if cell is None and lock is not None:
            return DrawnCell(reason=self.said(lock.reason), outside=lock.outside)
        made = DrawnCell(whole=self.texts.whole(head, cell))
        if cell is not None:
            made.text, made.token = self.texts.short(head, cell), cell.token
            made.more = any(cell.values.get(key) not in EMPTY for key in self.grid.cell.more)
        if cell is not None or self.grid.marks:
            holds = partial(self.sheet.watch.holds, line=line, head=head, cell=cell)
            made.colour = self.texts.colour(head, cell, holds)
        if lock is not None:
            made.reason, made.outside = self.said(lock.reason), lock.outside
        return made

    def said(self, reason: str | Text) -> str:
        language = self.view.language
        return reason.in_(language) if isinstance(reason, Text) else translate(reason, language)

    # -- the table ---------------------------------------------------------------------------------------------------

    def rows(self, totals: dict[str, list[str]], url_of: Any) -> Markup:
        """The rows of the table; `url_of(row key)` is where one row stands as a form."""
        lines = []
        for number, line in enumerate(self.sheet.lines, 1):
            title = escape(line.title)
            begin = (f'<tr data-k="{line.key}"><td class="q-grid-number">{number}</td><th scope="row" title="{title}">'
                     f'<a href="{escape(url_of(line.key))}">{title}</a></th>')
            beside = "".join([f'<td class="q-grid-beside">{escape(text)}</td>' for text in line.texts])
            cells = "".join([self._td(line, head) for head in self.sheet.heads])
            ends = "".join([f'<td class="q-grid-total">{escape(text)}</td>' for text in totals.get(line.key, ())])
            lines.append(f"{begin}{beside}{cells}{ends}</tr>")
        return Markup("\n".join(lines))  # noqa: S704 - every part above is escaped

    def _td(self, line: grids.Line, head: grids.Head) -> str:
        made = self.cell(line, head)
        said = f' data-s="{made.token}"' if made.token else ""
        if made.colour:
            said += f' data-m="{made.colour}"'
        if made.more:
            said += " data-n"
        if made.reason and (self.writable or made.outside):
            said += f' data-l="{self.reason(made)}"'
        if not made.text:
            return f"<td{said}></td>"
        safe = escape(made.text)
        whole = f' title="{escape(made.whole)}"' if made.whole and made.whole != made.text else ""
        return f"<td{said}{whole}>{safe}</td>"

    def reason(self, made: DrawnCell) -> str:
        """The place of a reason in the list, `x` before that of a place outside."""
        number = self.reasons.setdefault((made.reason, made.outside), len(self.reasons))
        return f"x{number}" if made.outside else str(number)

    # -- JSON --------------------------------------------------------------------------------------------------------

    def json(self, outcome: grids.Outcome) -> dict[str, Any]:
        """What came of one cell, for the script that sent it."""
        entry = outcome.entry
        told: dict[str, Any] = {"row": entry.row, "column": entry.column, "state": outcome.state}
        if outcome.line is not None and outcome.head is not None:
            made = self.drawn(outcome.line, outcome.head, outcome.cell, None)
            told |= {"text": made.text, "whole": made.whole, "seen": made.token, "colour": made.colour,
                     "more": made.more}
        if outcome.problems:
            told["reason"] = ". ".join(p.text(self.view.language) for p in outcome.problems)
        return told
