"""One column (a day) or one row of a grid as an ordinary form: what phones show, and what works without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.services import grids
from engine.web.grids.drawing import Drawing, DrawnCell

AT_HAND = 5
"""Codes shown as buttons; the others are behind one more press."""


@dataclass
class Button:
    """One value that is chosen by pressing it."""

    text: str
    title: str
    colour: str = ""
    chosen: bool = False
    blank: bool = False


@dataclass
class Item:
    """One cell of the strip."""

    number: int
    title: str
    at: str
    cell: DrawnCell
    value: str = ""
    buttons: list[Button] = field(default_factory=list)
    rest: list[Button] = field(default_factory=list)
    problem: str = ""
    conflict: str = ""
    """What stands there now; the value that was typed is in the inputs still."""
    is_conflict: bool = False
    url: str = ""
    """Where everything of the cell is edited."""
    key: str = ""


@dataclass
class Strip:
    kind: str
    """column or row"""
    key: str
    title: str
    items: list[Item]
    previous: str = ""
    next: str = ""
    numeric: bool = False


def default_column(heads: Sequence[grids.Head]) -> grids.Head | None:
    """The column of today; else the last one before it, else the first."""
    if not heads:
        return None
    today = next((head for head in heads if head.today), None)
    return today or heads[0]


def strip(drawing: Drawing, kind: str, key: str, outcomes: Mapping[str, grids.Outcome], url_of: Any,
          cell_url: Any) -> Strip | None:
    """The form of one column or row; None when there is no such one. `url_of(kind, key)` leads to another."""
    sheet = drawing.sheet
    axis: Sequence[Any] = sheet.heads if kind == "column" else sheet.lines
    place = next((n for n, each in enumerate(axis) if each.key == key), None)
    if place is None:
        return None
    here = axis[place]
    pairs = [(line, here) for line in sheet.lines] if kind == "column" else [(here, head) for head in sheet.heads]
    items = []
    for number, (line, head) in enumerate(pairs):
        title = line.title if kind == "column" else head.whole or head.title
        items.append(_item(drawing, number, title, line, head, outcomes, cell_url))
    title = (here.whole or here.title) if kind == "column" else here.title
    return Strip(
        kind, key, title, items,
        url_of(kind, axis[place - 1].key) if place else "",
        url_of(kind, axis[place + 1].key) if place + 1 < len(axis) else "",
        numeric=all(head.field.kind.align == "end" for _, head in pairs[:1]),
    )


def _item(drawing: Drawing, number: int, title: str, line: grids.Line, head: grids.Head,
          outcomes: Mapping[str, grids.Outcome], cell_url: Any) -> Item:
    cell = drawing.cell(line, head)
    item = Item(number, title, f"{line.key} {head.key}", cell, cell.text, key=f"{line.key} {head.key}")
    outcome = outcomes.get(item.at)
    if outcome is not None and outcome.state in ("refused", "conflict"):
        item.value = outcome.entry.text
        item.problem = ". ".join(p.text(drawing.view.language) for p in outcome.problems)
        item.is_conflict, item.conflict = outcome.state == "conflict", cell.text
    if not cell.reason and drawing.writable:
        item.url = cell_url(line.key, head.key) if drawing.grid.cell.more else ""
        if drawing.grid.codes:
            item.buttons, item.rest = _buttons(drawing, item.value)
    return item


def _buttons(drawing: Drawing, value: str) -> tuple[list[Button], list[Button]]:
    """The empty cell first, then the codes in their order; a value without a code of its own stays on offer."""
    grid, language = drawing.grid, drawing.view.language
    empty = grid.blank.title.in_(language) if grid.blank else ""
    made = [Button("", empty, chosen=not value, blank=True)]
    for code in grid.codes.values():
        letter = code.key.in_(language)
        made.append(Button(letter, drawing.texts.title_of(code), code.colour, chosen=value == letter))
    if value and not any(button.chosen for button in made):
        made.insert(1, Button(value, value, chosen=True))
    shown, rest = made[: AT_HAND + 1], made[AT_HAND + 1 :]
    if any(button.chosen for button in rest):  # what is chosen is never hidden
        chosen = next(button for button in rest if button.chosen)
        rest.remove(chosen)
        shown.append(chosen)
    return shown, rest
