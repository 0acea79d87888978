"""The cells of a record become raw values, as JSON would say them, with the place in the table of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Problem
from engine.language import N_
from engine.language.sheets import cell_text
from engine.model import Entity
from engine.services.cells import Cell, Column, LinkNames, read_columns
from engine.services.transfer.importing.opening import Broken
from engine.services.transfer.importing.shaping import Line, Piece, Slot

FORMULA = N_("The formula of this cell came to nothing (%(error)s): mend it or type the value")
UNCOUNTED = N_("The formula of this cell has no value: open the file in a spreadsheet program and save it, or type it")
_STEP = re.compile(r"(\[\d+\]|\.?[^.\[\]]+)$")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the table: a line, and the slot there (None: the line as a whole)."""

    line: int
    slot: int | None


@dataclass(eq=False)
class Beyond:
    """The cells of one record (or row) that are about the record behind a link."""

    path: str
    """Where the link stands, with the numbers of rows: `person`, `guardians[0].guardian`."""
    slot: Slot
    """One of its slots: it knows the link."""
    holder: dict[str, Any]
    """The raw values in which the link belongs."""
    raw: dict[str, Any]


@dataclass(eq=False)
class Incoming:
    """One record of the table on its way in."""

    piece: Piece
    raw: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """Path of a problem (`lines[2].price`) -> where its cell stands."""
    beyond: list[Beyond] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """What reading the cells has said already; their paths are those of the raw values."""

    @property
    def line(self) -> int:
        return self.piece.line.number

    @property
    def label(self) -> str:
        """What the record is about, in a few words of its line."""
        texts = (cell_text(cell) for cell in self.piece.line.cells if cell is not None and type(cell) is not Broken)
        return " · ".join([text[:60] for text in texts if text][:3])

    def place_of(self, path: str) -> tuple[Place, str]:
        """Where a problem at `path` is shown: its cell, or that of what it is inside; and the path of a target."""
        general = _INDEX.sub("", path)
        here = path
        while here:
            if here in self.places:
                return self.places[here], general
            here = _STEP.sub("", here)
        return Place(self.line, None), general


class Assembler:
    """Reads the cells of many records at once, column by column, and puts them together."""

    def __init__(self, view: Any, entity: Entity, slots: Sequence[Slot], names: LinkNames,
                 defaults: Mapping[str, str], clear: bool = False):
        self.view, self.entity, self.slots, self.names, self.clear = view, entity, slots, names, clear
        self.levels: dict[tuple[str, ...], list[int]] = {}
        for n, slot in enumerate(slots):
            if slot.target is not None:
                self.levels.setdefault(slot.rows, []).append(n)
        self.defaults = self._read_defaults(defaults)

    def _read_defaults(self, defaults: Mapping[str, str]) -> dict[int, Cell]:
        line = Line(0, [defaults.get(slot.path) for slot in self.slots])
        self.read([line])
        return {n: cell for n, cell in enumerate(line.read) if cell is not None and line.cells[n] is not None}

    def incoming(self, pieces: Sequence[Piece]) -> list[Incoming]:
        """The records, with what is wrong with single cells."""
        self.read([line for piece in pieces for line in piece.lines])
        found = []
        for piece in pieces:
            one = Incoming(piece)
            self._fill(one, one.raw, piece, (), "")
            found.append(one)
        return found

    def read(self, lines: Sequence[Line]) -> None:
        """Give each line the readings of its cells: links of a column are found for all lines together."""
        for line in lines:
            line.read = [None] * len(self.slots)
        by_reader: dict[tuple[Entity, str], list[int]] = {}
        for n, slot in enumerate(self.slots):
            if slot.target is not None:
                by_reader.setdefault((slot.target.entity, slot.target.language), []).append(n)
        for (entity, language), chosen in by_reader.items():
            columns = [Column(self.slots[n].target.address, self.slots[n].target.field) for n in chosen]
            cells = [[line.cells[n] if type(line.cells[n]) is not Broken else None for n in chosen] for line in lines]
            made = read_columns(self.view, entity, columns, cells, None, self.names, language)
            for line, row in zip(lines, made, strict=True):
                for n, cell in zip(chosen, row, strict=True):
                    line.read[n] = cell
        for line in lines:
            for n, cell in enumerate(line.cells):
                if type(cell) is Broken:
                    message = FORMULA if cell.said else UNCOUNTED
                    line.read[n] = Cell(None, Problem("cell.formula", message, params={"error": cell.said}))

    def _fill(self, one: Incoming, raw: dict[str, Any], piece: Piece, level: tuple[str, ...], before: str) -> None:
        """Put the cells of a record, or of a row, into `raw`; `before` is the path of the row."""
        line, beyond = piece.line, {}
        one.places[before.rstrip(".")] = Place(line.number, None)
        for n in self.levels.get(level, ()):
            target = self.slots[n].target
            cell = line.read[n]
            if cell is None or (cell.raw in (None, []) and cell.problem is None):
                cell = self.defaults.get(n, cell)
            empty = cell is None or cell.raw in (None, [])
            if target.link is not None:
                path = f"{before}{target.link.key}"
                one.places[f"{path}.{target.field.key}"] = Place(line.number, n)
                one.places.setdefault(path, Place(line.number, n))
                if not empty:
                    if path not in beyond:
                        beyond[path] = Beyond(path, self.slots[n], raw, {})
                    beyond[path].raw[target.field.key] = cell.raw
                path = f"{path}.{target.field.key}"
            else:
                path = f"{before}{target.field.key}"
                one.places.setdefault(path, Place(line.number, n))
                if target.language:
                    one.places[f"{path}.{target.language}"] = Place(line.number, n)
                    if not empty:
                        raw.setdefault(target.field.key, {}).update(cell.raw)
                elif not empty:
                    raw[target.field.key] = cell.raw
                if empty and self.clear and target.field.key not in raw:
                    raw[target.field.key] = None
            if cell is not None and cell.problem is not None:
                one.problems.append(cell.problem.at(path))
        one.beyond += beyond.values()
        for key, pieces in piece.rows.items():
            raw[key] = []
            for n, inner in enumerate(pieces):
                row: dict[str, Any] = {}
                raw[key].append(row)
                self._fill(one, row, inner, (*level, key), f"{before}{key}[{n}].")


def without_said(entity: Entity, problems: Iterable[Problem], said: Iterable[Problem]) -> list[Problem]:
    """`problems` without those of which something more exact is said already: at the same place, or at the link that
    would have given the missing value."""
    known = tuple(p.path for p in said if p.path)

    def is_said(path: str) -> bool:
        return any(path == k or k.startswith(f"{path}.") or path.startswith((f"{k}.", f"{k}[")) for k in known)

    return [p for p in problems if not (p.path and (is_said(p.path) or _follows(entity, p, is_said)))]


def _follows(entity: Entity, problem: Problem, is_said: Callable[[str], bool]) -> bool:
    """Is the value missing only because the link that its default reads leads nowhere?"""
    if problem.code != "field.required":
        return False
    f, fields = None, entity.fields
    for key in _INDEX.sub("", problem.path).split("."):
        f = fields.get(key)
        if f is None:
            return False
        fields = f.fields
    before = problem.path[: len(problem.path) - len(f.key)]
    return hasattr(f.default, "paths") and any(is_said(f"{before}{p[0]}") for p in f.default.paths if len(p) > 1)
