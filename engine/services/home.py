"""The blocks of a person's first page: what the modules lay on it for their roles, less what they may not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.model import Block, Catalog, Shortcut
from engine.services.access import can
from engine.services.actor import Actor

MOST_LISTS = 8
"""Lists of one page: each is a statement."""


def blocks_of(catalog: Catalog, actor: Actor) -> tuple[Block, ...]:
    """The blocks for the actor's roles, in order; none when no file lays any for them.

    The same block laid twice stands once; buttons of several modules stand in one line, and so do figures.
    """
    return catalog.derived(("home", actor.roles), lambda: tuple(_bounded(_joined(_seen(catalog, actor)))))


def _seen(catalog: Catalog, actor: Actor) -> Iterator[Block]:
    laid: set[Any] = set()
    for home in catalog.homes.values():
        if not home.roles & actor.roles:
            continue
        for block in home.blocks.values():
            shown = _shown(catalog, actor, block)
            same = (block.kind, block.entity, block.view, block.shortcuts, block.text)
            if shown is not None and same not in laid:
                laid.add(same)
                yield shown


def _shown(catalog: Catalog, actor: Actor, block: Block) -> Block | None:
    """The block as far as the actor may see it; None for nothing of it."""
    if block.entity:
        entity = catalog.entities[block.entity]
        return block if can(catalog, actor, entity, "read") else None
    if block.kind == "shortcuts":
        kept = tuple(s for s in block.shortcuts if _leads(catalog, actor, s))
        return replace(block, shortcuts=kept) if kept else None
    return block


def _leads(catalog: Catalog, actor: Actor, shortcut: Shortcut) -> bool:
    return can(catalog, actor, catalog.entities[shortcut.entity], "create" if shortcut.new else "read")


def _joined(blocks: Iterator[Block]) -> list[Block]:
    """Untitled lines of buttons put together, and all figures beside each other, where the first of them stands."""
    made: list[Block] = []
    line = None
    figures: list[Block] = []
    at = 0
    for block in blocks:
        if block.kind == "count":
            at = at if figures else len(made)
            figures.append(block)
        elif block.kind == "shortcuts" and block.title is None and line is not None:
            both = dict.fromkeys((*made[line].shortcuts, *block.shortcuts))
            made[line] = replace(made[line], shortcuts=tuple(both))
        else:
            line = len(made) if block.kind == "shortcuts" and block.title is None else line
            made.append(block)
    return [*made[:at], *figures, *made[at:]]


def _bounded(blocks: list[Block]) -> Iterator[Block]:
    lists = 0
    for block in blocks:
        lists += block.kind == "list"
        if block.kind != "list" or lists <= MOST_LISTS:
            yield block
