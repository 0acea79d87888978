"""The tree after checking: every name found, every type known. Both readings, as a value and as SQL, start here.

`bound` of a number is the greatest magnitude it can have, counted in units of its last decimal place. The SQLite
reading
uses it to know where 64 bits are surely enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from engine.expression.types import Type

if TYPE_CHECKING:
    from engine.expression.functions import Function

#: Greatest magnitude of a stored number: 18 digits, wherever its point stands.
FIELD_BOUND = 10**18 - 1
#: Rows of one record are surely fewer.
ROWS_BOUND = 10**12
#: No calculation may be able to give a longer number.
MAX_RESULT_DIGITS = 200
#: Places that a division carries.
DIVISION_PLACES = 10


@dataclass(frozen=True)
class Typed:
    type: Type
    bound: int = field(default=0, kw_only=True)

    @property
    def places(self) -> int:
        """Decimal places of a number (0 for everything else)."""
        return self.type.places or 0

    def children(self) -> Iterator[Typed]:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Typed):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Typed))

    def walk(self) -> Iterator[Typed]:
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True)
class Const(Typed):
    value: Any


@dataclass(frozen=True)
class Hop:
    """One step over a link: the name of the link, the address of the entity it leads to."""

    name: str
    address: str


@dataclass(frozen=True)
class FieldValue(Typed):
    """A field of the frame `level` (0 the record, 1 the row, deeper ones the rows of functions), perhaps over links.

    `prefix` is the path of the rows in which the frame stands, as it appears in `Rule.paths`.
    """

    level: int
    hops: tuple[Hop, ...]
    name: str
    prefix: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        return (*self.prefix, *(hop.name for hop in self.hops), self.name)


@dataclass(frozen=True)
class Step:
    """One step on the way to a field: over a link, or into rows."""

    name: str
    into_rows: bool


@dataclass(frozen=True, eq=False)
class Matched(Typed):
    """A filter of a field's own kind: how it compares is the field's business, and only the database is asked.

    `values` are of the field's type. Rows on the way: one of them is enough.
    """

    level: int
    steps: tuple[Step, ...]
    name: str
    operator: str
    values: tuple[Any, ...]
    prefix: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        return (*self.prefix, *(step.name for step in self.steps), self.name)

    def children(self) -> Iterator[Typed]:
        return iter(())


@dataclass(frozen=True)
class ActorValue(Typed):
    name: str


@dataclass(frozen=True)
class Moment(Typed):
    """`today` (a date) or `now` (a datetime)."""


@dataclass(frozen=True)
class Negative(Typed):
    operand: Typed


@dataclass(frozen=True)
class Not(Typed):
    operand: Typed


@dataclass(frozen=True)
class Arithmetic(Typed):
    operator: str
    left: Typed
    right: Typed


@dataclass(frozen=True)
class Joined(Typed):
    """Texts one after another; empty ones are skipped."""

    parts: tuple[Typed, ...]


@dataclass(frozen=True)
class Compared(Typed):
    operator: str
    left: Typed
    right: Typed


@dataclass(frozen=True)
class Among(Typed):
    """`item in items` or `item not in items`; `items` is a ListOf or anything of type list."""

    negated: bool
    item: Typed
    items: Typed


@dataclass(frozen=True)
class Within(Typed):
    """Whether the record `item` of a tree (the entity `address`) is one of `items` or stands somewhere below one."""

    address: str
    item: Typed
    items: Typed


@dataclass(frozen=True)
class ListOf(Typed):
    items: tuple[Typed, ...]


@dataclass(frozen=True)
class Both(Typed):
    """`and` / `or`."""

    operator: str
    parts: tuple[Typed, ...]


@dataclass(frozen=True)
class Invoked(Typed):
    """A function over single values. `options` are whole numbers that were written out, such as the places of round."""

    function: Function
    arguments: tuple[Typed, ...]
    options: tuple[int, ...] = ()


@dataclass(frozen=True)
class Aggregate(Typed):
    """A function over the rows `rows` of the frame `level`; `item` is judged in a new frame for each row.

    Rows within rows are taken together: `rows` then has two names. `item` None: only count.
    """

    name: str
    level: int
    rows: tuple[str, ...]
    prefix: tuple[str, ...]
    item: Typed | None


def bare_fields(node: Typed) -> Iterator[FieldValue]:
    """The fields of the record or row itself (not those inside functions over rows)."""
    if isinstance(node, FieldValue):
        yield node
    elif not isinstance(node, Aggregate):
        for child in node.children():
            yield from bare_fields(child)
