"""Walking a record with its rows: at each level the fields, values, stored values, and where rules find names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.expression import Context
from engine.model import Field


@dataclass(frozen=True)
class Level:
    """A record, a row, or a row inside a row. `path` is empty for the record, else `lines[2].`"""

    fields: Mapping[str, Field]
    values: dict[str, Any]
    before: Mapping[str, Any] | None
    context: Context
    path: str = ""

    def rows(self, f: Field) -> Iterator[Level]:
        """The levels of the rows of one field; nothing for plain lists (links, choices, files)."""
        lines = self.values.get(f.key)
        if not lines or not isinstance(lines[0], Mapping):
            return
        stored = {r["id"]: r for r in (self.before or {}).get(f.key) or ()}
        # Inside a row inside a row, the outer row is laid over the record (as `loading` compiled the rule).
        outer = self.context.record if self.context.row is None else {**self.context.record, **self.context.row}
        for index, row in enumerate(lines):
            context = inside(self.context, outer, row)
            yield Level(f.fields, row, stored.get(row.get("id")), context, f"{self.path}{f.key}[{index}].")


def inside(context: Context, record: Mapping[str, Any], row: Mapping[str, Any]) -> Context:
    """The same world with a row at hand."""
    return Context(
        record=record,
        row=row,
        actor=context.actor,
        today=context.today,
        now=context.now,
        follow=context.follow,
        calendar=context.calendar,
    )
