"""What stands in a cell, and what a text that was typed or pasted into one means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import Problem
from engine.fields.base import Names
from engine.language import N_
from engine.model import LANGUAGES, Field
from engine.model.grid import Grid, GridCode
from engine.services.grids.axes import Head
from engine.services.grids.sheet import Cell

NO_CODE = N_("“%(text)s” is no mark of this table. Marks: %(known)s")
LONG = 2_000


class Texts:
    """Texts of the cells of one grid in the language of a view; made once a request."""

    def __init__(self, view: Any, grid: Grid, fields: Mapping[str, Field]):
        self.view, self.grid, self.language = view, grid, view.language
        self._formats = {key: self._format(fields[key], view.names) for key in grid.values}
        self._titles = {key: fields[key].kind.formatter(fields[key], view.language, view.names) for key in grid.values}
        self.marks = list(grid.marks.values())
        self._read: dict[str, str | None] | None = None

    def _format(self, f: Field, names: Names) -> Callable[[Mapping[str, Any]], str]:
        """The short text: the letter of a code, else the value as everywhere."""
        write, codes, key = f.kind.formatter(f, self.language, names), self.grid.codes, f.key
        letters = {code: one.key.in_(self.language) for code, one in codes.items()}

        def cell(record: Mapping[str, Any]) -> str:
            return letters.get(record.get(key)) or write(record)  # type: ignore[arg-type]

        return cell if codes else write

    def short(self, head: Head, cell: Cell | None) -> str:
        return "" if cell is None else self._formats[head.field.key](cell.values)

    def whole(self, head: Head, cell: Cell | None) -> str:
        """The text in full, for those who hear it or point at the cell."""
        if cell is None:
            return self.grid.blank.title.in_(self.language) if self.grid.blank else ""
        code = self.grid.codes.get(cell.values.get(head.field.key) or "")
        if code is not None and code.title is not None:
            return code.title.in_(self.language)
        return self._titles[head.field.key](cell.values)

    def colour(self, head: Head, cell: Cell | None, holds: Callable[[Any], Any]) -> str:
        """The colour of the first mark that holds, else of the code. `holds` judges a rule about the cell."""
        for mark in self.marks:
            if holds(mark.when):
                return mark.colour
        code = self.grid.codes.get(cell.values.get(head.field.key) or "") if cell is not None else None
        return code.colour if code is not None else ""

    def title_of(self, code: GridCode) -> str:
        if code.title is not None:
            return code.title.in_(self.language)
        key = self.grid.cell.value
        return self._titles[key]({key: code.code})

    # -- reading what was typed ------------------------------------------------------------------------------------

    def read(self, f: Field, text: str) -> Any:
        """The raw value (as JSON says it) that a text means; None empties the cell. ValueError holds a Problem."""
        text = text.strip()[:LONG]
        if not text:
            return None
        if not self.grid.codes:
            return f.kind.from_form(f, [text], self.language)
        if self._read is None:
            self._read = self._meanings(f)
        folded = text.casefold()
        if folded in self._read:
            return self._read[folded]
        known = ", ".join(code.key.in_(self.language) for code in self.grid.codes.values())
        raise ValueError(Problem("grid.code", NO_CODE, f.key, {"text": text[:40], "known": known}))

    def _meanings(self, f: Field) -> dict[str, str | None]:
        """Folded text -> code: letters of this language before all others, then codes, titles, letters of the rest."""
        grid, found = self.grid, {}
        others = [language for language in LANGUAGES if language != self.language]
        blank = grid.blank
        for language in (self.language, *others):
            if blank is not None and blank.key is not None:
                found.setdefault(blank.key.in_(language).casefold(), None)
            for code in grid.codes.values():
                found.setdefault(code.key.in_(language).casefold(), code.code)
            if language == self.language:
                found |= {code.casefold(): code for code in grid.codes if code.casefold() not in found}
            if blank is not None:
                found.setdefault(blank.title.in_(language).casefold(), None)
            say = f.kind.formatter(f, language, self.view.names)
            for code in grid.codes.values():
                title = code.title.in_(language) if code.title is not None else say({f.key: code.code})
                found.setdefault(title.casefold(), code.code)
        return found
