"""How a person wants a table to be read: which columns go where, what stands in for missing ones, new or known records.

It is kept as JSON in `engine_import.options`, the mended cells in `engine_import.corrections`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

CREATE, UPDATE, BOTH = "create", "update", "both"
MODES = (CREATE, UPDATE, BOTH)


@dataclass
class Plan:
    """What was chosen on the page of columns."""

    sheet: int = 0
    head: int | None = None
    """The line of the head; None: found by itself, 0: the table has none."""
    columns: dict[int, str] = field(default_factory=dict)
    """Column -> path of its target; columns that are left out are not here."""
    defaults: dict[str, str] = field(default_factory=dict)
    """Path -> what is taken where the cell is empty, or the column missing."""
    mode: str = CREATE
    key: tuple[str, ...] = ()
    """Paths of the fields by which stored records are known."""
    clear: bool = False
    """True when an empty cell empties the stored field; else it leaves it alone."""

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "columns": {str(k): v for k, v in self.columns.items()}, "key": list(self.key)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Plan:
        columns = {int(k): v for k, v in stored.get("columns", {}).items()}
        return cls(**{**stored, "columns": columns, "key": tuple(stored.get("key", ()))})


@dataclass
class Corrections:
    """What was mended on the page instead of in the file."""

    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    """Line -> path -> text."""
    everywhere: dict[str, dict[str, str]] = field(default_factory=dict)
    """Path -> text of the file -> text instead of it, in all lines."""
    left_out: set[int] = field(default_factory=set)
    """First lines of records that are not imported."""

    def kept(self) -> dict[str, Any]:
        return {"cells": {str(k): v for k, v in self.cells.items()}, "everywhere": self.everywhere,
                "left_out": sorted(self.left_out)}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Corrections:
        stored = stored or {}
        return cls({int(k): dict(v) for k, v in stored.get("cells", {}).items()},
                   {k: dict(v) for k, v in stored.get("everywhere", {}).items()}, set(stored.get("left_out", ())))
