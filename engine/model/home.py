"""The first page of a role: blocks that the modules lay on it. A block names lists, it never adds rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.field import EMPTY
from engine.model.text import Text

BLOCKS = ("list", "count", "shortcuts", "recent", "starred", "text")
WIDTHS = ("quarter", "third", "half", "whole")


@dataclass(frozen=True)
class Shortcut:
    """Where a button leads: the list of an entity, one of its views, or the form of a new record."""

    entity: str
    view: str = ""
    new: bool = False


@dataclass(frozen=True)
class Block:
    key: str
    kind: str
    """One of BLOCKS."""
    title: Text | None = None
    width: str = "half"
    entity: str = ""
    view: str = ""
    """A view of the entity's registry: what a list shows and what a count counts, so that it leads to the same rows."""
    rows: int = 5
    columns: tuple[str, ...] = ()
    mark: Mapping[str, Any] = EMPTY
    """For a count: colour -> rule over `count`."""
    shortcuts: tuple[Shortcut, ...] = ()
    text: Text | None = None


@dataclass(frozen=True)
class Home:
    """What one module lays on the first page of some roles. A person with several of them gets all that they bring."""

    address: str
    roles: frozenset[str]
    blocks: Mapping[str, Block]
    order: int = 100
