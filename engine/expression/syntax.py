"""The tree that `parse` returns: what was written, before any name or type is known.

`offset` counts characters from the start of the rule, so that a problem can point at its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Node:
    offset: int


@dataclass(frozen=True)
class Literal(Node):
    """A number, a text, a truth value or None. Numbers are exact: int, or Decimal with the places as typed."""

    value: int | Decimal | str | bool | None


@dataclass(frozen=True)
class Path(Node):
    """A name, or names joined by dots: `total`, `supplier.kind`, `lines.amount`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Unary(Node):
    """`-` or `not`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    """One of `+ - * / %`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Comparison(Node):
    """One of `== != < <= > >=`, `in`, `not in`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Logic(Node):
    """`and` or `or` over two parts or more."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Items(Node):
    """A list as written: `["a", "b"]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Call(Node):
    name: str
    arguments: tuple[Node, ...]
