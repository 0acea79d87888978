"""The static types of the rule language and the scopes in which its names are found.

A rule is checked against scopes when the metadata is loaded, so that evaluation meets no surprise later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

TYPE_NAMES = ("text", "number", "boolean", "date", "datetime", "time", "id", "rows", "list", "none")


@runtime_checkable
class Scope(Protocol):
    """A set of names: the fields of a record, of a row, or of the actor."""

    address: str

    def resolve(self, name: str) -> Type | None:
        """The type of a name, or None when there is no such name (or when it must stay unseen)."""

    def names(self) -> Iterable[str]:
        """Every name that may be offered in a "did you mean"."""


@dataclass(frozen=True)
class Type:
    """A static type.

    `places`: decimal places of a number (0 is an integer). `target`: the scope behind a link, or of a row.
    `item`: what a list holds. `name` is one of TYPE_NAMES.
    """

    name: str
    places: int | None = None
    target: Scope | None = None
    item: Type | None = None

    def __post_init__(self) -> None:
        if self.name not in TYPE_NAMES:
            raise ValueError(f"{self.name!r} is no type of the rule language")

    def __str__(self) -> str:
        if self.name == "list" and self.item is not None:
            return f"list of {self.item}"
        return self.name


TEXT = Type("text")
BOOLEAN = Type("boolean")
DATE = Type("date")
DATETIME = Type("datetime")
TIME = Type("time")
ID = Type("id")
NONE = Type("none")
INTEGER = Type("number", places=0)


def number(places: int) -> Type:
    """A number that keeps `places` decimal places."""
    return Type("number", places=places)


def link(target: Scope | None) -> Type:
    """A link to another entity; None stands for "one of several entities"."""
    return Type("id", target=target)


def rows(target: Scope) -> Type:
    """The child rows of a record."""
    return Type("rows", target=target)


def list_of(item: Type) -> Type:
    """Several values of one type: the actor's units, a choice of several codes."""
    return Type("list", item=item)


@dataclass(eq=False)
class Names:
    """The plain Scope: an address and a mapping of types. A callable value is asked late, for scopes in a circle."""

    address: str
    types: Mapping[str, Type | Callable[[], Type]] = field(default_factory=dict)

    def resolve(self, name: str) -> Type | None:
        found = self.types.get(name)
        return found() if callable(found) else found

    def names(self) -> Iterable[str]:
        return self.types.keys()


ACTOR: Scope = Names(
    "actor",
    {
        "id": ID,
        "person": ID,
        "roles": list_of(TEXT),
        "organisation": ID,
        "unit": ID,
        "units": list_of(ID),
    },
)
