"""An entity: a described thing with fields, rules, access and, for a document, numbers and a life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.model.access import Access
from engine.model.field import EMPTY, Field, HasFields, Serves
from engine.model.text import Text

KINDS = ("reference", "document", "settings")
STATES = ("draft", "posted", "reversed", "annulled")


@dataclass(frozen=True)
class Series:
    """How documents are numbered: `pattern` holds `{yyyy}`, `{mm}`, `{organisation.code}` and one `{00000}`."""

    pattern: str
    restart: str = "year"
    """year, month, never"""
    scope: str = "organisation"
    assign: str = "on posting"
    """on create, on registration, on posting"""
    gaps: str = "never"
    """never: taken inside the business transaction; allowed: as well, but an archived draft leaves one."""


@dataclass(frozen=True)
class Check:
    key: str
    rule: Any
    message: Text
    fields: tuple[str, ...] = ()
    """Where the message stands; empty means on the record as a whole."""
    serves: tuple[Serves, ...] = ()


@dataclass(frozen=True)
class Unique:
    """No two live records of an organisation share these fields. `when` is (field, literal) or None."""

    key: str
    fields: tuple[str, ...]
    message: Text | None = None
    when: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Index:
    key: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A sample that `qurastyr check` runs: `given` values lead to `then` values, or are `refused` by an element."""

    key: str
    given: Mapping[str, Any]
    then: Mapping[str, Any] = EMPTY
    refused: tuple[str, ...] = ()
    today: Any = None


@dataclass(frozen=True, eq=False)
class Entity(HasFields):
    address: str
    module: str
    key: str
    kind: str
    title: Text
    plural: Text
    fields: Mapping[str, Field]
    """All of them, built-in ones first, in the order of the file."""
    table: str = ""
    scope: str = "organisation"
    """organisation, or shared: read by all, written by administrators."""
    icon: str = "file"
    display: tuple[Any, ...] = ()
    """Alternating literal texts (str) and field paths (tuple of str)."""
    search: tuple[str, ...] = ()
    natural_key: tuple[str, ...] = ()
    tree: bool = False
    unit: str | None = None
    subject: str | None = None
    """The link to the person whom its personal fields tell of; None where that is the record itself."""
    purpose: Text | None = None
    """Why data about people is kept in it, where a field says nothing of its own."""
    kept_for: Text | None = None
    """How long, and by which rule."""
    number: Series | None = None
    unique: Mapping[str, Unique] = EMPTY
    indexes: Mapping[str, Index] = EMPTY
    rules: Mapping[str, Check] = EMPTY
    access: Mapping[str, Access] = EMPTY
    examples: Mapping[str, Example] = EMPTY
    history: bool = True
    hint: Text | None = None
    help: Text | None = None
    """What stands in the help of its screens besides the hints of its fields."""
    was: str | None = None
    serves: tuple[Serves, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Its part of a URL: `incoming-letter`."""
        return self.key.replace("_", "-")

    @property
    def url(self) -> str:
        return f"/{self.module}/{self.slug}"

    @property
    def is_document(self) -> bool:
        return self.kind == "document"

    @cached_property
    def secret_fields(self) -> tuple[Field, ...]:
        """Fields in columns that are written and never read back."""
        return tuple(f for f in self.column_fields if f.kind.secret)

    @cached_property
    def search_fields(self) -> tuple[Field, ...]:
        """Texts in columns that quick search looks into. Never an encrypted one."""
        chosen = (self.fields[key] for key in self.search if key in self.fields)
        return tuple(f for f in chosen if f.kind.searchable and not f.encrypted and f in self.column_fields)

    @cached_property
    def input_fields(self) -> tuple[Field, ...]:
        """Fields that may be sent by a form, the API or an import."""
        return tuple(f for f in self.fields.values() if f.is_input)
