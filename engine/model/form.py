"""How one record looks: sections, tabs, steps, panels beside it. Layout names fields, it never adds rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.entity import Check
from engine.model.field import EMPTY
from engine.model.text import Text

Rows = tuple[tuple[str, ...], ...]
"""Lines of a form, each with the fields that share it."""
SIDE = ("workflow", "files", "postings", "related", "comments", "history", "account")
WIDTHS = (2, 3, 4, 6, 8, 9, 12)
"""Widths that a field or a column may have, of twelve."""
MAIN, REVIEW = "main", "review"
"""The name of the main form in a link, and of the step with which every wizard ends."""


@dataclass(frozen=True)
class Look:
    """How a field stands in its section. `width`: of twelve columns, None for an equal share of its line."""

    width: int | None = None
    as_text: bool = False


@dataclass(frozen=True)
class Column:
    """Lines beside other lines. `width`: of twelve, None for an equal share."""

    key: str
    rows: Rows
    width: int | None = None


@dataclass(frozen=True)
class Section:
    """`columns` instead of `rows` where lines stand beside each other; `text` is said to whoever reads the form."""

    key: str
    title: Text | None
    rows: Rows = ()
    collapsed: bool = False
    visible_when: Any = None
    columns: tuple[Column, ...] = ()
    looks: Mapping[str, Look] = EMPTY
    hint: Text | None = None
    text: Text | None = None
    tone: str = "info"

    @property
    def lines(self) -> Iterator[tuple[str, ...]]:
        yield from self.rows
        for column in self.columns:
            yield from column.rows


@dataclass(frozen=True)
class Tab:
    key: str
    title: Text
    sections: Mapping[str, Section]
    visible_when: Any = None


@dataclass(frozen=True)
class Step:
    """One page of a wizard. `rules` are checks of the entity judged already here, `checks` are its own."""

    key: str
    title: Text
    sections: Mapping[str, Section]
    when: Any = None
    rules: tuple[str, ...] = ()
    checks: Mapping[str, Check] = EMPTY
    hint: Text | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(placed(self.sections))


@dataclass(frozen=True)
class Related:
    """A list of the records of `entity` whose link `field` leads to the record."""

    entity: str
    field: str
    title: Text | None = None
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    where: Any = None
    limit: int = 5

    @property
    def key(self) -> str:
        return f"{self.entity}.{self.field}"


@dataclass(frozen=True)
class Form:
    """`key` is empty for the entity's main form. `roles` empty: for everybody. `by_link`: only where a link asks."""

    entity: str
    key: str
    title: Text | None
    sections: Mapping[str, Section]
    roles: frozenset[str] = frozenset()
    when: Any = None
    side: tuple[str, ...] = ("files", "history")
    generated: bool = False
    tabs: Mapping[str, Tab] = EMPTY
    steps: Mapping[str, Step] = EMPTY
    related: Mapping[str, Related] = EMPTY
    by_link: bool = False
    hint: Text | None = None
    help: Text | None = None
    keep: tuple[str, ...] = ()
    """Fields whose values stay when one record is saved and the next begun."""

    @property
    def name(self) -> str:
        """What a link calls it: `?form=NAME`."""
        return self.key or MAIN

    @property
    def is_wizard(self) -> bool:
        return bool(self.steps)

    @property
    def all_sections(self) -> Iterator[Section]:
        yield from self.sections.values()
        for part in (*self.tabs.values(), *self.steps.values()):
            yield from part.sections.values()

    @property
    def fields(self) -> frozenset[str]:
        """Every field that stands somewhere on it."""
        return frozenset(name for section in self.all_sections for line in section.lines for name in line)


def placed(sections: Mapping[str, Section]) -> Iterator[str]:
    """The fields of the sections in reading order."""
    for section in sections.values():
        for line in section.lines:
            yield from line
