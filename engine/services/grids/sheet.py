"""A grid as it stands: its rows, its columns, the records between them, and which places are locked.

At most five statements, however many rows and columns there are: the offers of a parameter, the rows, the columns
where they are records, the cells, and what lock rules read behind links.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.language import N_
from engine.model import Entity, Field
from engine.model.grid import Grid, GridLock
from engine.model.text import Text
from engine.services.access.grants import readable
from engine.services.grids.axes import Head, Line, heads, lines, read
from engine.services.grids.choosing import Chosen
from engine.services.lookups import Lookups, look_up
from engine.storage.queries.source import EntitySource

READONLY = N_("This value cannot be changed now")
TAIL = 8
"""Letters of an id that tell one record from the one that took its place."""


@dataclass(frozen=True)
class Cell:
    """A stored record at its place. `values` are those that the actor may read."""

    id: UUID
    version: int
    values: Mapping[str, Any]

    @property
    def token(self) -> str:
        """What a browser gives back to say which state of which record it saw."""
        return f"{self.version}-{self.id.hex[-TAIL:]}"


@dataclass(frozen=True)
class Lock:
    reason: str | Text
    outside: bool = False


Place = tuple[UUID, Any]
"""The id of a row, and what the cell holds in its column field (None where fields are the columns)."""


@dataclass
class Sheet:
    grid: Grid
    entity: Entity
    chosen: Chosen
    lines: list[Line] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    cells: dict[Place, Cell] = field(default_factory=dict)
    more: bool = False
    """There are more rows or columns than fit."""
    watch: Any = None

    def cell(self, line: Line, head: Head) -> Cell | None:
        return self.cells.get((line.id, head.value))

    def lock(self, line: Line, head: Head) -> Lock | None:
        """Why nothing may be typed there, or None."""
        return self.watch.lock(line, head, self.cell(line, head))


def sheet(view: Any, grid: Grid, chosen: Chosen, *, rows: Collection[UUID] | None = None,
          columns: Collection[str] | None = None) -> Sheet:
    """The grid, or the part of it that lies in these `rows` and `columns`."""
    entity = view.catalog.entity(grid.cells)
    made = Sheet(grid, entity, chosen)
    if not chosen.whole:
        return made
    made.lines, many = lines(view, grid, chosen, rows)
    made.heads, wide = heads(view, grid, chosen, columns)
    made.more = many or wide
    if made.lines and made.heads:
        made.cells = _cells(view, grid, entity, made.lines, made.heads)
    made.watch = Watch(view, grid, entity, made.lines, made.heads)
    return made


def _cells(view: Any, grid: Grid, entity: Entity, lines: Sequence[Line], heads: Sequence[Head]) -> dict[Place, Cell]:
    seen = readable(view.catalog, view.actor, entity)
    place = [grid.cell.row, *([grid.cell.column] if grid.cell.column else [])]
    wanted = [key for key in (*place, *grid.values, *grid.cell.more, *_read_by_rules(grid, entity)) if key in seen]
    row, column = entity.fields[grid.cell.row], entity.fields.get(grid.cell.column)

    def conditions(source: EntitySource) -> list[sa.ColumnElement]:
        found = [row.kind.expression(row, source.table).in_([line.id for line in lines])]
        if column is not None:
            found.append(column.kind.expression(column, source.table).in_([head.value for head in heads]))
        return found

    named = any(entity.fields[key].kind.targets(entity.fields[key]) for key in grid.values)
    found = read(view, entity, wanted, (), conditions, len(lines) * max(len(heads), 1), named)
    return {(r[grid.cell.row], r[grid.cell.column] if column is not None else None): _cell(r) for r in found}


def _cell(record: Mapping[str, Any]) -> Cell:
    return Cell(record["id"], record["version"], record)


def _read_by_rules(grid: Grid, entity: Entity) -> list[str]:
    """Fields of the cell that its rules read."""
    rules = [*(lock.when for lock in grid.locked.values()), *(mark.when for mark in grid.marks.values()),
             *(rule for total in grid.totals.values() for rule in (total.rule, total.among)),
             *_own_locks(grid, entity)]
    names = {path[0] for rule in rules if rule is not None for path in rule.paths}
    return [f.key for f in entity.fields.values() if f.key in names and not f.is_many]


def _own_locks(grid: Grid, entity: Entity) -> list[Any]:
    """Conditions of the fields themselves that keep a value from being typed."""
    fields = [entity.fields[key] for key in grid.values]
    return [rule for f in fields for rule in (f.readonly_when, f.visible_when) if rule is not None]


class Watch:
    """Judges rules about the places of one grid. What a rule cannot tell apart is judged once a column."""

    def __init__(self, view: Any, grid: Grid, entity: Entity, lines: Sequence[Line], heads: Sequence[Head]):
        self.grid, self.entity = grid, entity
        roles = view.actor.roles
        self.locks = [each for each in grid.locked.values() if each.outside or not each.excepted & roles]
        rules = [each.when for each in self.locks] + _own_locks(grid, entity)
        rules += [rule for t in grid.totals.values() for rule in (t.rule, t.among) if rule is not None]
        rules += [mark.when for mark in grid.marks.values()]
        self.context = view.context({}, follow=_follow(view, grid, entity, rules, lines, heads))
        self._known: dict[tuple[Any, Any], Any] = {}
        self._narrow = {rule: grid.cell.row not in {path[0] for path in rule.paths} for rule in rules}

    def holds(self, rule: Any, line: Line, head: Head, cell: Cell | None) -> Any:
        """What the rule gives of the cell, or of the empty record at its place."""
        narrow = cell is None and self._narrow.get(rule, False)
        key = (rule, head.value)
        if narrow and key in self._known:
            return self._known[key]
        self.context.record = self.record(line, head, cell)
        found = rule.evaluate(self.context)
        if narrow:
            self._known[key] = found
        return found

    def record(self, line: Line, head: Head, cell: Cell | None) -> Mapping[str, Any]:
        place = {self.grid.cell.row: line.id}
        if self.grid.cell.column:
            place[self.grid.cell.column] = head.value
        return place if cell is None else {**cell.values, **place}

    def lock(self, line: Line, head: Head, cell: Cell | None) -> Lock | None:
        held: GridLock | None = None
        for each in self.locks:
            if (held is None or each.outside) and self.holds(each.when, line, head, cell):
                held = each
                if each.outside:
                    break
        if held is not None:
            return Lock(held.reason, held.outside)
        return self._own(head.field, line, head, cell)

    def _own(self, f: Field, line: Line, head: Head, cell: Cell | None) -> Lock | None:
        closed = f.readonly or (f.readonly_when is not None and self.holds(f.readonly_when, line, head, cell))
        hidden = f.visible_when is not None and not self.holds(f.visible_when, line, head, cell)
        return Lock(READONLY) if closed or hidden else None


def _follow(view: Any, grid: Grid, entity: Entity, rules: Iterable[Any], lines: Sequence[Line],
            heads: Sequence[Head]) -> Any:
    """How rules walk over the links of a cell: one statement (a level), none where no rule does.

    Whether or not the actor may see what is there: it is judged, never shown.
    """
    rules = tuple(dict.fromkeys(rules))
    if not any(len(path) > 1 for rule in rules for path in rule.paths):
        return None
    places: list[dict[str, Any]] = [{grid.cell.row: line.id} for line in lines]
    if grid.columns.kind == "records":
        places += [{grid.cell.column: head.value} for head in heads]
    lookups = Lookups()
    look_up(view, entity, places, lookups, rules, seen=False)
    return lookups.follow
