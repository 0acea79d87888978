"""Whoever does it: a person's session, an API key, the system itself - or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Comes only from a session or a key, never from a request's parameters (security.md, 8)."""

    kind: str
    """user, key, system or nobody"""
    user_id: UUID | None = None
    login: str = ""
    name: str = ""
    person_id: UUID | None = None
    organisation_id: UUID | None = None
    units: tuple[UUID, ...] = ()
    roles: frozenset[str] = frozenset()
    language: str = "ru"
    """kk, ru or en; empty for a person who chose none: their browser's language is theirs."""
    session_id: str = ""
    address: str = ""
    unread: int = 0
    """Notices that the person has not read; counted with their session."""
    working: bool = False
    """Is something that they left for the background not done yet?"""
    lists: str = ""
    """The stamp of saved views and chosen columns, read with their session; empty where it was not read."""

    @property
    def is_system(self) -> bool:
        """The engine itself: publishing, seeding, schedules. It never comes through a door."""
        return self.kind == "system"

    def as_record(self) -> dict[str, Any]:
        """What rules may read as `actor.*`."""
        return {
            "id": self.user_id,
            "person": self.person_id,
            "roles": sorted(self.roles),
            "organisation": self.organisation_id,
            "unit": self.units[0] if self.units else None,
            "units": list(self.units),
        }


NOBODY = Actor("nobody")


def system(organisation_id: UUID | None = None) -> Actor:
    """The engine acting for itself in one organisation (or above all of them)."""
    return Actor("system", login="system", organisation_id=organisation_id, roles=frozenset())
