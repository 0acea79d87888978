"""A field: a named value of an entity or of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.model.text import Text

SENSITIVITY = ("public", "internal", "personal", "medical")
PERSONAL = ("personal", "medical")
"""Classes of data about people, which the law protects."""


class _Empty(Mapping[str, Any]):
    """No entries, ever. Unlike Python 3.11's mappingproxy it can be hashed, which a dataclass default must be."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0


EMPTY: Mapping[str, Any] = _Empty()


@dataclass(frozen=True)
class Serves:
    """A clause of Order 456 that an element fulfils, wholly or in part."""

    clause: str
    part: bool = False
    lacks: Text | None = None


class HasFields:
    """What has fields, an entity or a field of rows: those of them that each work on a record asks for."""

    fields: Mapping[str, Field]

    @cached_property
    def column_fields(self) -> tuple[Field, ...]:
        """Fields kept in columns of its own table."""
        return tuple(f for f in self.fields.values() if not f.is_many and not f.kind.virtual and f.stored)

    @cached_property
    def row_fields(self) -> tuple[Field, ...]:
        """Fields kept in tables of their own: rows, links, several choices, several files."""
        return tuple(f for f in self.fields.values() if f.is_many and not f.kind.virtual)

    @cached_property
    def judged_fields(self) -> tuple[Field, ...]:
        """Fields in which something can be wrong."""
        return tuple(f for f in self.fields.values() if f.is_judged)

    @cached_property
    def conditional_fields(self) -> tuple[Field, ...]:
        """Fields that may be hidden, required or read-only, or whose rows have such ones."""
        return tuple(f for f in self.fields.values() if f.has_conditions or f.is_many)

    @cached_property
    def linking_fields(self) -> tuple[Field, ...]:
        """Links that people choose, and rows that hold such links."""
        return tuple(f for f in self.fields.values() if f.links_within)


@dataclass(frozen=True, eq=False)
class Field(HasFields):
    """Everything said about one field. What it *does* is asked of `kind`, its room in `engine/fields`.

    Rules (`*_when`, `value`, `check`, a default or bound that began with `=`) are compiled `expression.Rule`s.
    """

    key: str
    kind: Any
    """The `fields.FieldType` that keeps, checks and shows its values."""
    title: Text
    owner: str = ""
    """Address of the entity, and of the rows inside it: `accounting.invoice` or `accounting.invoice.lines`."""
    options: Mapping[str, Any] = EMPTY
    """The kind's own options, already read into Python values by the kind."""
    hint: Text | None = None
    required: bool = False
    readonly: bool = False
    required_when: Any = None
    visible_when: Any = None
    readonly_when: Any = None
    value: Any = None
    """The rule that computes it; None for a field that people fill in."""
    stored: bool = True
    """For a computed field: kept in a column when saved (True) or computed when read (False)."""
    default: Any = None
    """A Python value or a Rule."""
    check: Any = None
    unique: bool = False
    index: bool = False
    copy: bool = True
    translated: bool = False
    encrypted: bool = False
    sensitivity: str = "internal"
    masked: bool = False
    """Lists show a part of each value; the whole one stands on the record, whose opening is journalled."""
    purpose: Text | None = None
    """Why data about people is kept in it."""
    once: bool = False
    """Filled once: cannot change after it has a value."""
    after_posting: bool = False
    """May still be edited when the document is posted."""
    was: str | None = None
    builtin: bool = False
    sortable: bool = False
    """Sorted or searched text: the engine keeps a folded key column beside it."""
    fields: Mapping[str, Field] = EMPTY
    """The fields of its rows; a field with any is kept in a table of its own."""
    serves: tuple[Serves, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def address(self) -> str:
        return f"{self.owner}.{self.key}"

    @cached_property
    def is_computed(self) -> bool:
        return self.value is not None

    @cached_property
    def taken(self) -> tuple[str, str] | None:
        """For a lookup that is never stored, over one link: the link, and the field taken from behind it."""
        return None if self.stored else self.extra.get("taken")

    @cached_property
    def is_many(self) -> bool:
        """True when its values stand in a table of their own: rows, links, several choices, several files."""
        return bool(self.fields)

    @cached_property
    def masks_within(self) -> bool:
        """True when its values, or some in its rows, are masked in lists."""
        return self.masked or any(f.masks_within for f in self.fields.values())

    @cached_property
    def is_personal(self) -> bool:
        """True when it tells of a person, or one of the fields in its rows does."""
        return self.encrypted or self.sensitivity in PERSONAL or any(f.is_personal for f in self.fields.values())

    @cached_property
    def has_conditions(self) -> bool:
        """True when it may be hidden, required or read-only: something is to be found out for each record."""
        return bool(
            self.required or self.readonly or self.required_when or self.visible_when or self.readonly_when
        )

    @cached_property
    def is_judged(self) -> bool:
        """False for what nobody can get wrong: what is never stored, what the engine fills in itself."""
        return not (self.kind.virtual or (self.builtin and not self.required))

    @cached_property
    def has_ruled_default(self) -> bool:
        return hasattr(self.default, "evaluate")

    @cached_property
    def bounds(self) -> tuple[Mapping[str, Any], tuple[tuple[str, Any], ...]]:
        """Its options but for `where`, which is about candidates: those that stand fast, and the rules among them."""
        told = {k: v for k, v in self.options.items() if k != "where"}
        ruled = tuple((k, v) for k, v in told.items() if hasattr(v, "evaluate"))
        return {k: v for k, v in told.items() if not hasattr(v, "evaluate")}, ruled

    @cached_property
    def has_bounds(self) -> bool:
        """May a value be too small or too large?"""
        plain, ruled = self.bounds
        return bool(ruled) or not plain.keys().isdisjoint(("min", "max"))

    @cached_property
    def judged_when_filled(self) -> bool:
        """May something be wrong with a value that could be read? Where not, nothing is called for it."""
        return self.kind.judges(self) or self.dictionary is not None or self.check is not None

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Addresses of the entities that it links to; empty for what is no link."""
        return self.kind.targets(self)

    @cached_property
    def dictionary(self) -> str | None:
        """The dictionary whose codes it holds."""
        return self.kind.dictionary(self)

    @cached_property
    def may_need(self) -> bool:
        """True when there may be something to say although it holds nothing."""
        return self.has_conditions or self.is_many or self.once

    @cached_property
    def links_within(self) -> bool:
        """True when it is a link that people choose, or holds such links in its rows."""
        if self.builtin or self.is_computed or self.kind.virtual:
            return False
        return bool(self.targets or self.linking_fields)

    @cached_property
    def is_input(self) -> bool:
        """True when a person or a program may send a value for it."""
        return not (self.builtin or self.is_computed or self.kind.virtual)
