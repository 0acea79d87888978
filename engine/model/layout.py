"""How lists of records look. Layout names fields, it never adds rights; forms stand in `engine.model.form`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.field import EMPTY
from engine.model.text import Text

TOTALS = ("sum", "avg", "min", "max", "count")
"""What a column may be summed up by."""
CALENDAR = ("day", "month", "quarter", "year")
"""Parts of the calendar that days are grouped by."""


@dataclass(frozen=True)
class View:
    key: str
    title: Text
    where: Any = None
    mark: Mapping[str, Any] = EMPTY
    """Colour (red, gold, green, blue, grey) -> rule that marks a row with it."""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    kind: str | None = None
    """A part of the hook `registry_kinds`; None for what the registry says."""
    by: str | None = None
    totals: Mapping[str, str] = EMPTY
    """As those of the registry; empty: the registry's own."""
    group: tuple[str, ...] = ()
    options: Mapping[str, Any] = EMPTY
    """What the kind keeps of its own keys."""
    mark_titles: Mapping[str, Text] = EMPTY
    """Colour -> what the mark means."""
    hint: Text | None = None


@dataclass(frozen=True)
class Registry:
    entity: str
    key: str
    title: Text | None
    columns: tuple[str, ...]
    """Field keys or paths over links: `payer`, `payer.bin`."""
    filters: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    """Field keys, `-` before a descending one."""
    totals: Mapping[str, str] = EMPTY
    """Field -> what stands in its foot: one of `TOTALS`."""
    quick: tuple[str, ...] = ()
    """Fields whose values are offered beside the list, each with its count."""
    group: tuple[str, ...] = ()
    """Fields that the list is grouped by, `date:month` for a part of the calendar; outermost first."""
    views: Mapping[str, View] = EMPTY
    roles: frozenset[str] = frozenset()
    where: Any = None
    generated: bool = False
    kind: str | None = None
    by: str | None = None
    options: Mapping[str, Any] = EMPTY
    mark: Mapping[str, Any] = EMPTY
    mark_titles: Mapping[str, Text] = EMPTY
    inline: tuple[str, ...] = ()
    """Fields that people may change in the table itself."""
    hint: Text | None = None
    help: Text | None = None
