"""Where a name of the form leads among the raw values: `lines`, `lines-3`, `lines-3-price`, `lines-0-parts-1-size`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.model import Field
from engine.web.typed import line_numbers

Raw = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Rows of the form, and in them perhaps a line and a column.

    `name` and `path` name the rows as they will be drawn (`lines-0-parts`, `lines[0].parts`), whatever the numbers
    of the lines were in the form that was sent; `address` is the path without lines (`lines.parts`).
    """

    field: Field
    lines: list[Raw]
    name: str
    path: str
    address: str
    index: int | None = None
    column: Field | None = None

    def row(self, index: int) -> str:
        """The name of a line as it will be drawn."""
        return f"{self.name}-{index}"


def place_of(fields: Mapping[str, Field], raw: Raw, form: Any, name: str) -> Place | None:
    """The place that `name` means in the form that was sent; None for a name that leads nowhere."""
    parts, numbers = name.split("-"), line_numbers(form)
    sent = drawn = path = address = ""
    while parts:
        field = fields.get(parts[0])
        if field is None or not field.kind.by_line or not isinstance(raw.get(field.key, []), list):
            return None
        sent, drawn = sent + field.key, drawn + field.key
        path, address = path + field.key, address + field.key
        lines = raw.setdefault(field.key, [])
        place = Place(field, lines, drawn, path, address)
        if len(parts) == 1:
            return place
        index = _index(numbers.get(sent, ()), parts[1], len(lines))
        if index is None:
            # Without a line a column may stand alone: `lines-price` is the whole of it.
            column = field.fields.get(parts[1]) if len(parts) == 2 else None
            return None if column is None else Place(field, lines, drawn, path, address, None, column)
        place = Place(field, lines, drawn, path, address, index)
        if len(parts) == 2:
            return place
        inner = field.fields.get(parts[2])
        if inner is None:
            return None
        if not inner.kind.by_line:
            return Place(field, lines, drawn, path, address, index, inner) if len(parts) == 3 else None
        sent, drawn = f"{sent}-{parts[1]}-", f"{drawn}-{index}-"
        path, address = f"{path}[{index}].", f"{address}."
        fields, raw, parts = field.fields, lines[index], parts[2:]
    return None


def _index(numbers: Sequence[int], number: str, count: int) -> int | None:
    """Which line of those sent has a number."""
    if not number.isdecimal() or len(number) > 5:
        return None
    index = numbers.index(int(number)) if int(number) in numbers else count
    return index if index < count else None
