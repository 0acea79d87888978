"""The heads of a table: what each column is called and means, how the list is ordered by it, and its menu."""

from __future__ import annotations

from dataclasses import dataclass

from engine.language import N_
from engine.model import Field
from engine.services.registries.kept import column_at
from engine.web import pages
from engine.web.filters import field_at
from engine.web.registries.asked import Asked
from engine.web.state import GROUPED_BY, SORTED_BY

USUAL_WIDTH, NUMBER, DAY, NAME = 170, 130, 110, 220
"""Pixels of a column that nobody has sized, once some other column is."""
PARTS = {"day": N_("Group by day"), "month": N_("Group by month"), "quarter": N_("Group by quarter"),
         "year": N_("Group by year"), "": N_("Group by this column")}


@dataclass(frozen=True)
class Item:
    """One line of a column's menu."""

    icon: str
    text: str
    url: str
    add: bool = False
    """What a click on the head with Shift does."""


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
    items: tuple[Item, ...]


def heads(asked: Asked) -> list[Head]:
    sized = bool(asked.widths)
    return [_head(asked, path, sized, first=not n) for n, path in enumerate(asked.paths)]


def _head(asked: Asked, path: str, sized: bool, first: bool) -> Head:
    view, language = asked.view, asked.view.language
    field = field_at(view, asked.entity, path)
    column = column_at(view, asked.entity, path)
    title = column.title.in_(language) if column and "." in path else field.title.in_(language)
    sort = asked.sort
    place = next((n for n, s in enumerate(sort, 1) if s.lstrip("-") == path), 0)
    order = "" if not place else "descending" if sort[place - 1].startswith("-") else "ascending"
    sorts = "." not in path and field.kind.can_sort(field)
    turned = (f"-{path}" if place == 1 and order == "ascending" else path,)
    return Head(
        path, title, field.hint.in_(language) if field.hint else "", field.kind.align,
        asked.widths.get(path) or (_width(field, first) if sized else 0), order, place if len(sort) > 1 else 0,
        asked.state.url(asked.entity.url, sort=turned) if sorts else "",
        (*(_orders(asked, path, place) if sorts else ()), *_groups(asked, path, field)),
    )


def _width(field: Field, first: bool) -> int:
    if first:
        return NAME
    if field.kind.json_schema(field).get("format") in ("date", "date-time"):
        return DAY
    return NUMBER if field.kind.align == "end" else USUAL_WIDTH


def _orders(asked: Asked, path: str, place: int) -> list[Item]:
    """Sort by this column alone, or by it after the others."""
    sort, state, base = asked.sort, asked.state, asked.entity.url

    def url(*order: str) -> str:
        return state.url(base, sort=order)

    items = [
        Item("sort-ascending", pages.said(N_("Sort ascending")), url(path)),
        Item("sort-descending", pages.said(N_("Sort descending")), url(f"-{path}")),
    ]
    others = tuple(s for s in sort if s.lstrip("-") != path)
    if place and len(sort) > 1:
        turned = tuple(s if s.lstrip("-") != path else path if s.startswith("-") else f"-{path}" for s in sort)
        items.append(Item("repeat", pages.said(N_("Turn round in the order")), url(*turned), add=True))
        items.append(Item("x", pages.said(N_("Take out of the order")), url(*others)))
    elif not place and sort and len(sort) < SORTED_BY:
        then = pages.said(N_("Then ascending, as number %(number)s"), number=len(sort) + 1)
        items.append(Item("sort-ascending", then, url(*sort, path), add=True))
        then = pages.said(N_("Then descending, as number %(number)s"), number=len(sort) + 1)
        items.append(Item("sort-descending", then, url(*sort, f"-{path}")))
    return items


def _groups(asked: Asked, path: str, field: Field) -> list[Item]:
    """Group by this column, or by it within the present groups; not any more."""
    parts = field.kind.group_parts(field)
    here = [g for g in asked.group if g.partition(":")[0] == path]
    state, base = asked.state, asked.entity.url
    if here:
        left = tuple(g for g in asked.group if g not in here)
        usual = (asked.chosen.group if asked.chosen else ()) or asked.layout.group
        url = state.url(base, group=left or (("-",) if usual else ()))
        return [Item("x", pages.said(N_("Do not group by this column")), url)]
    if len(asked.group) >= GROUPED_BY:
        return []
    return [
        Item("list-tree", pages.said(PARTS[part]),
             state.url(base, group=(*asked.group, f"{path}:{part}" if part else path)))
        for part in parts
    ]

