"""Walking a record with its rows: at each level the fields, values, stored values, and where rules find names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.expression import Context
from engine.model import Entity, Field


@dataclass(slots=True)
class Level:
    """A record, a row, or a row inside a row. `path` is empty for the record, else `lines[2].`"""

    of: Entity | Field
    """What has the fields."""
    values: dict[str, Any]
    before: Mapping[str, Any] | None
    context: Context
    path: str = ""
    known: dict[str, tuple[Any, list[Level]]] = field(default_factory=dict, repr=False, compare=False)
    """The levels of its rows, as long as the list of rows is the same one."""

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.of.fields

    def rows(self, f: Field) -> Sequence[Level]:
        """The levels of the rows of one field; nothing for plain lists (links, choices, files)."""
        lines = self.values.get(f.key)
        if not lines:
            return ()
        kept = self.known.get(f.key)
        if kept is not None and kept[0] is lines and len(kept[1]) == len(lines):
            return kept[1]
        if not isinstance(lines[0], Mapping):
            return ()
        stored = {r["id"]: r for r in (self.before or {}).get(f.key) or ()} if self.before else {}
        # Inside a row inside a row, the outer row is laid over the record (as `loading` compiled the rule).
        nested = self.context.row is not None
        outer = {**self.context.record, **self.context.row} if nested else self.context.record
        levels = [
            Level(f, row, stored.get(row.get("id")), inside(self.context, outer, row),
                  f"{self.path}{f.key}[{index}].")
            for index, row in enumerate(lines)
        ]
        if not nested:  # what is laid over the record is of this moment only
            self.known[f.key] = (lines, levels)
        return levels


def inside(context: Context, record: Mapping[str, Any], row: Mapping[str, Any]) -> Context:
    """The same world with a row at hand."""
    return Context(
        record=record,
        row=row,
        actor=context.actor,
        today=context.today,
        now=context.now,
        follow=context.follow,
        within=context.within,
        calendar=context.calendar,
    )
