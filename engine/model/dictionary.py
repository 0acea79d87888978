"""Dictionaries: declared lists of codes. Their items live in one table and may be edited without publishing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.model.text import Text


@dataclass(frozen=True)
class Item:
    code: str
    title: Text
    parent: str | None = None
    since: date | None = None
    until: date | None = None
    """The last day on which the code may be chosen; records that hold it stay readable."""


@dataclass(frozen=True)
class Dictionary:
    address: str
    module: str
    key: str
    title: Text
    items: Mapping[str, Item] = field(default_factory=dict)
    """The shipped items; those of the site are in the database and win."""
    editable: bool = True
    status: str = "unverified"
    """official, common, check or unverified: how far its facts are confirmed."""
    source: str = ""
