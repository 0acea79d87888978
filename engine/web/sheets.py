"""Rows as a sheet: a line for each, an input in each cell, rows inside a row beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from engine.model import Field
from engine.services.validation import FieldState
from engine.web.drawn import Drawn, Lines
from engine.web.typed import path_of


def sheet(drawing: Any, f: Field, values: Mapping[str, Any], name: str, editable: bool, state: FieldState,
          address: str, raw: Mapping[str, Any]) -> Drawn:
    """The rows of `f` ready to be drawn; `name` is the prefix of its inputs, `address` its path without lines."""
    stored = [r for r in values.get(f.key) or () if isinstance(r, Mapping)]
    inner = [i for i in f.fields.values() if not i.builtin]
    heads = [Drawn(i.key, "", i.title.in_(drawing.language), align=i.kind.align, required=editable and i.required)
             for i in inner if not i.kind.by_line]
    given = raw.get(f.key) or ()
    rows = []
    for number, row in enumerate(stored):
        told = given[number] if number < len(given) and isinstance(given[number], Mapping) else {}
        rows.append(_row(drawing, f, inner, row, name, number, editable, address, told))
    drawn = Drawn(f.key, name, f.title.in_(drawing.language), required=editable and state.required,
                  problems=drawing.problems.get(path_of(name), []),
                  hint=f.hint.in_(drawing.language) if f.hint and editable else "")
    drawn.lines = Lines(name, heads, rows, editable, _totals(drawing, f, inner, stored))
    if editable:
        _tools(drawing, f, drawn.lines)
    return drawn


def _row(drawing: Any, f: Field, inner: list[Field], row: Mapping[str, Any], name: str, number: int, editable: bool,
         address: str, told: Mapping[str, Any]) -> SimpleNamespace:
    cells: list[Drawn] = []
    for i in inner:
        place = f"{name}-{number}-{i.key}"
        said = drawing.draft.state(f"{path_of(f'{name}-{number}-')}{i.key}") if i.readonly or _conditional(i) else \
            FieldState(required=i.required)
        open_ = editable and i.is_input and not said.readonly and said.visible
        if i.kind.by_line:
            cells.append(sheet(drawing, i, row, place, open_, said, f"{address}.{i.key}", told))
        elif said.visible:
            cells.append(drawing.one(i, row, place, f"{address}.{i.key}", open_, said, row, told))
        else:
            cells.append(Drawn(i.key, place, i.title.in_(drawing.language)))
    focus = drawing.edited.focus == f"{name}-{number}"
    return SimpleNamespace(
        name=f"{name}-{number}", id=row.get("id") or "", cells=[c for c in cells if not c.lines],
        sheets=[c for c in cells if c.lines], offered=" ".join(c.key for c in cells if c.is_input),
        problems=drawing.problems.get(path_of(f"{name}-{number}-").rstrip("."), []),
        fresh=focus, column=drawing.edited.column if focus else "")


def _conditional(f: Field) -> bool:
    return bool(f.required_when or f.visible_when or f.readonly_when)


def _tools(drawing: Any, f: Field, lines: Lines) -> None:
    """What an editable sheet offers besides its cells, and what was done to it just now."""
    edited = drawing.edited
    lines.fills = [h for h in lines.heads if (i := f.fields[h.key]).is_input and i.kind.upload(i) is None
                   and not i.kind.secret]
    lines.gone = [SimpleNamespace(place=n, said=g.said, number=g.at + 1, text=g.text)
                  for n, g in enumerate(edited.gone) if g.rows == lines.name]
    lines.said = edited.said.get(lines.name, "")
    lines.block = edited.blocks.get(lines.name, "")
    if lines.said:
        lines.wrong = [cell.name for cell in _cells(lines) if cell.problems]
    if edited.refusal is not None and edited.rows == lines.name:
        lines.refusal = ". ".join(p.text(drawing.language) for p in edited.refusal.problems)


def _cells(lines: Lines) -> Iterator[Drawn]:
    for row in lines.rows:
        yield from row.cells


def _totals(drawing: Any, f: Field, inner: list[Field], rows: list[Mapping[str, Any]]) -> list[str]:
    wanted = f.options.get("totals") or ()
    if not wanted or not rows:
        return []
    return [
        i.kind.formatter(i, drawing.language, drawing.names)(
            {i.key: sum(r[i.key] for r in rows if r.get(i.key) is not None)}) if i.key in wanted else ""
        for i in inner if not i.kind.by_line
    ]
