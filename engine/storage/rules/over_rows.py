"""Aggregates over the rows of a record, as SQL: `sum(lines, amount)` becomes a subquery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, literal, not_, select, type_coerce

from engine.expression.typed import Aggregate, FieldValue, Typed
from engine.storage.rules.columns import SQL_TYPES, Frames, table_of
from engine.storage.rules.numbers import Num

if TYPE_CHECKING:
    from engine.storage.rules.reading import Reader


def _rows(node: Aggregate, frames: Frames) -> tuple[Frames, Callable[[ColumnElement], Any]]:
    """The frames inside the rows, and a maker of a select over them."""
    child, parent, own = frames[node.level].rows(node.rows[0])
    inner: Frames = (*frames, child)
    tables, conditions = [table_of(parent)], [parent == own]
    for name in node.rows[1:]:
        child, parent, own = child.rows(name)
        inner = (*inner, child)
        tables.append(table_of(parent))
        conditions.append(parent == own)

    def make(what: ColumnElement) -> Any:
        return select(what).select_from(*tables).where(*conditions).correlate_except(*tables)

    return inner, make


def _gathered(
    item: Typed, read: ColumnElement, make: Callable[[ColumnElement], Any], outside: int
) -> tuple[Any, Any]:
    """What an aggregate is given, and the maker of its query.

    SQL counts an aggregate of nothing but outer columns as one of the outer query (`sum(lines, price)` with a price
    of the record), so anything but a column of the rows themselves is first listed in a subquery.
    """
    if isinstance(item, FieldValue) and not item.hops and item.level >= outside:
        return read, make
    listed = make(read.label("each")).subquery()

    def over(what: ColumnElement) -> Any:
        return select(what).select_from(listed).correlate_except(listed)

    return type_coerce(listed.c.each, read.type), over


def aggregate(reader: Reader, node: Aggregate, frames: Frames) -> ColumnElement:
    """What an aggregate comes to that is no number: any, all, the least or greatest of something."""
    inner, make = _rows(node, frames)
    if node.item is None:
        raise TypeError(f"{node.name} needs something to look at in each row")
    if node.name == "any":
        return make(literal(1)).where(reader.where(node.item, inner)).exists()
    if node.name == "all":
        return not_(make(literal(1)).where(not_(reader.condition(node.item, inner))).exists())
    read, over = _gathered(node.item, reader.value(node.item, inner), make, len(frames))
    read = reader.ordered(read, node.type)
    query = over(getattr(func, node.name)(read, type_=read.type))
    return type_coerce(query.scalar_subquery(), SQL_TYPES[node.type.name]())


def number_over_rows(reader: Reader, node: Aggregate, frames: Frames) -> Num:
    """A number over rows: a count, a sum, an average, an edge."""
    inner, make = _rows(node, frames)
    if node.name == "count":
        query = make(func.count())
        if node.item is not None:
            query = query.where(reader.where(node.item, inner))
        return reader.numbers.of(query.scalar_subquery(), 0, node.bound)
    item = node.item
    if item is None:
        raise TypeError(f"{node.name} needs something to look at in each row")
    if node.name == "present":
        read, over = _gathered(item, reader.value(item, inner), make, len(frames))
        return reader.numbers.of(over(func.count(read)).scalar_subquery(), 0, node.bound)
    num = reader.number(item, inner)
    read, over = _gathered(item, num.sql, make, len(frames))
    num = replace(num, sql=read, const=None)
    if node.name == "sum":
        num = reader.numbers.total(num, node.bound)
    elif node.name == "avg":
        num = reader.numbers.average(num, node.bound)
    else:
        num = reader.numbers.edge(node.name, num)
    return Num(type_coerce(over(num.sql).scalar_subquery(), num.sql.type), num.places, num.bound)
