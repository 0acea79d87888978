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
from engine.services.cells import Column, LinkNames, read_columns
from engine.services.transfer.importing.opening import Broken
from engine.services.transfer.importing.shaping import Line, Piece, Slot
from engine.services.transfer.importing.targets import Target

FORMULA = N_("The formula of this cell came to nothing (%(error)s): mend it or type the value")
UNCOUNTED = N_("The formula of this cell has no value: open the file in a spreadsheet program and save it, or type it")
_STEP = re.compile(r"(\[\d+\]|\.?[^.\[\]]+)$")
_INDEX = re.compile(r"\[\d+\]")


Place = tuple[int, int | None]
"""Where something stands in the table: a line, and the slot there (None: the line as a whole)."""


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
        return (self.line, None), general


class Assembler:
    """Reads the cells of many records at once, column by column, and puts them together."""

    def __init__(self, view: Any, entity: Entity, slots: Sequence[Slot], names: LinkNames,
                 defaults: Mapping[str, str], clear: bool = False):
        self.view, self.entity, self.slots, self.names, self.clear = view, entity, slots, names, clear
        self.levels: dict[tuple[str, ...], list[tuple[int, Target]]] = {}
        self.readers: list[tuple[int, Callable[[Any], Any]]] = []
        """Slots whose cells are read one by one."""
        self.links: dict[Entity, list[int]] = {}
        """Slots whose cells name records: a column is looked up as a whole."""
        for n, slot in enumerate(slots):
            if slot.target is None:
                continue
            f = slot.target.field
            self.levels.setdefault(slot.rows, []).append((n, slot.target))
            if f.targets:
                self.links.setdefault(slot.target.entity, []).append(n)
            else:
                self.readers.append((n, f.kind.cell_reader(f, slot.target.language or view.language, view.names)))
        line = Line(0, [defaults.get(slot.path) for slot in slots])
        self.read([line])
        self.defaults = {n: raw for n, raw in enumerate(line.read) if raw is not None and line.cells[n] is not None}

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
        """Give each line the raw values of its cells, and problems by slot where a text says too little of why."""
        width = len(self.slots)
        for line in lines:
            cells, read = line.cells, [None] * width
            for n, reader in self.readers:
                cell = cells[n]
                if cell is not None and type(cell) is not Broken:
                    read[n] = reader(cell)
            line.read = read
            if line.problems:
                line.problems = {}  # it was read before, when another record of the table was not known yet
            for n, cell in enumerate(cells):
                if type(cell) is Broken:
                    message = FORMULA if cell.said else UNCOUNTED
                    line.problems[n] = Problem("cell.formula", message, params={"error": cell.said})
        for entity, chosen in self.links.items():
            columns = [Column(self.slots[n].target.address, self.slots[n].target.field) for n in chosen]
            cells = [[line.cells[n] if type(line.cells[n]) is not Broken else None for n in chosen] for line in lines]
            for line, row in zip(lines, read_columns(self.view, entity, columns, cells, None, self.names), strict=True):
                for n, made in zip(chosen, row, strict=True):
                    line.read[n] = made.raw
                    if made.problem is not None:
                        line.problems[n] = made.problem

    def _fill(self, one: Incoming, raw: dict[str, Any], piece: Piece, level: tuple[str, ...], before: str) -> None:
        """Put the cells of a record, or of a row, into `raw`; `before` is the path of the row."""
        line, places, beyond = piece.line, one.places, {}
        number, read, problems = line.number, line.read, line.problems
        places[before[:-1]] = (number, None)
        for n, target in self.levels.get(level, ()):
            value, key = read[n], target.field.key
            if (value is None or value == []) and n not in problems:
                value = self.defaults.get(n)
            empty = value is None or value == []
            if target.link is not None:
                link = f"{before}{target.link.key}"
                path = f"{link}.{key}"
                places[path] = (number, n)
                places.setdefault(link, (number, n))
                if not empty:
                    if link not in beyond:
                        beyond[link] = Beyond(link, self.slots[n], raw, {})
                    beyond[link].raw[key] = value
            else:
                path = f"{before}{key}"
                places.setdefault(path, (number, n))
                if target.language:
                    places[f"{path}.{target.language}"] = (number, n)
                    if not empty:
                        raw.setdefault(key, {}).update(value)
                elif not empty:
                    raw[key] = value
                if empty and self.clear and key not in raw:
                    raw[key] = None
            if n in problems:
                one.problems.append(problems[n].at(path))
        one.beyond += beyond.values()
        for key, pieces in piece.rows.items():
            raw[key] = rows = []
            for n, inner in enumerate(pieces):
                row: dict[str, Any] = {}
                rows.append(row)
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
