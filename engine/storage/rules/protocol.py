"""What the SQL reading needs from those who know the tables: sources of columns, and the values of the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause


class Source(Protocol):
    """A table (or an alias of one) of an entity or of its rows.

    Columns come with their real types and belong to one FROM clause each; aliases must be fresh at every call, since a
    rule may read the same table twice. `column("id")` is always known. What must not be read (a hidden or encrypted
    field) is refused here, by raising.
    """

    dialect: str

    def column(self, name: str) -> ColumnElement:
        """The column of a plain field."""

    def link(self, name: str) -> tuple[ColumnElement, Callable[[], Source]]:
        """The foreign key of a link, and a maker of fresh sources for its target."""

    def filter(self, name: str, operator: str, values: Sequence[Any]) -> ColumnElement:
        """The condition of a field's own filter (`matches` of a list's condition)."""

    def rows(self, name: str) -> tuple[Source, ColumnElement, ColumnElement]:
        """The child rows: their source, its column with the id of the parent, and the parent's own id column."""

    def tree(self, address: str) -> FromClause:
        """A fresh alias of the pairs of a tree: `ancestor_id`, `descendant_id`, every record with itself too."""

    def values(self, name: str) -> tuple[ColumnElement, ColumnElement, ColumnElement]:
        """A field of several values: the column with one value, its owner's id column, and the owner's own id
        column."""


@dataclass
class Binds:
    """The values of this request, which become bound parameters. A value of `actor` that is SQL already stays so:
    a parameter is given when the statement is run, a column or a query asks about many people at once.

    `calendar` is a FROM clause with the columns day (date), ordinal (integer: working days up to and including that
    day)
    and is_working (boolean), already narrowed to one calendar. `timezone` is an IANA name.
    """

    actor: Mapping[str, Any] = field(default_factory=dict)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    calendar: FromClause | None = None
    timezone: str = "Asia/Almaty"
