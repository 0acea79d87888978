"""Order and groups of a list, column by column: the menu of one head, or all of them as a panel.

The panel is how a phone, whose lists have no heads, and a page without scripts get at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotFound
from engine.language import N_
from engine.model import Field
from engine.services.registries.kept import kept
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.registries.asked import Asked, asked
from engine.web.registries.heads import added, column_of, order_of
from engine.web.routes import blueprint
from engine.web.state import GROUPED_BY, SORTED_BY, State

PARTS = {"day": N_("Group by day"), "month": N_("Group by month"), "quarter": N_("Group by quarter"),
         "year": N_("Group by year"), "": N_("Group by this column")}


@dataclass(frozen=True)
class Item:
    """One line of a column's menu."""

    icon: str
    text: str
    url: str
    chosen: bool = False


@dataclass(frozen=True)
class Menu:
    title: str
    hint: str
    items: tuple[Item, ...]


@blueprint.get("/<module>/<slug>/order")
@doors.declares_access("read")
def order(module: str, slug: str) -> Response:
    """What the list of this address may be ordered and grouped by; `column`: the menu of that one head."""
    entity, state, column = entity_here(module, slug), State.read(request.args), request.args.get("column", "")

    def look(view: Any) -> Response:
        wanted = asked(view, entity, state, kept(view, entity))
        back = wanted.state.url(entity.url)
        if column and pages.partial():
            if column not in wanted.paths:
                raise NotFound()
            return pages.fragment("registries/head.html", menu=menu(wanted, column),
                                  panel_url=wanted.state.url(f"{entity.url}/columns"))
        menus = [found for path in wanted.paths if (found := menu(wanted, path)).items]
        title = pages.list_title(view.catalog, view.actor, entity).in_(view.language)
        return pages.page("registries/order.html", block="order", menus=menus, title_text=title, back_url=back,
                          inside=pages.partial())

    return ask(look)


def menu(wanted: Asked, path: str) -> Menu:
    field, title, sorts = column_of(wanted, path)
    hint = field.hint.in_(wanted.view.language) if field.hint else ""
    return Menu(title, hint, (*(_orders(wanted, path) if sorts else ()), *_groups(wanted, path, field)))


def _orders(wanted: Asked, path: str) -> list[Item]:
    """Sort by this column alone, or by it after the others."""
    sort, state, base = wanted.sort, wanted.state, wanted.entity.url
    place, direction = order_of(wanted, path)

    def url(*order: str) -> str:
        return state.url(base, sort=order)

    items = [
        Item("sort-ascending", pages.said(N_("Sort ascending")), url(path), direction == "ascending"),
        Item("sort-descending", pages.said(N_("Sort descending")), url(f"-{path}"), direction == "descending"),
    ]
    if place and len(sort) > 1:
        others = tuple(s for s in sort if s.lstrip("-") != path)
        items.append(Item("repeat", pages.said(N_("Turn round in the order")), url(*added(wanted, path))))
        items.append(Item("x", pages.said(N_("Take out of the order")), url(*others)))
    elif not place and sort and len(sort) < SORTED_BY:
        number = len(sort) + 1
        then = pages.said(N_("Then ascending, as number %(number)s"), number=number)
        items.append(Item("sort-ascending", then, url(*added(wanted, path))))
        then = pages.said(N_("Then descending, as number %(number)s"), number=number)
        items.append(Item("sort-descending", then, url(*sort, f"-{path}")))
    return items


def _groups(wanted: Asked, path: str, field: Field) -> list[Item]:
    """Group by this column, or by it within the present groups; not any more."""
    parts = field.kind.group_parts(field)
    here = [g for g in wanted.group if g.partition(":")[0] == path]
    state, base = wanted.state, wanted.entity.url
    if here:
        left = tuple(g for g in wanted.group if g not in here)
        url = state.url(base, group=wanted.grouped_by(left))
        return [Item("x", pages.said(N_("Do not group by this column")), url)]
    if len(wanted.group) >= GROUPED_BY:
        return []
    return [
        Item("list-tree", pages.said(PARTS[part]),
             state.url(base, group=(*wanted.group, f"{path}:{part}" if part else path)))
        for part in parts
    ]
