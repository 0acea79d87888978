"""A policy of signing in: what passwords, sessions, attempts and second factors must be like at an installation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.model.text import Text


@dataclass(frozen=True)
class Exemption:
    """Who may leave the second factor out: those for whom some record of `entity` fulfils the rule `where`."""

    entity: str
    where: Any
    """A rule over one record of `entity`; `actor` is the person who signs in. Judged anew at each sign-in."""


@dataclass(frozen=True)
class Policy:
    """The defaults are those of OWASP ASVS 5.0; they hold where a set of files describes no policy."""

    address: str = ""
    title: Text | None = None

    # -- passwords
    least: int = 12
    most: int = 128
    """Characters of a password."""
    common_refused: bool = True
    """Are well-known passwords, runs of keys and one's own sign-in name refused?"""
    kinds: int = 1
    """How many of lower case, upper case, digits and other characters must be there."""
    rotation_days: int = 0
    """After so many days a password must be changed; 0: never."""
    history: int = 0
    """So many former passwords may not come back."""
    min_age_hours: int = 0
    """So long a password that its owner chose is kept before they may change it again; 0: no time."""
    first_hours: int = 24
    """How long a first password opens the page where it is changed."""

    # -- sessions
    idle_minutes: int = 30
    hours: int = 12
    """How long a session lasts however busy it is."""

    # -- attempts
    tries: int = 5
    """Failures in a row before the first pause."""
    pause_seconds: int = 60
    """The first pause; each failure after it doubles the next."""
    longest_pause_minutes: int = 60
    a_day: int = 20
    """Failures of one account in a day before it is shut until an administrator opens it; 0: never."""
    of_address: int = 60
    """Failures of one address in a minute before it has to wait."""

    # -- second factor
    everybody: bool = False
    roles: frozenset[str] = frozenset()
    """Whoever holds one of these roles shows a second factor."""
    exempt: tuple[Exemption, ...] = ()

    # -- API keys of one's own
    keys_for_everybody: bool = False
    key_roles: frozenset[str] = frozenset()
    """Whoever holds one of these roles may make keys of their own."""
    key_days: int = 365
    """How long a key made on screen lasts at most; 0: it may have no end."""

    # -- links in letters
    invitation_hours: int = 72
    reset_minutes: int = 60

    @property
    def min_age(self) -> timedelta:
        return timedelta(hours=self.min_age_hours)

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.hours)

    def requires_second_factor(self, roles: Collection[str]) -> bool:
        return self.everybody or not self.roles.isdisjoint(roles)

    def lets_make_keys(self, roles: Collection[str]) -> bool:
        return self.keys_for_everybody or not self.key_roles.isdisjoint(roles)


DEFAULT = Policy()
