"""The two axes of a grid: rows by one statement, columns by the calendar, by one statement more, or from fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.ids import parse_id
from engine.language.formats import month_names, write_date
from engine.model import Entity, Field
from engine.model.grid import DAYS, MOST_COLUMNS, MOST_ROWS, Grid
from engine.services.access.grants import held, readable
from engine.services.access.predicate import visible
from engine.services.display import display_keys, display_text
from engine.services.grids.choosing import Chosen, condition
from engine.services.registries.columns import Columns
from engine.services.registries.cursor import ordering
from engine.services.registries.masking import mask_records
from engine.services.registries.page_plan import page_plan
from engine.services.registries.query import Query
from engine.services.seeing import saw_page
from engine.storage.queries.source import EntitySource

Conditions = Callable[[EntitySource], Sequence[sa.ColumnElement]]


@dataclass(frozen=True)
class Line:
    """One row: the record, its name, and the texts of its further frozen columns."""

    id: UUID
    title: str
    texts: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return str(self.id)


@dataclass(frozen=True)
class Head:
    """One column. `key` names it in requests, `value` is what its cells hold in their column field."""

    key: str
    value: Any
    field: Field
    """The field of the cell that is typed in this column."""
    title: str
    beside: str = ""
    """A word under the title: the day of the week."""
    whole: str = ""
    """The title in full, for those who hear it."""
    today: bool = False


def read(view: Any, entity: Entity, fields: Sequence[str], sort: Sequence[str], conditions: Conditions,
         limit: int, shown: bool = True) -> list[dict[str, Any]]:
    """Live records that the actor may see, masked as in any list, `@field` beside links if `shown`. One statement."""
    seen = readable(view.catalog, view.actor, entity)
    order = tuple(s for s in sort if s.lstrip("-") in seen)
    plan = page_plan(view, entity, Query(fields=tuple(dict.fromkeys(fields)), sort=order, shown=shown))
    columns = Columns(view, entity, plan.source.on(plan.statement.fork(view)))
    source = columns.source
    where = [*visible(source.statement, entity, source), source.table.c.archived_at.is_(None), *conditions(source)]
    statement = plan.query.where(*where).order_by(*ordering(plan.keys)).limit(limit)
    make = plan.reader(view)
    records = [make(row) for row in view.select(statement)]
    saw_page(view, entity, records)
    mask_records(view, entity, records)
    return records


def seen_paths(view: Any, entity: Entity, paths: Sequence[str]) -> tuple[str, ...]:
    """Of the paths those that the actor may see; behind a link only what every role shows."""

    def shown(path: str) -> bool:
        link, _, key = path.partition(".")
        if link not in readable(view.catalog, view.actor, entity):
            return False
        if not key:
            return True
        target = view.catalog.entity(entity.fields[link].kind.targets(entity.fields[link])[0])
        grants = held(view.catalog, view.actor, target, "read")
        return bool(grants) and all(key in grant.read for grant in grants)

    return tuple(path for path in paths if shown(path))


# -- rows -------------------------------------------------------------------------------------------------------------


def frozen(view: Any, grid: Grid) -> tuple[str, ...]:
    """The further frozen columns that the actor may see."""
    return seen_paths(view, view.catalog.entity(grid.rows.entity), grid.rows.columns)


def lines(view: Any, grid: Grid, chosen: Chosen, only: Collection[UUID] | None = None) -> tuple[list[Line], bool]:
    """The rows that the actor may see, and whether there are more than fit. `only`: of these ids."""
    axis, entity = grid.rows, view.catalog.entity(grid.rows.entity)
    named, beside = seen_paths(view, entity, axis.title), frozen(view, grid)
    say = _naming(view, entity, named)

    def conditions(source: EntitySource) -> list[sa.ColumnElement]:
        found = [condition(view, axis.where, source, chosen)] if axis.where is not None else []
        return [*found, *([source.table.c.id.in_(list(only))] if only is not None else [])]

    wanted = (*(named or _own(view, entity)), *beside)
    found = read(view, entity, wanted, axis.sort, conditions, MOST_ROWS + 1)
    formats = [formatter(view, entity, path) for path in beside]
    made = [Line(r["id"], say(r), tuple(text(r) for text in formats)) for r in found[:MOST_ROWS]]
    return made, len(found) > MOST_ROWS


def _own(view: Any, entity: Entity) -> tuple[str, ...]:
    seen = readable(view.catalog, view.actor, entity)
    return tuple(key for key in display_keys(view.catalog, entity) if key in seen)


def _naming(view: Any, entity: Entity, paths: Sequence[str]) -> Callable[[dict[str, Any]], str]:
    """A record -> what it is called on an axis."""
    if not paths:
        return lambda record: display_text(entity, record, view.language, view.names) or "…"
    formats = [formatter(view, entity, path) for path in paths]
    return lambda record: " ".join(filter(None, (text(record) for text in formats))) or "…"


def formatter(view: Any, entity: Entity, path: str) -> Callable[[dict[str, Any]], str]:
    """Record -> the text of the field at a path over one link at most."""
    link, _, key = path.partition(".")
    f = entity.fields[link]
    if key:
        f = replace(view.catalog.entity(f.kind.targets(f)[0]).fields[key], key=path)
    return f.kind.formatter(f, view.language, view.names)


# -- columns ----------------------------------------------------------------------------------------------------------


def heads(view: Any, grid: Grid, chosen: Chosen, only: Collection[str] | None = None) -> tuple[list[Head], bool]:
    """The columns that the actor may see, and whether there are more than fit. `only`: of these keys."""
    axis, cells = grid.columns, view.catalog.entity(grid.cells)
    if axis.kind == "records":
        return _records(view, grid, chosen, only)
    if axis.kind == "fields":
        seen = readable(view.catalog, view.actor, cells)
        fields = [cells.fields[key] for key in axis.fields if key in seen]
        found = [Head(f.key, None, f, f.title.in_(view.language)) for f in fields]
    else:
        value = cells.fields[grid.cell.value]
        found = [_day(view, axis.kind, day, value) for day in _dates(view, grid, chosen)]
    found = [head for head in found if only is None or head.key in only]
    return found[:MOST_COLUMNS], len(found) > MOST_COLUMNS


def _dates(view: Any, grid: Grid, chosen: Chosen) -> list[date]:
    first, last = chosen.stretches[grid.columns.parameter]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if grid.columns.kind == "weeks":
        return [day for day in days if day.weekday() == 0]
    if grid.columns.kind == "months":
        return [day for day in days if day.day == 1]
    return [day for day in days if _is_held(view, grid.columns.only, day)]


def _is_held(view: Any, only: Sequence[str], day: date) -> bool:
    if not only:
        return True
    # None: a day beyond the calendar, which is then judged by its place in the week.
    before = view.calendar.workdays(day - timedelta(days=1), day)
    working = before == 1 if before is not None else day.weekday() < 5
    if only == ("working",):
        return working
    # Mondays to Fridays that the calendar gives up are holidays; it says nothing of that kind about weekends.
    return DAYS[day.weekday()] in only and (working or day.weekday() > 4)


def _day(view: Any, kind: str, day: date, value: Field) -> Head:
    language, key = view.language, day.isoformat()
    if kind == "months":
        name = month_names(language)[day.month - 1]
        here = (view.today.year, view.today.month) == (day.year, day.month)
        return Head(key, day, value, name[:3], str(day.year), f"{name} {day.year}", here)
    weekday = day_names(language)[day.weekday()]
    here = view.today == day if kind == "days" else 0 <= (view.today - day).days < 7
    if kind == "weeks":
        return Head(key, day, value, f"{day:%d.%m}", "", write_date(day), here)
    return Head(key, day, value, str(day.day), weekday, f"{weekday}, {write_date(day)}", here)


def day_names(language: str) -> list[str]:
    """Monday to Sunday, shortened."""
    from babel import Locale

    names = Locale.parse(language).days["stand-alone"]["abbreviated"]
    return [names[n] for n in range(7)]


def _records(view: Any, grid: Grid, chosen: Chosen, only: Collection[str] | None) -> tuple[list[Head], bool]:
    axis, cells = grid.columns, view.catalog.entity(grid.cells)
    entity, value = view.catalog.entity(axis.entity), cells.fields[grid.cell.value]
    named = seen_paths(view, entity, axis.title)
    say = _naming(view, entity, named)
    ids = None if only is None else [id for key in only if (id := parse_id(key)) is not None]

    def conditions(source: EntitySource) -> list[sa.ColumnElement]:
        found = [condition(view, axis.where, source, chosen)] if axis.where is not None else []
        return [*found, *([source.table.c.id.in_(ids)] if ids is not None else [])]

    found = read(view, entity, named or _own(view, entity), axis.sort, conditions, MOST_COLUMNS + 1)
    made = [Head(str(r["id"]), r["id"], value, say(r), whole=say(r)) for r in found[:MOST_COLUMNS]]
    return made, len(found) > MOST_COLUMNS
