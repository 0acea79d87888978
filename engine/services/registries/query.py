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
    """A condition as rule text (from a person) or a compiled Rule (from metadata), or a tuple of them: all hold."""
    sort: tuple[str, ...] = ()
    """Field keys, `-` before a descending one."""
    search: str = ""
    after: str | None = None
    before: str | None = None
    """The page that ends before this token; an empty token means the last page."""
    limit: int = 50
    most: int = MOST
    """The longest page: screens and the API stay with this; a calendar or a print may ask for more."""
    count: bool = False
    bound: int | None = None
    """Count no further than this; where there are more, `Page.more` is set and there are no totals."""
    archived: bool = False
    shown: bool = True
    """Links with the display of the linked record (`@field`)."""
    totals: tuple[str | tuple[str, str], ...] = ()
    """Fields to be added up, or (field, `sum`, `avg`, `min`, `max` or `count`)."""
    besides: Sequence[Any] = ()
    """Conditions that only services add: (columns of the list) -> a clause each."""
    ids: Sequence[Any] | None = None
    """Only these records, of those that the rest leaves."""
    rows: bool = False
    """Many-valued fields are read too, one statement a table."""
    verb: str = "read"
    """The right that the actor must hold on a record, and on its fields, for them to be there."""


@dataclass
class Page:
    records: list[dict[str, Any]]
    next: str | None = None
    previous: str | None = None
    count: int | None = None
    more: bool = False
    """There are more than `count`."""
    totals: dict[str, Any] = field(default_factory=dict)
