"""What a grid is asked to show, kept in its URL: the parameters, and `column` or `row` for one of them as a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from engine.model import Entity
from engine.model.grid import Grid

LONG = 200


@dataclass(frozen=True)
class State:
    given: dict[str, str] = field(default_factory=dict)
    """Parameters as texts; the services read them."""
    column: str = ""
    row: str = ""

    @classmethod
    def read(cls, grid: Grid, args: MultiDict[str, str]) -> State:
        given = {key: args[key][:LONG] for key in grid.parameters if args.get(key)}
        return cls(given, args.get("column", "")[:LONG], args.get("row", "")[:LONG])

    @property
    def one(self) -> bool:
        """True when one column or row is asked for."""
        return bool(self.column or self.row)


def base_of(entity: Entity, grid: Grid) -> str:
    return f"{entity.url}/grids/{grid.slug}"


def url(base: str, given: dict[str, str], **more: Any) -> str:
    pairs = [*given.items(), *((k, v) for k, v in more.items() if v)]
    return f"{base}?{urlencode(pairs)}" if pairs else base
