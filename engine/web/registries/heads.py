"""The heads of a table: what each column is called and means, and how the list is ordered by it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model import Field
from engine.services.registries.kept import column_at
from engine.web.filters import field_at
from engine.web.registries.asked import Asked
from engine.web.state import SORTED_BY

USUAL_WIDTH, NUMBER, DAY, NAME = 170, 130, 110, 220
"""Pixels of a column that nobody has sized, once some other column is."""


@dataclass(frozen=True)
class Head:
    path: str
    title: str
    hint: str
    align: str
    width: int
    order: str
    """ascending, descending, or empty."""
    place: int
    """Its place in an order of several columns, from 1; 0 for none."""
    url: str
    """The list by this column; empty where it cannot be."""
    add: str
    """The list by this column after those it is ordered by already: Shift and a click."""
    menu: str
    """Where its menu comes from once it is opened (registries/ordering.py)."""


def heads(asked: Asked) -> list[Head]:
    menu = asked.state.url(f"{asked.entity.url}/order", column="")
    return [_head(asked, path, menu, first=not n) for n, path in enumerate(asked.paths)]


def _head(asked: Asked, path: str, menu: str, first: bool) -> Head:
    language = asked.view.language
    field, title, sorts = column_of(asked, path)
    place, order = order_of(asked, path)
    return Head(
        path, title, field.hint.in_(language) if field.hint else "", field.kind.align,
        asked.widths.get(path) or (_width(field, first) if asked.widths else 0), order,
        place if len(asked.sort) > 1 else 0,
        url=_by(asked, f"-{path}" if place == 1 and order == "ascending" else path) if sorts else "",
        add=_by(asked, *added(asked, path)) if sorts and asked.sort else "", menu=f"{menu}{path}",
    )


def column_of(asked: Asked, path: str) -> tuple[Field, str, bool]:
    """The field of a column, what it is called here, and whether the list may go by it."""
    view, language = asked.view, asked.view.language
    field, column = field_at(view, asked.entity, path), column_at(view, asked.entity, path)
    title = column.title.in_(language) if column and "." in path else field.title.in_(language)
    return field, title, "." not in path and field.kind.can_sort(field)


def order_of(asked: Asked, path: str) -> tuple[int, str]:
    """The place of a column in the order, from 1, and its direction; 0 and nothing when the list does not go by it."""
    for n, one in enumerate(asked.sort, 1):
        if one.lstrip("-") == path:
            return n, "descending" if one.startswith("-") else "ascending"
    return 0, ""


def added(asked: Asked, path: str) -> tuple[str, ...]:
    """The order with the column behind the others, or turned round where it stands."""
    if path in asked.sort or f"-{path}" in asked.sort:
        return tuple(s if s.lstrip("-") != path else path if s.startswith("-") else f"-{path}" for s in asked.sort)
    return (*asked.sort, path)[:SORTED_BY]


def _by(asked: Asked, *order: str) -> str:
    return asked.state.url(asked.entity.url, sort=order)


def _width(field: Field, first: bool) -> int:
    if first:
        return NAME
    if field.kind.json_schema(field).get("format") in ("date", "date-time"):
        return DAY
    return NUMBER if field.kind.align == "end" else USUAL_WIDTH
