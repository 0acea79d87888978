"""Lines of a table become records: one a line, or several lines a record where rows are brought in too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.language.folding import folded
from engine.language.sheets import cell_text
from engine.services.transfer.importing.plan import Corrections, Plan
from engine.services.transfer.importing.targets import RECORD, Target

_TOTAL = re.compile(r"(итого|всего|барлығы|жиыны|жиынтығы|қорытынды|total|grand total)\b.{0,40}[:.]?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Slot:
    """A place that lines have a cell for. `column` is None for one that only defaults and corrections fill."""

    path: str
    target: Target | None
    """None for the column that says which lines are one record."""
    column: int | None = None

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(r.key for r in self.target.rows) if self.target else ()


@dataclass(eq=False, slots=True)
class Line:
    """A line of the table: a cell for each slot, what each was read as, and what is wrong with it."""

    number: int
    cells: list[Any]
    read: list[Any] = field(default_factory=list)
    problems: dict[int, Any] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Piece:
    """A record, or a row of one, and the line on which its own cells stand."""

    line: Line
    rows: dict[str, list[Piece]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    """Of a record: all lines that it takes."""


def slots_of(plan: Plan, found: Mapping[str, Target], corrections: Corrections) -> list[Slot]:
    """The slots of a plan: its columns, then what is filled in without a column. Unknown paths are left out."""
    made = [Slot(path, found.get(path), column) for column, path in sorted(plan.columns.items())
            if path in found or path == RECORD]
    told = {s.path for s in made}
    extra = [*plan.defaults, *(path for fixes in corrections.cells.values() for path in fixes)]
    return made + [Slot(path, found[path]) for path in dict.fromkeys(extra) if path in found and path not in told]


def read_lines(source: Iterable[tuple[int, list[Any]]], begins: int, slots: Sequence[Slot],
               corrections: Corrections) -> Iterator[Line]:
    """The lines that hold anything in the slots, mended; lines of totals are left out."""
    places = {s.path: n for n, s in enumerate(slots)}
    columns = [s.column for s in slots]
    everywhere = [(places[path], told) for path, told in corrections.everywhere.items() if path in places]
    needed = [n for n, s in enumerate(slots) if s.column is not None and s.target and s.target.required]
    for number, cells in source:
        if number < begins:
            continue
        width = len(cells)
        row = [cells[c] if c is not None and c < width else None for c in columns]
        if all(cell is None for cell in row):
            continue
        if _is_total(cells, row, needed):
            continue
        for at, told in everywhere:
            if row[at] is not None:
                row[at] = told.get(cell_text(row[at]), row[at])
        for path, text in corrections.cells.get(number, {}).items():
            if path in places:
                row[places[path]] = text
        yield Line(number, row)


def _is_total(cells: Sequence[Any], row: Sequence[Any], needed: Sequence[int]) -> bool:
    """A line that begins with the word for a total and lacks most of what a record needs."""
    first = next((cell for cell in cells if cell is not None), None)
    if not isinstance(first, str) or not _TOTAL.fullmatch(first.strip()):
        return False
    filled = sum(1 for n in needed if row[n] is not None and row[n] != first)
    return filled * 2 < max(len(needed), 1)


def records_in(lines: Iterable[Line], slots: Sequence[Slot]) -> Iterator[Piece]:
    """The records, in order. Memory: one record at a time.

    With rows a line goes on with the record above when its own cells are empty or repeat that record's.
    """
    if not any(s.rows for s in slots):
        for line in lines:
            yield Piece(line, {}, [line])
        return
    levels = _Levels(slots)
    current: Piece | None = None
    for line in lines:
        if current is not None and levels.goes_on(line, current.line):
            current.lines.append(line)
        else:
            if current is not None:
                yield current
            current = Piece(line, {}, [line])
        levels.add_rows(current, line, ())
    if current is not None:
        yield current


class _Levels:
    """Which slots are of the record, which of its rows, which of rows inside these."""

    def __init__(self, slots: Sequence[Slot]):
        self.record = next((n for n, s in enumerate(slots) if s.target is None), None)
        self.at: dict[tuple[str, ...], list[int]] = {(): []}
        for n, s in enumerate(slots):
            if s.target is not None:
                self.at.setdefault(s.rows, []).append(n)
        for rows in list(self.at):
            for depth in range(len(rows)):
                self.at.setdefault(rows[:depth], [])
        self.below: dict[tuple[str, ...], list[tuple[tuple[str, ...], list[int], list[int]]]] = {}
        """Rows -> the rows right inside them: their own slots, and those of what is further inside."""
        for rows, own in self.at.items():
            inner = [n for deeper, found in self.at.items() if len(deeper) > len(rows) and deeper[: len(rows)] == rows
                     for n in found]
            if rows:
                self.below.setdefault(rows[:-1], []).append((rows, own, inner))

    def goes_on(self, line: Line, begun: Line) -> bool:
        """Is the line one more of the record that began on `begun`?"""
        told = [self.record] if self.record is not None else self.at[()]
        return _repeats(line, begun, told)

    def add_rows(self, owner: Piece, line: Line, above: tuple[str, ...]) -> None:
        cells = line.cells
        for rows, own, inner in self.below.get(above, ()):
            more = bool(inner) and any(cells[n] is not None for n in inner)
            if not more and all(cells[n] is None for n in own):
                continue
            pieces = owner.rows.setdefault(rows[-1], [])
            if not (pieces and more and _repeats(line, pieces[-1].line, own)):
                pieces.append(Piece(line))
            if more:
                self.add_rows(pieces[-1], line, rows)


def _repeats(line: Line, before: Line, slots: Sequence[int]) -> bool:
    """True when each of the cells is empty or says what the line before says there."""
    for n in slots:
        cell = line.cells[n]
        if cell is not None and cell != before.cells[n] and folded(cell_text(cell)) != folded(
                cell_text(before.cells[n])):
            return False
    return True
