"""Whoever does it: a person's session, an API key, the system itself - or nobody."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

HERE = "here"
"""What access calls the actor's own organisation in the rules that it makes itself."""


@dataclass(frozen=True)
class Held:
    """A role that is held in parts of the organisation: in `units` with all that is below them, and, where `whole`,
    in the whole organisation besides."""

    role: str
    whole: bool
    units: tuple[UUID, ...]
    beyond: bool = False
    """Do other organisations stand below one of these units?"""


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
    """Every role held today, also those of people for whom the actor stands in."""
    language: str = "ru"
    """kk, ru or en; empty for a person who chose none: their browser's language is theirs."""
    session_id: str = ""
    address: str = ""
    unread: int = 0
    """Notices that the person has not read; counted with their session."""
    working: bool = False
    """Is something that they left for the background not done yet?"""
    pending: str = ""
    """What the session must do before it is let in: change a first password, show or set up the second factor."""
    read_only: bool = False
    """A key that changes nothing, whatever its roles could."""
    entities: frozenset[str] | None = None
    """A key that reaches these entities only; None for all that its roles reach."""
    narrow: bool = False
    """A key with less than its user's rights: work in the background, which runs with all of these, is not its own."""
    lists: str = ""
    """The stamp of saved views and chosen columns, read with their session; empty where it was not read."""
    parted: tuple[Held, ...] = ()
    """Of the roles held by the actor themselves those that are held in parts; the others are held everywhere."""
    standing_in: tuple[Actor, ...] = ()
    """People whose roles the actor holds for a while. Their rules ask about them: "my class" is theirs."""
    under: bool = False
    """Does the actor's organisation stand below another one? Then lists of the whole installation are not theirs to
    write."""
    own_roles: frozenset[str] | None = None
    """Roles that are the actor's own, where others are lent; None where all are."""

    @property
    def is_system(self) -> bool:
        """The engine itself: publishing, seeding, schedules. It never comes through a door."""
        return self.kind == "system"

    @property
    def mine(self) -> frozenset[str]:
        """Roles that are the actor's own, not lent by somebody they stand in for."""
        return self.roles if self.own_roles is None else self.own_roles

    @cached_property
    def rights(self) -> Hashable:
        """All that decides what the actor may do with an entity that they reach: equal for those who differ in values
        only."""
        parted = tuple((h.role, h.whole, h.beyond) for h in self.parted)
        lent = tuple(other.rights for other in self.standing_in)
        return (self.mine, parted, lent, self.is_system, self.organisation_id is None, self.read_only)

    @cached_property
    def shape(self) -> Hashable:
        """All that decides how access rules are written for the actor, links to other entities among them."""
        return (self.rights, self.entities)

    @property
    def is_parted(self) -> bool:
        """Is some role, own or lent, held in parts of the organisation only, or beyond it?"""
        return bool(self.parted) or any(other.parted for other in self.standing_in)

    @property
    def reaches_beyond(self) -> bool:
        """Does some role, own or lent, reach into organisations below?"""
        return any(h.beyond for who in (self, *self.standing_in) for h in who.parted)

    @cached_property
    def scope(self) -> tuple[str, str] | None:
        """Whose rows a database with row level security shows: the organisation, and units below which others are
        read too; None for the engine above all of them."""
        if self.is_system and self.organisation_id is None:
            return None
        units = [str(u) for who in (self, *self.standing_in) for h in who.parted if h.beyond for u in h.units]
        return str(self.organisation_id or ""), "{" + ",".join(units) + "}"

    @cached_property
    def places(self) -> dict[str, Any]:
        """Values of the rules that access makes itself: the organisation, and the units of each role."""
        found: dict[str, Any] = {HERE: self.organisation_id}
        for n, who in enumerate((self, *self.standing_in)):
            found.update((reach_of(n, h.role), list(h.units)) for h in who.parted)
        return found

    @cached_property
    def lent(self) -> dict[str, Any]:
        """What rules of lent roles read in the place of `actor.*`."""
        pairs = enumerate(self.standing_in, 1)
        return {lent_name(n, key): value for n, who in pairs for key, value in who.as_record().items()}

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


def reach_of(number: int, role: str) -> str:
    """The name of the units in which a role is held: by the actor (0), or by the n-th of those they stand in for."""
    return f"reach{number}_{role}"


def lent_name(number: int, key: str) -> str:
    """The name of `actor.KEY` of the n-th of those the actor stands in for."""
    return f"lent{number}_{key}"


NOBODY = Actor("nobody")


def system(organisation_id: UUID | None = None) -> Actor:
    """The engine acting for itself in one organisation (or above all of them)."""
    return Actor("system", login="system", organisation_id=organisation_id, roles=frozenset())
