"""New stored computed fields get their values in the records that are there: by their rules, read as SQL.

A copy that a rule freezes (`freeze`) stays empty: what the linked record said on the day of an old document is not
known any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine.model import Catalog, Entity, Field
from engine.storage.planner.backfill import BATCH
from engine.storage.planner.steps import COPIES, Plan
from engine.storage.queries.source import EntitySource, FieldsSource, RowsSource
from engine.storage.queries.statement import Statement
from engine.storage.rules import Binds, value

Place = tuple[Field, ...]
"""Rows that a field stands in, outermost first, then the field."""


class Laid:
    """An outer row laid over its record: what rules inside rows inside rows read as the record."""

    def __init__(self, record: FieldsSource, row: FieldsSource):
        self.record, self.row, self.dialect = record, row, record.dialect

    def __getattr__(self, name: str) -> Any:
        ask = lambda key: getattr(self.row if key in self.row.fields else self.record, name)(key)  # noqa: E731
        if name not in ("column", "link", "rows", "values"):
            raise AttributeError(name)
        return ask


def plan_computed(plan: Plan, catalog: Catalog, entity: Entity, fresh: Iterable[Field], rows: int) -> None:
    """Add the steps that fill the stored computed fields among `fresh`, each after those that it reads."""
    wanted = {f.address for f in fresh}
    waiting = [p for p in places(entity.fields.values()) if p[-1].address in wanted and _is_worked_out(p[-1])]
    while waiting:
        names = [[f.key for f in p] for p in waiting]
        ready = [p for p in waiting if not any(_reads(p, other) for other in names if other != [f.key for f in p])]
        for place in ready or waiting:  # loading has refused circles; a cautious order is better than none
            field = place[-1]
            plan.add("fill computed", level=COPIES, rows=rows, address=field.address, field=field.title,
                     run=partial(fill, catalog=catalog, entity=entity, place=place))
        waiting = [p for p in waiting if p not in (ready or waiting)]


def places(fields: Iterable[Field], before: Place = ()) -> Iterator[Place]:
    for f in fields:
        yield (*before, f)
        yield from places(f.fields.values(), (*before, f))


def _is_worked_out(f: Field) -> bool:
    return f.is_computed and f.stored and not f.is_many and f.extra.get("freeze", "never") == "never" \
        and not f.value.uses_actor


def _reads(place: Place, other: list[str]) -> bool:
    """Does the rule at `place` read what stands at `other`? Names are looked for in the rows first, then the record."""
    around = [f.key for f in place[:-1]]
    for path in place[-1].value.paths:
        for depth in range(len(around), -1, -1):
            full = [*around[:depth], *path]
            shorter = min(len(full), len(other))
            if full[:shorter] == other[:shorter]:
                return True
    return False


def fill(connection: sa.Connection, catalog: Catalog, entity: Entity, place: Place) -> None:
    """Work the field out for every record, or for every row, in batches by id."""
    *rows, field = place
    dialect = connection.dialect.name
    binds = Binds()
    statement = Statement(catalog, dialect, None, binds)
    record = EntitySource(statement, entity)
    origin: Any = record.table
    outer: Any = record
    holder: FieldsSource = record
    for number, f in enumerate(rows):
        inner = RowsSource(statement, f)
        origin = origin.join(inner.table, inner.table.c.owner_id == holder.table.c.id)
        if number:
            outer = Laid(outer, holder)
        holder = inner
    found = value(field.value, outer, binds, row=holder if rows else None)
    own = holder.table.c.id
    query = sa.select(own, found.label("found")).select_from(origin).order_by(own).limit(BATCH)
    columns = [holder.table.c[column.name] for column in field.kind.columns(field)]
    table = sa.Table(holder.table.element.name, sa.MetaData(), *(sa.Column(c.name, c.type) for c in (own, *columns)))
    written = {c.name: sa.bindparam(f"_{c.name}") for c in columns}
    change = sa.update(table).where(table.c.id == sa.bindparam("_id")).values(written)
    last = None
    while part := connection.execute(query if last is None else query.where(own > last)).all():
        connection.execute(change, [_columns(field, row) for row in part])
        last = part[-1].id


def _columns(field: Field, row: Any) -> dict[str, Any]:
    kept = None if row.found is None else field.kind.fitted(field, row.found)
    return {"_id": row.id, **{f"_{name}": one for name, one in field.kind.to_columns(field, kept, row.id).items()}}
