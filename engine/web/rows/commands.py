"""One command of a form's rows: add, insert, take out, put back, move, copy, fill down, paste."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Problem, Refusal
from engine.model import Entity, Field
from engine.web.rows.gone import MOST, Gone, gone_rows, name_of
from engine.web.rows.paste import BLOCK, paste
from engine.web.rows.places import Raw, place_of
from engine.web.typed import is_untouched

MOST_ROWS = 5_000
EMPTY = (None, "", [])


@dataclass
class Edited:
    """The raw values after the command, and what the form has to say of it."""

    raw: Raw
    gone: list[Gone] = field(default_factory=list)
    focus: str = ""
    """The row that takes the focus, as it will be drawn; `column` is the cell in it."""
    column: str = ""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with pasted cells and says more than their fields would."""
    said: dict[str, str] = field(default_factory=dict)
    """Rows -> what a paste did to them."""
    refusal: Refusal | None = None
    """Why nothing was pasted; the block stays in its box."""
    rows: str = ""
    """The rows that the refusal is about."""
    blocks: dict[str, str] = field(default_factory=dict)
    """Rows -> the block that waits in their box."""


def has_command(form: Any) -> bool:
    """True when a button of the rows was pressed, not Save; or when a block waits in its box to be pasted."""
    return any(name in form for name in COMMANDS) or bool(_waiting(form))


def _waiting(form: Any) -> str:
    """The rows in whose box a block waits, though nobody pressed Paste."""
    return next((name.removeprefix(BLOCK) for name in form if name.startswith(BLOCK) and form[name].strip()), "")


def carry_out(view: Any, entity: Entity, raw: Raw, form: Any, pasting: bool = True) -> Edited:
    """What the form's command makes of `raw`; without one, `raw` as it is.

    `pasting`: a block that waits in its box is pasted though another button was pressed, so that it is never lost.
    """
    edited = Edited(raw, gone_rows(form), blocks={n.removeprefix(BLOCK): form[n] for n in form if n.startswith(BLOCK)})
    name = next((name for name in COMMANDS if name in form), "")
    told = form.get(name, "")
    if not name and pasting and _waiting(form):
        name, told = "_paste", _waiting(form)
    if name:
        COMMANDS[name](view, entity, edited, form, told)
    return edited


# -- commands ---------------------------------------------------------------------------------------------------------


def _add(view: Any, entity: Entity, edited: Edited, form: Any, told: str) -> None:
    """A new line at the end, or after the line that is named."""
    place = place_of(entity.fields, edited.raw, form, told)
    if place is None or len(place.lines) >= MOST_ROWS:
        return
    at = len(place.lines) if place.index is None else place.index + 1
    place.lines.insert(at, {})
    edited.focus = place.row(at)


def _remove(view: Any, entity: Entity, edited: Edited, form: Any, told: str) -> None:
    place = place_of(entity.fields, edited.raw, form, told)
    if place is None or place.index is None:
        return
    line = place.lines.pop(place.index)
    if not is_untouched(place.field.fields, line):
        said = name_of(view, place.field, line)
        edited.gone = [*edited.gone, Gone(place.name, place.index, line, said)][-MOST:]
    if place.lines:
        edited.focus = place.row(min(place.index, len(place.lines) - 1))
        edited.column = place.column.key if place.column else ""


def _put_back(view: Any, entity: Entity, edited: Edited, form: Any, told: str) -> None:
    if not told.isdecimal() or int(told) >= len(edited.gone):
        return
    gone = edited.gone[int(told)]
    place = place_of(entity.fields, edited.raw, form, gone.rows)
    if place is None:
        return
    del edited.gone[int(told)]
    at = min(max(gone.at, 0), len(place.lines))
    place.lines.insert(at, {k: v for k, v in gone.line.items() if k == "id" or k in place.field.fields})
    edited.focus = place.row(at)


def _move(view: Any, entity: Entity, edited: Edited, form: Any, told: str, step: int = 0) -> None:
    """`lines-3:0` moves a line to a place; up and down move it by a step."""
    name, _, wanted = told.partition(":")
    place = place_of(entity.fields, edited.raw, form, name)
    if place is None or place.index is None:
        return
    to = place.index + step if step else int(wanted) if wanted.isdecimal() and len(wanted) < 6 else place.index
    to = min(max(to, 0), len(place.lines) - 1)
    place.lines.insert(to, place.lines.pop(place.index))
    edited.focus, edited.column = place.row(to), place.column.key if place.column else ""


def _copy(view: Any, entity: Entity, edited: Edited, form: Any, told: str) -> None:
    place = place_of(entity.fields, edited.raw, form, told)
    if place is None or place.index is None or len(place.lines) >= MOST_ROWS:
        return
    place.lines.insert(place.index + 1, _copied(place.field.fields, place.lines[place.index]))
    edited.focus, edited.column = place.row(place.index + 1), place.column.key if place.column else ""


def _copied(fields: Mapping[str, Field], line: Raw) -> Raw:
    """A line as a new one: without ids, files, and what is not to be copied."""
    made: Raw = {}
    for key, value in line.items():
        f = fields.get(key)
        if f is None or not f.copy or f.kind.upload(f) is not None:
            continue
        made[key] = [_copied(f.fields, one) for one in value] if f.kind.by_line else deepcopy(value)
    return made


def _fill(view: Any, entity: Entity, edited: Edited, form: Any, told: str) -> None:
    """`lines-3-price:4` puts the value of a cell into the four below it; `lines-price` into every empty cell the value
    of the one above."""
    name, _, count = told.partition(":")
    place = place_of(entity.fields, edited.raw, form, name)
    if place is None or place.column is None or not _fills(place.column):
        return
    key = place.column.key
    if place.index is None:
        for above, line in zip(place.lines, place.lines[1:], strict=False):
            if line.get(key) in EMPTY and above.get(key) not in EMPTY:
                line[key] = deepcopy(above[key])
        return
    many = int(count) if count.isdecimal() and len(count) < 6 else 1
    below = place.lines[place.index + 1 : place.index + 1 + many]
    for line in below:
        line[key] = deepcopy(place.lines[place.index].get(key))
    edited.focus, edited.column = place.row(place.index + len(below)), key


def _fills(f: Field) -> bool:
    return f.is_input and not f.kind.by_line and f.kind.upload(f) is None and not f.kind.secret


def _paste(view: Any, entity: Entity, edited: Edited, form: Any, told: str) -> None:
    place = place_of(entity.fields, edited.raw, form, told)
    if place is None:
        return
    sent = "-".join(told.split("-")[: place.name.count("-") + 1])
    try:
        done = paste(view, entity, edited.raw, place, edited.blocks.get(sent, ""))
    except Refusal as refusal:
        edited.refusal, edited.rows = refusal, place.name
        return
    edited.problems, edited.said = done.problems, {place.name: done.said} if done.said else {}
    edited.focus, edited.column = done.focus, done.column
    edited.blocks.pop(sent, None)


Command = Callable[[Any, Entity, Edited, Any, str], None]
COMMANDS: Mapping[str, Command] = {
    "_add": _add,
    "_remove": _remove,
    "_back": _put_back,
    "_up": lambda *given: _move(*given, step=-1),
    "_down": lambda *given: _move(*given, step=1),
    "_move": _move,
    "_copy": _copy,
    "_fill": _fill,
    "_paste": _paste,
}
