"""What a method of the second factor is. Built-in ones enter by the hook `second_factors`, as a plug-in's do.

There are two kinds. Of a `Typed` one the person reads a code and types it. With an `Exchanged` one the device itself
answers a challenge of the server, so that nothing can be read out to a stranger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from engine.errors import NotFound
from engine.hooks import registry


class Method(Protocol):
    """A way to show that it is the same person: something had besides the password."""

    name: str
    title: str
    """A sentence of the engine (`N_`): what people call it."""


@runtime_checkable
class Typed(Method, Protocol):
    """A code is typed. A person has one factor of such a method."""

    ask: str
    """What is asked for when it is shown, as a label."""

    def new_secret(self) -> str:
        """A fresh secret; it is kept encrypted."""

    def offer(self, secret: str, login: str, issuer: str) -> Mapping[str, Any]:
        """What the page of setting up shows: `key` to type, `picture` as a data: address."""

    def accepts(self, secret: str, typed: str, now: datetime, last_step: int) -> int | None:
        """The step that `typed` shows, if it is right and newer than `last_step`; None for anything else."""


@dataclass(frozen=True)
class Asking:
    """Who is asked by whom, and what has to be answered."""

    address: str
    """Where people reach the site (`Settings.address`), never what a request says of itself."""
    challenge: bytes
    user_id: UUID
    login: str
    known: tuple[str, ...] = ()
    """Secrets of the factors of this method that the person has."""


@dataclass(frozen=True)
class Enrolled:
    """A factor that a device has just made."""

    secret: str
    """What proves it from now on; kept encrypted, bound to its person."""
    handle: bytes
    """The name under which the device knows it: once in the installation."""
    count: int
    """How often the device says that it was used."""


class NotProved(Exception):
    """The answer of a device is refused. The text is for the log, not for people."""


@runtime_checkable
class Exchanged(Method, Protocol):
    """A device answers a challenge. A person may have several factors of such a method, each with a name."""

    def origin(self, address: str) -> str:
        """Where pages of a site at `address` must be opened for it; empty where browsers do not offer it there."""

    def invitation(self, asking: Asking) -> Mapping[str, Any]:
        """What the device is told to make a factor, as JSON."""

    def enrol(self, asking: Asking, answer: str) -> Enrolled:
        """What it made. Raises NotProved."""

    def question(self, asking: Asking) -> Mapping[str, Any]:
        """What the device is told to show one of `asking.known`, as JSON."""

    def handle(self, answer: str) -> bytes:
        """Which factor an answer speaks of. Raises NotProved for one that cannot be read."""

    def count(self, asking: Asking, secret: str, answer: str) -> int:
        """How often the device says that the factor was used, 0 if it does not count. Raises NotProved for an answer
        that does not prove that it has the secret."""


def methods() -> Iterator[Method]:
    """All methods there are, in the order in which they were added."""
    for make in registry().second_factors.parts.values():
        yield make()


def method(name: str) -> Method | None:
    make = registry().second_factors.parts.get(name)
    return make() if make else None


def typed(name: str) -> Typed | None:
    """The method `name` if a code is typed for it."""
    found = method(name)
    return found if isinstance(found, Typed) else None


def exchanged(name: str) -> Exchanged:
    """The method `name` by which a device answers. Raises NotFound where there is none."""
    found = method(name)
    if not isinstance(found, Exchanged):
        raise NotFound()
    return found
