"""Blocks of the first page drawn: lists as their registries draw them, counts of all blocks by one statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.language import N_
from engine.language.formats import number_formatter
from engine.model import Block, Shortcut
from engine.services.registries import counts, listing
from engine.web import pages
from engine.web.registries.asked import Asked, asked, is_many
from engine.web.registries.marks import COLOURS, marks
from engine.web.registries.table import table
from engine.web.state import State

COLUMNS = 3
"""Columns of a list whose block names none."""
TONES = {"red": "harm", "gold": "wait", "green": "done", "blue": "info", "grey": "draft"}
Drawn = dict[str, Any]


def draw(view: Any, blocks: tuple[Block, ...], places: Callable[[], Any]) -> list[Drawn]:
    """What the template needs of each block. `places` is asked once, when some block shows them."""
    lists = {b.key: _asked(view, b) for b in blocks if b.entity}
    counted = [b for b in blocks if b.kind == "count" and lists[b.key] is not None]
    numbers = dict(zip(
        (b.key for b in counted), counts(view, [(b.entity, lists[b.key].query()) for b in counted]), strict=True))
    kept = places() if any(b.kind in ("recent", "starred") for b in blocks) else None
    made = []
    for block in blocks:
        wanted = lists.get(block.key)
        if block.entity and wanted is None:
            continue
        drawn = {"key": block.key, "kind": block.kind, "width": block.width, "title": _title(view, block, wanted)}
        if wanted is not None:
            drawn["url"] = wanted.state.url(wanted.entity.url, sort=())
        if block.kind == "list":
            drawn.update(_list(view, block, wanted))
        elif block.kind == "count":
            drawn.update(_count(view, block, numbers[block.key]))
        elif block.kind == "shortcuts":
            drawn["buttons"] = [_button(view, s) for s in block.shortcuts]
        elif block.kind == "text":
            drawn["text"] = block.text.in_(view.language)
        else:
            drawn["places"] = (kept.recent if block.kind == "recent" else kept.starred)[: block.rows]
        made.append(drawn)
    return made


def _asked(view: Any, block: Block) -> Asked | None:
    """The list behind the block; None where the actor's registry has no such view."""
    entity = view.catalog.entity(block.entity)
    layout = pages.registry_for(view.catalog, view.actor, entity)
    if block.view and block.view not in layout.views:
        return None
    wanted = asked(view, entity, State(view=block.view or None))
    paths = tuple(p for p in block.columns or wanted.paths if p.split(".")[0] in wanted.seen)
    # Fields of many values are read by a statement each, and a line of the first page has no room for them.
    few = [p for p in paths if not is_many(entity, p)][: len(block.columns) or COLUMNS]
    return replace(wanted, paths=tuple(few), state=replace(wanted.state, sort=wanted.sort or ("id",)))


def _title(view: Any, block: Block, wanted: Asked | None) -> str:
    if block.title is not None:
        return block.title.in_(view.language)
    if wanted is None:
        return pages.said({"recent": N_("Opened lately"), "starred": N_("Starred")}[block.kind]) if block.kind in (
            "recent", "starred") else ""
    title = pages.list_title(view.catalog, view.actor, wanted.entity).in_(view.language)
    return f"{title}: {wanted.chosen.title.in_(view.language)}" if wanted.chosen else title


def _list(view: Any, block: Block, wanted: Asked) -> Drawn:
    found = marks(wanted)
    query = replace(wanted.query(found.needs), limit=block.rows, count=False, totals=())
    page = listing(view, block.entity, query)
    return {**table(wanted, page, found, named=False), "shown": len(page.records), "more": page.next is not None}


def _count(view: Any, block: Block, number: int) -> Drawn:
    context = view.context({"count": number})
    colour = next((c for c in COLOURS if c in block.mark and block.mark[c].evaluate(context)), "")
    return {"number": number_formatter(view.language)(number), "tone": TONES.get(colour, "")}


def _button(view: Any, shortcut: Shortcut) -> dict[str, str]:
    entity, language = view.catalog.entity(shortcut.entity), view.language
    if shortcut.new:
        return {"title": entity.title.in_(language), "url": f"{entity.url}/new", "icon": "plus"}
    layout = pages.registry_for(view.catalog, view.actor, entity)
    title = pages.list_title(view.catalog, view.actor, entity).in_(language)
    if shortcut.view in layout.views:
        return {"title": f"{title}: {layout.views[shortcut.view].title.in_(language)}",
                "url": f"{entity.url}?view={shortcut.view}", "icon": entity.icon}
    return {"title": title, "url": entity.url, "icon": entity.icon}
