"""Rows as a sheet: a line for each, an input in each cell, rows inside a row beneath it."""

from __future__ import annotations

from collections.abc import Mapping
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
             for i in inner]
    rows, given = [], raw.get(f.key) or ()
    for number, row in enumerate(stored):
        cells: list[Drawn] = []
        told = given[number] if number < len(given) and isinstance(given[number], Mapping) else {}
        for i in inner:
            place = f"{name}-{number}-{i.key}"
            said = drawing.draft.row_state(f.key, number, i.key) if name == f.key else FieldState(required=i.required)
            open_ = editable and i.is_input and not said.readonly and said.visible
            if i.kind.by_line:
                cells.append(sheet(drawing, i, row, place, open_, said, f"{address}.{i.key}", told))
            elif said.visible:
                cells.append(drawing.one(i, row, place, f"{address}.{i.key}", open_, said, row, told))
            else:
                cells.append(Drawn(i.key, place, i.title.in_(drawing.language)))
        rows.append(SimpleNamespace(
            name=f"{name}-{number}", id=row.get("id") or "", cells=cells,
            offered=" ".join(c.key for c in cells if c.is_input),
            problems=drawing.problems.get(path_of(f"{name}-{number}-").rstrip("."), []),
            fresh=name == drawing.fresh and number == len(stored) - 1))
    drawn = Drawn(f.key, name, f.title.in_(drawing.language), required=editable and state.required,
                  problems=drawing.problems.get(path_of(name), []),
                  hint=f.hint.in_(drawing.language) if f.hint and editable else "")
    drawn.lines = Lines(name, heads, rows, editable, _totals(drawing, f, inner, stored))
    return drawn


def _totals(drawing: Any, f: Field, inner: list[Field], rows: list[Mapping[str, Any]]) -> list[str]:
    wanted = f.options.get("totals") or ()
    if not wanted or not rows:
        return []
    return [
        i.kind.formatter(i, drawing.language, drawing.names)(
            {i.key: sum(r[i.key] for r in rows if r.get(i.key) is not None)}) if i.key in wanted else ""
        for i in inner
    ]
