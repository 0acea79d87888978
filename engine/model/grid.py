"""An entry grid: rows and columns from queries, where each cell is a record of its own entity. No record: empty cell.

Like every layout it names fields and adds no rights: the access of the rows and of the cells decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.field import EMPTY, Field, Serves
from engine.model.text import Text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STRETCHES = ("days", "weeks", "months")
MOST_ROWS, MOST_COLUMNS = 300, 120


@dataclass(frozen=True)
class Parameter:
    """What is chosen above the grid and kept in its URL. Rules of the axes read it by its key; a period is read by
    the names of its first and last day (`month_first`, `month_last`)."""

    field: Field
    where: Any = None
    """Which records may be chosen; it may read the parameters before this one."""
    prefer: Any = None
    """The record that is taken when nobody chose: the first for which this holds, else the first of all."""


@dataclass(frozen=True)
class GridRows:
    entity: str
    where: Any = None
    sort: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    """Fields that name a row; empty for the record's own display."""
    columns: tuple[str, ...] = ()
    """More frozen columns beside the name: field keys or paths over links."""


@dataclass(frozen=True)
class GridColumns:
    """`kind` is days, weeks or months (of the period `parameter`), records (of `entity`) or fields (of the cell)."""

    kind: str
    parameter: str = ""
    only: tuple[str, ...] = ()
    """Days: `working`, or names of days of the week. Empty for every day."""
    entity: str = ""
    where: Any = None
    sort: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class GridCell:
    """Fields of the cell's entity: what places it, what is typed, and what else stands in its pop-up."""

    row: str
    column: str = ""
    value: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class GridCode:
    """A value that one key writes. `title` is None for the title that the choice itself gives the code."""

    code: str
    key: Text
    title: Text | None = None
    colour: str = ""


@dataclass(frozen=True)
class GridBlank:
    """What an empty cell means, and the key that empties one."""

    title: Text
    key: Text | None = None


@dataclass(frozen=True)
class GridLock:
    """Cells that cannot be typed into, and why. `outside`: the place is none of this row's, so nothing counts it."""

    key: str
    when: Any
    reason: Text
    excepted: frozenset[str] = frozenset()
    """Roles that it does not hold back."""
    outside: bool = False


@dataclass(frozen=True)
class GridTotal:
    """`kind` is count (cells where the rule holds), percent (their share), sum or avg (of what the rule gives)."""

    key: str
    title: Text
    kind: str
    rule: Any
    among: Any = None
    """Which cells are looked at, empty ones too; None for all that are not outside."""
    of: tuple[str, ...] = ("rows", "columns")


@dataclass(frozen=True)
class GridMark:
    key: str
    title: Text
    when: Any
    colour: str


@dataclass(frozen=True, eq=False)
class Grid:
    address: str
    module: str
    key: str
    title: Text
    cells: str
    """The entity whose records are the cells."""
    rows: GridRows
    columns: GridColumns
    cell: GridCell
    parameters: Mapping[str, Parameter] = EMPTY
    codes: Mapping[str, GridCode] = EMPTY
    blank: GridBlank | None = None
    locked: Mapping[str, GridLock] = EMPTY
    totals: Mapping[str, GridTotal] = EMPTY
    marks: Mapping[str, GridMark] = EMPTY
    roles: frozenset[str] = frozenset()
    """Who is offered it; empty for everybody who may read the rows and the cells."""
    icon: str = "table"
    direction: str = "down"
    """Where the next cell is after a code: down or right."""
    hint: Text | None = None
    serves: tuple[Serves, ...] = ()

    @property
    def slug(self) -> str:
        """Its part of a URL: `class-register`."""
        return self.key.replace("_", "-")

    @property
    def values(self) -> tuple[str, ...]:
        """Fields of the cell that are typed into the grid itself."""
        return self.columns.fields or (self.cell.value,)
