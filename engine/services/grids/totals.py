"""Totals of rows and columns, by the rules of the grid. Places outside count nowhere; an empty cell is judged too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine.language.formats import number_formatter
from engine.model.grid import GridTotal
from engine.services.grids.sheet import Sheet

TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")


@dataclass
class Sum:
    """One total of one row or column on its way."""

    held: int = 0
    looked_at: int = 0
    total: Decimal | int = 0
    filled: int = 0

    def add(self, kind: str, value: Any) -> None:
        self.looked_at += 1
        if kind in ("count", "percent"):
            self.held += bool(value)
        elif value is not None:
            self.filled += 1
            self.total += value

    def value(self, kind: str) -> Any:
        """The number; None where nothing was looked at."""
        if kind == "count":
            return self.held
        if kind == "percent":
            return _rounded(Decimal(100 * self.held) / self.looked_at, TENTH) if self.looked_at else None
        if not self.filled:
            return None
        return self.total if kind == "sum" else _rounded(Decimal(self.total) / self.filled, HUNDREDTH)


@dataclass
class Totals:
    """Texts by key of the row or column, in the order of the grid's totals of that axis."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)


def totals(view: Any, sheet: Sheet, rows: Collection[str] | None = None,
           columns: Collection[str] | None = None) -> Totals:
    """The totals of all rows and columns, or only of these keys."""
    wanted = list(sheet.grid.totals.values())
    if not wanted or sheet.watch is None:
        return Totals()
    across = {line.key: [Sum() for _ in wanted] for line in sheet.lines if rows is None or line.key in rows}
    down = {head.key: [Sum() for _ in wanted] for head in sheet.heads if columns is None or head.key in columns}
    watch = sheet.watch
    for line in sheet.lines:
        mine = across.get(line.key)
        for head in sheet.heads:
            its = down.get(head.key)
            if mine is None and its is None:
                continue
            cell = sheet.cell(line, head)
            lock = watch.lock(line, head, cell)
            if lock is not None and lock.outside:
                continue
            for n, total in enumerate(wanted):
                if total.among is not None and not watch.holds(total.among, line, head, cell):
                    continue
                value = watch.holds(total.rule, line, head, cell)
                if mine is not None:
                    mine[n].add(total.kind, value)
                if its is not None:
                    its[n].add(total.kind, value)
    say = [_writer(view, total) for total in wanted]
    return Totals(*({key: [write(s.value(t.kind)) for s, t, write in zip(sums, wanted, say, strict=True)
                           if axis in t.of] for key, sums in each.items()}
                    for axis, each in (("rows", across), ("columns", down))))


def _writer(view: Any, total: GridTotal) -> Any:
    places = {"count": 0, "percent": 1, "avg": 2}.get(total.kind, total.rule.type.places or 0)
    write = number_formatter(view.language, places, trimmed=total.kind != "sum")
    return lambda value: "" if value is None else write(value)


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_UP)
