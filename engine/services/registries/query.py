"""What is asked of a list, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MOST = 200
"""Records of one page, at most."""


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...] | None = None
    """Fields to read, or paths over one link (`payer.bin`); None for all that the actor may see."""
    filters: Sequence[tuple[str, str, Sequence[Any]]] = ()
    """(field, operator, raw values), all of which must hold."""
    where: Any = None
    """A condition as rule text (from a person) or a compiled Rule (from metadata)."""
    sort: tuple[str, ...] = ()
    """Field keys, `-` before a descending one."""
    search: str = ""
    after: str | None = None
    before: str | None = None
    limit: int = 50
    count: bool = False
    archived: bool = False
    shown: bool = True
    """Links with the display of the linked record (`@field`)."""
    totals: tuple[str, ...] = ()
    rows: bool = False
    """Many-valued fields are read too, one statement a table."""


@dataclass
class Page:
    records: list[dict[str, Any]]
    next: str | None = None
    previous: str | None = None
    count: int | None = None
    totals: dict[str, Any] = field(default_factory=dict)
