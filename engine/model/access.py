"""Who may do what: roles, and the access rules that an entity gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.model.text import Text

VERBS = (
    "read",
    "create",
    "edit",
    "archive",
    "restore",
    "copy",
    "post",
    "reverse",
    "annul",
    "approve",
    "print",
    "export",
    "import",
    "history",
    "comment",
)


@dataclass(frozen=True)
class Role:
    key: str
    title: Text
    sensitivity: str = "internal"
    """The highest sensitivity of fields that the role sees where no `fields:` list says otherwise."""
    hint: Text | None = None
    shares_views: bool = False
    """May keep views of lists for a role and for everyone."""
    gives: frozenset[str] | None = frozenset()
    """Roles that a holder may give to others, where they hold this one; None: every role."""
    oversees: bool = False
    """May ask who sees what, and look at the rights of others in the same organisation."""
    journal: str = ""
    """Whose entries of the journal the role reads: `organisation`, `installation` (besides those of no organisation),
    or empty for none."""


@dataclass(frozen=True)
class Access:
    """What one role may do with one entity. Roles add up, each with its own fields on its own rows."""

    role: str
    can: frozenset[str]
    where: Any = None
    """A boolean `expression.Rule` over the record, or None for every record of the organisation."""
    read: frozenset[str] | None = None
    """Fields the role may see; None means every field not above the role's sensitivity."""
    write: frozenset[str] | None = None
    """Fields the role may write; None means every field it may read."""
    part: str = ""
    """The name of a further right of the role on other records or in other states; empty for the first."""
    also: tuple[Access, ...] = ()

    @property
    def all_parts(self) -> tuple[Access, ...]:
        """The first right and the further ones; each has its own verbs on its own records with its own fields."""
        return (self, *self.also)

    @property
    def verbs(self) -> frozenset[str]:
        """Every verb that the role holds on some record."""
        return self.can.union(*(part.can for part in self.also))
