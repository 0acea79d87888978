"""An uploaded table on disk: opened once by a bounded child process, read line by line ever after.

Nothing here knows of entities. Files hold personal data: they stand in the data folder, readable by the owner only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import orjson

from engine.errors import Invalid, Problem, TooLarge
from engine.language import N_
from engine.logs import log
from engine.services.transfer.importing.reader import CLOCK, DAY, MOMENT, SPAN, WRONG

MOST_CELLS = 1_000_000
MOST_LINES = 200_000
MOST_COLUMNS = 500
MOST_SHEETS = 50
LIMITS: Mapping[str, int] = {
    "cells": MOST_CELLS, "lines": MOST_LINES, "columns": MOST_COLUMNS, "sheets": MOST_SHEETS, "text_cell": 100_000,
    "entries": 1_000, "unpacked": 100 * 2**20, "ratio": 100, "unjudged": 2 * 2**20, "written": 300 * 2**20,
    "memory": 1_200 * 2**20, "seconds": 60,
}
"""What a table may ask for. `ratio` is judged of archives larger than `unjudged`: small ones harm nobody."""
SOURCE, ABOUT = "source", "about.json"
READER = Path(__file__).with_name("reader.py")
WHY = {
    "empty": N_("The file is empty"),
    "type": N_("This is no table: choose a file in the format XLSX, XLS, ODS or CSV"),
    "binary": N_("This is a binary workbook (XLSB): open it and save it as XLSX"),
    "web-page": N_("This is a web page under the name of a table: open it in a spreadsheet program and save it as "
                   "XLSX"),
    "pdf": N_("This is a PDF: a table is needed in the format XLSX, XLS, ODS or CSV"),
    "password": N_("The workbook is protected by a password: save it without one"),
    "broken": N_("The file is damaged: open it in a spreadsheet program and save it again"),
    "no-sheet": N_("The workbook has no sheet with cells"),
    "encoding": N_("The letters of the file cannot be read: save it as XLSX or as CSV in UTF-8"),
    "bomb": N_("The file unpacks into far more than a table needs, so it was not opened. Copy the table into a new "
               "workbook"),
    "text": N_("The texts of the table are too long together: divide it into several files"),
    "columns": N_("The sheet has more than %(most)s columns: leave only those that are imported"),
    "lines": N_("The sheet has more than %(most)s lines: divide it into several files"),
    "cells": N_("The table has more than %(most)s filled cells: divide it into several files"),
    "long-cell": N_("A cell of the table has more than %(most)s characters"),
}
LARGE = frozenset({"bomb", "text", "columns", "lines", "cells", "long-cell"})


@dataclass(frozen=True)
class Sheet:
    """What is known of a sheet before its lines are read. Lines count from 1, columns from 0."""

    index: int
    name: str
    lines: int
    """Lines that hold anything."""
    columns: int
    cells: int
    last: int = 0
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """Merged cells near the top: first line and column, last line and column, from 0."""


def open_table(folder: Path) -> list[Sheet]:
    """The sheets of FOLDER/source that hold anything; their rows lie beside it. Raises Invalid or TooLarge.

    The reader's memory and time are bounded, whatever the file asks for.
    """
    answer = _read(folder)
    code = answer.get("refused")
    if code is not None:
        kind = TooLarge if code in LARGE else Invalid
        most = f"{answer.get('most', 0):,}".replace(",", "\u00a0")
        raise kind([Problem(f"table.{code}", WHY[code], params={"most": most})])
    sheets = [
        Sheet(n, s["name"], s["lines"], s["columns"], s["cells"], s["last"], s["hidden"],
              tuple(tuple(m) for m in s["merged"]))
        for n, s in enumerate(answer["sheets"])
    ]
    filled = [s for s in sheets if s.lines]
    if not filled:
        raise Invalid([Problem("table.empty", WHY["empty"])])
    about = {"kind": answer["kind"], "sheets": [asdict(s) for s in filled]}
    (folder / ABOUT).write_bytes(orjson.dumps(about))
    return filled


def _read(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-I", str(READER), str(folder / SOURCE), str(folder), json.dumps(dict(LIMITS))]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMITS["seconds"] * 2, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return {"refused": "bomb"}
    if done.returncode == 0:
        return orjson.loads(done.stdout)
    # Killed by its bounds (a signal), or by something that nobody foresaw: the table cannot be read either way.
    log.warning("table not read", code=done.returncode)
    return {"refused": "bomb" if done.returncode < 0 or b"MemoryError" in done.stderr[-2_000:] else "broken"}


def known_sheets(folder: Path) -> tuple[str, list[Sheet]]:
    """The kind of the table and its sheets, as `open_table` found them."""
    about = orjson.loads((folder / ABOUT).read_bytes())
    return about["kind"], [
        Sheet(**{**s, "merged": tuple(tuple(m) for m in s["merged"])}) for s in about["sheets"]
    ]


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell whose formula came to nothing: its error (`#N/A`), or empty where no program has worked it out."""

    said: str

    def __str__(self) -> str:
        return self.said


def lines_of(folder: Path, sheet: int) -> Iterator[tuple[int, list[Any]]]:
    """(line, cells) of a sheet, empty lines left out; short lines are not filled up. Memory: one line at a time."""
    with (folder / f"{sheet}.rows").open("rb") as file:
        for data in file:
            line, cells = orjson.loads(data)
            for at, cell in enumerate(cells):
                if type(cell) is list:
                    cells[at] = _cell(*cell)
            yield line, cells


def _cell(mark: str, said: Any) -> Any:
    if mark == DAY:
        return date.fromisoformat(said)
    if mark == MOMENT:
        return datetime.fromisoformat(said)
    if mark == CLOCK:
        return time.fromisoformat(said)
    if mark == SPAN:
        return timedelta(seconds=said)
    return Broken(said) if mark == WRONG else None
