"""A block of the clipboard spread over rows: from a cell to the right and downwards, new lines as they are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Problem
from engine.language import N_, plural, translate
from engine.model import Entity, Field
from engine.services.access import writable
from engine.services.cells import (
    Cell,
    Column,
    LinkNames,
    TooMany,
    is_head,
    match_titles,
    parse_block,
    read_columns,
)
from engine.services.validation import parse
from engine.web.rows.places import Place, Raw

BLOCK = "_block-"
MOST_INPUTS = 15_000
"""Inputs of a form; a browser sends, and the door takes, not many more."""
FULL = N_("With this block the form would have %(count)s rows, more than it can hold. Paste a part of it, or import it "
          "as a file")
NOTHING = N_("There is nothing to paste: copy cells in a spreadsheet first")
ROW, ROWS = N_("%(number)s row pasted"), N_("%(number)s rows pasted")
WRONG, WRONGS = N_("%(number)s cell needs correcting"), N_("%(number)s cells need correcting")
LEFT_OUT = N_("Left out: %(titles)s")


@dataclass
class Pasted:
    """`said` is for the person; `focus` and `column` name the first cell."""

    said: str = ""
    problems: list[Problem] = field(default_factory=list)
    focus: str = ""
    column: str = ""


def paste(view: Any, entity: Entity, raw: Raw, place: Place, text: str) -> Pasted:
    """Put the cells of `text` into `place.lines`, from the line and column of `place` on.

    A first line with titles says which columns are meant; else they follow each other from the cell on, computed
    ones skipped. Raises TooMany; nothing is changed then.
    """
    block = parse_block(text)
    if not block:
        return Pasted(translate(NOTHING, view.language))
    inputs = [f for f in place.field.fields.values() if _takes(f)]
    matched = match_titles({f.key: f for f in place.field.fields.values() if not f.kind.by_line}, block[0])
    left: list[str] = []
    if is_head(matched, block[0]):
        keys: list[str | None] = [key if key and _takes(place.field.fields[key]) else None for key in matched]
        left = [head for head, key in zip(block[0], matched, strict=True) if key is None and head]
        block = block[1:]
    else:
        keys = _columns_from(place, inputs, max(map(len, block)))
    start = place.index if place.index is not None else _first_free(place)
    count = max(len(place.lines), start + len(block))
    if count * (len(inputs) + 2) > MOST_INPUTS:
        raise TooMany([Problem("paste.full", FULL, params={"count": count})])
    columns = [Column(f"{place.address}.{k}", place.field.fields[k]) if k else None for k in keys]
    cells = read_columns(view, entity, columns, block, _around(view, entity, raw), LinkNames(view))
    done = Pasted(problems=_put(place, start, keys, cells))
    first = next((k for k in keys if k), "")
    done.focus, done.column = place.row(start), first
    done.said = plural(ROW, ROWS, len(block), view.language)
    if left:
        done.said += ". " + translate(LEFT_OUT, view.language, {"titles": ", ".join(left)[:200]})
    return done


def wrong_cells(count: int, language: str) -> str:
    """`3 cells need correcting`"""
    return plural(WRONG, WRONGS, count, language)


def _takes(f: Field) -> bool:
    return f.is_input and not f.kind.by_line and f.kind.upload(f) is None and not f.kind.secret


def _first_free(place: Place) -> int:
    """A block pasted without a cell begins after the last line that holds anything."""
    at = len(place.lines)
    while at and "id" not in place.lines[at - 1] and _is_bare(place.field, place.lines[at - 1]):
        at -= 1
    return at


def _is_bare(rows: Field, line: Mapping[str, Any]) -> bool:
    """Does a new line hold nothing but defaults?"""
    return all(v in (None, "", []) or rows.fields[k].default is not None for k, v in line.items() if k in rows.fields)


def _columns_from(place: Place, inputs: Sequence[Field], width: int) -> list[str | None]:
    """The keys under which a block of `width` columns falls."""
    shown = [f for f in place.field.fields.values() if not f.builtin and not f.kind.by_line]
    begin = place.column if place.column in shown else None
    of_inputs = [f for f in inputs if begin is None or shown.index(f) >= shown.index(begin)]
    if width <= len(of_inputs):
        return [f.key for f in of_inputs[:width]]
    # A block wider than what may be typed was copied with the computed columns: they stand in it and are skipped.
    following = shown[shown.index(begin) if begin else 0 :]
    if width <= len(following):
        return [f.key if _takes(f) else None for f in following[:width]]
    return [*(f.key for f in of_inputs), *[None] * (width - len(of_inputs))]


def _around(view: Any, entity: Entity, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values of the record around the rows, as far as they can be read."""
    allowed = writable(view.catalog, view.actor, entity, "create") | writable(view.catalog, view.actor, entity, "edit")
    plain = {k: v for k, v in raw.items() if k in allowed and not entity.fields[k].kind.by_line}
    return parse(view.catalog, entity, plain, allowed)[0]


def _put(place: Place, start: int, keys: Sequence[str | None], cells: Sequence[Sequence[Cell | None]]) -> list[Problem]:
    problems = []
    for n, line in enumerate(cells, start):
        while n >= len(place.lines):
            place.lines.append({})
        row = place.lines[n]
        for key, cell in zip(keys, line, strict=True):
            if key is None or cell is None:
                continue
            if cell.raw in (None, "", []) and "id" not in row:
                row.pop(key, None)  # an empty cell of a new line leaves its default
                continue
            row[key] = cell.raw
            if cell.problem is not None:
                problems.append(cell.problem.at(f"{place.path}[{n}].{key}"))
    return problems
