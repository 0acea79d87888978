"""A module: a named part of the menu with the entities, dictionaries and roles described in its folder."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.text import Text


@dataclass(frozen=True)
class Module:
    key: str
    title: Text
    icon: str = "folder"
    order: int = 100
    requires: tuple[str, ...] = ()
    hint: Text | None = None
    help: Text | None = None
    """How people work with the module, in a few paragraphs."""
