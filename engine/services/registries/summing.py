"""How many there are and what they come to: counts and totals over everything that a list matches, not over a page.

A count of a million rows reads a million rows. So a screen asks up to a bound (`Query.bound`): where there are more,
it says so and gives exact figures when somebody wants them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.model import Field
from engine.services.registries.columns import Columns, no_field
from engine.services.registries.query import Page, Query

NO_TOTAL = N_("The field %(name)s has no total %(kind)s")


@dataclass(frozen=True)
class Total:
    """One figure over many records: `sum`, `avg`, `min`, `max` or `count` of a field."""

    key: str
    field: Field
    kind: str
    column: sa.ColumnElement
    """The field as the actor may see it: empty on rows where it is hidden."""

    def over(self, column: sa.ColumnElement) -> list[sa.ColumnElement]:
        """What is selected, `column` being this one or its label in a subquery."""
        kind = self.column.type
        if self.kind == "count":
            return [sa.func.count(column)]
        if self.kind == "avg":
            return [sa.type_coerce(sa.func.sum(column), kind), sa.func.count(column)]  # exact: no float in between
        return [sa.type_coerce(getattr(sa.func, self.kind)(column), kind)]

    def value(self, found: Sequence[Any]) -> Any:
        """The figure from what `over` gave; None where nothing is filled in."""
        if self.kind == "count":
            return found[0]
        if self.kind == "avg":
            return self.field.kind.average(self.field, found[0], found[1]) if found[1] else None
        return None if found[0] is None else self.field.kind.fitted(self.field, found[0])


def totals_of(columns: Columns, asked: Sequence[str | tuple[str, str]]) -> list[Total]:
    """The totals that are asked for: a field alone means its sum. Raises BadRequest."""
    found = []
    for key, kind in ((t, "sum") if isinstance(t, str) else t for t in asked):
        f = columns.field(key, "totals")
        if f.is_many or (f.kind.virtual and not f.is_computed):
            raise no_field(key, "totals")
        if kind not in f.kind.totals(f):
            raise BadRequest([Problem("total.kind", NO_TOTAL, "totals", {"name": key, "kind": kind[:20]})])
        column = columns.source.column(key)
        condition = columns.condition_of(key)
        found.append(Total(key, f, kind, column if condition is None else sa.case((condition, column))))
    return found


def count_and_totals(
    view: Any, columns: Columns, conditions: Sequence[sa.ColumnElement], query: Query, page: Page
) -> None:
    """Fill in `page.count`, `page.more` and `page.totals` by one statement."""
    totals = totals_of(columns, query.totals)
    table = columns.source.table
    if query.bound is None:
        read = [t.column for t in totals]
        origin: Any = sa.select(sa.func.count()).select_from(table).where(*conditions)
    else:
        labelled = [t.column.label(f"t{n}") for n, t in enumerate(totals)]
        inner = sa.select(sa.literal_column("1").label("one"), *labelled).select_from(table).where(*conditions)
        found = inner.limit(query.bound + 1).subquery()
        # Named, not taken from `found.c`: to work out its columns anew costs more than all the rest of the statement.
        read = [sa.column(f"t{n}", t.column.type) for n, t in enumerate(totals)]
        origin = sa.select(sa.func.count()).select_from(found)
    for total, column in zip(totals, read, strict=True):
        origin = origin.add_columns(*total.over(column))
    row = view.select(origin).one()
    page.count = row[0]
    if query.bound is not None and row[0] > query.bound:
        page.count, page.more = query.bound, True
        return
    at = 1
    for total, column in zip(totals, read, strict=True):
        width = len(total.over(column))
        page.totals[total.key] = total.value(row[at : at + width])
        at += width
