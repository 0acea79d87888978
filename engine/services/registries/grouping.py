"""Records put into groups: how many are in each and what they come to, over everything that a list matches.

The database groups (one statement, however many records), the rights are those of the list: a field that is hidden on a
row stands there as empty, a record that is not seen is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from engine.errors import BadRequest, Problem
from engine.language import N_, sort_key
from engine.model import Entity, Field
from engine.services.display import joined, names_of
from engine.services.registries.columns import Columns, no_field
from engine.services.registries.conditions import Condition, place_of
from engine.services.registries.listing import conditions_of, listed_entity
from engine.services.registries.query import Query
from engine.services.registries.summing import totals_of
from engine.services.seeing import saw
from engine.storage.queries.source import EntitySource

MOST = 200
"""Groups of one level that are read."""
LEVELS = 3
NO_GROUP = N_("This list cannot be grouped by %(name)s")


@dataclass(frozen=True)
class Level:
    """One field that a list is grouped by."""

    written: str
    """As it was asked for: `date:month`."""
    path: str
    part: str
    field: Field
    keys: tuple[sa.ColumnElement, ...]
    """The columns whose equal values make a group."""
    selected: tuple[sa.ColumnElement, ...]
    computed: bool = False
    """The value is what was selected, with nothing to put together."""
    masked: bool = False
    """It is shown on some rows only; elsewhere it stands as empty."""

    def value(self, found: Sequence[Any]) -> Any:
        if self.computed:
            return None if found[0] is None else self.field.kind.fitted(self.field, found[0])
        return self.field.kind.group_value(self.field, found, self.part)


@dataclass
class GroupRow:
    values: tuple[Any, ...]
    """One for each level; None for a field that is empty."""
    texts: list[str]
    """The values said in the view's language; empty for an empty one."""
    count: int
    totals: dict[str, Any]


@dataclass
class Groups:
    levels: tuple[Level, ...]
    rows: list[GroupRow]
    more: bool = False
    """There are more groups than were read."""


def groups(
    view: Any, address: str, query: Query, by: Sequence[str], *, limit: int = MOST, largest: bool = False
) -> Groups:
    """The groups of the list, in the order of their values (`largest`: the largest first).

    One statement, and one for the names of linked records. Raises BadRequest for fields that make no groups.
    """
    entity = listed_entity(view, address, query)
    source = EntitySource(view.statement(), entity)
    columns = Columns(view, entity, source, query.verb)
    levels = tuple(level_at(columns, written) for written in by[:LEVELS])
    totals = totals_of(columns, query.totals)
    selected = [c for level in levels for c in level.selected]
    figures = [sa.func.count(), *(c for total in totals for c in total.over(total.column))]
    keys = [key for level in levels for key in level.keys]
    statement = sa.select(*(c.label(f"c{n}") for n, c in enumerate([*selected, *figures])))
    statement = statement.select_from(joined(source.table, columns.joins)).where(*conditions_of(view, columns, query))
    order = [key.asc().nulls_last() for key in keys]
    if largest:
        order.insert(0, sa.func.count().desc())
    found = view.select(statement.group_by(*keys).order_by(*order).limit(limit + 1)).all()
    rows = [_row(levels, totals, row) for row in found[:limit]]
    saw(view, entity, (level.path for level in levels), (None,))
    made = Groups(levels, rows, len(found) > limit)
    _name(view, made, largest)
    return made


def level_at(columns: Columns, written: str) -> Level:
    """The field that is grouped by: `state`, `date:month`, `payer.kind`. Raises BadRequest."""
    path, _, part = written.partition(":")
    place = place_of(columns.view, columns.entity, path)
    if place is None or place.rows:
        raise no_field(path, "group")
    f, table, condition, live = place.field, columns.source.table, None, None
    if "." in path:
        if path.count(".") > 1:
            raise _refused(written)
        display, f = columns.beyond(path)
        source = display.source
        table, live = source.table, source
    else:
        f = columns.field(path, "group")
        condition, live = columns.condition_of(path), columns.source
    parts = f.kind.group_parts(f)
    if f.is_many or not parts or (part and part not in parts):
        raise _refused(written)
    part = part or parts[0]
    computed = f.is_computed and not f.stored
    keys = [live.column(f.key)] if computed else f.kind.group_keys(f, table, part)
    # The very keys where they are selected: PostgreSQL takes an expression with other parameters for another one.
    shown = (None if computed else f.kind.group_columns(f, table, part)) or keys
    if condition is not None:
        apart = shown is not keys
        keys = [_masked(c, condition) for c in keys]
        shown = [_masked(c, condition) for c in shown] if apart else keys
    return Level(written, path, part, f, tuple(keys), tuple(shown), computed, condition is not None)


def _masked(column: sa.ColumnElement, condition: sa.ColumnElement) -> sa.ColumnElement:
    """The column where the condition holds; inside an aggregate the condition stands inside as well."""
    if isinstance(column, sa.sql.functions.FunctionElement) and len(column.clauses) == 1:
        (inner,) = column.clauses
        return type(column)(sa.case((condition, inner)))
    return sa.case((condition, column))


def _refused(name: str) -> BadRequest:
    return BadRequest([Problem("group.field", NO_GROUP, "group", {"name": name[:60]})])


def _row(levels: Sequence[Level], totals: Sequence[Any], found: Sequence[Any]) -> GroupRow:
    values, at = [], 0
    for level in levels:
        width = len(level.selected)
        values.append(level.value(found[at : at + width]))
        at += width
    count, at = found[at], at + 1
    sums = {}
    for total in totals:
        width = len(total.over(total.column))
        sums[total.key] = total.value(found[at : at + width])
        at += width
    return GroupRow(tuple(values), [], count, sums)


def _name(view: Any, made: Groups, largest: bool) -> None:
    """Say the values; groups of linked records stand in the order of their names."""
    for n, level in enumerate(made.levels):
        f = level.field
        targets = f.kind.targets(f)
        if targets:
            ids = {row.values[n] for row in made.rows if row.values[n] is not None}
            names = names_of(view, targets[0], ids)
            for row in made.rows:
                row.texts.append("" if row.values[n] is None else names.get(row.values[n], "…"))
            if not n and not largest:
                made.rows.sort(key=lambda row: (not row.texts[0], sort_key(row.texts[0])))
            continue
        named = replace(f, key="value")
        for row in made.rows:
            value = row.values[n]
            said = "" if value is None else f.kind.group_text(named, value, level.part, view.language, view.names)
            row.texts.append(said)


def condition_of(view: Any, entity: Entity, level: Level, value: Any) -> Condition | None:
    """The condition that leaves the records of one group; None where no condition could say so."""
    place = place_of(view, entity, level.path)
    if place is None or level.masked:
        return None
    if value is None:
        return Condition(level.path, "empty", (True,))
    operator, values = level.field.kind.group_filter(level.field, value, level.part)
    return Condition(level.path, operator, tuple(values))
