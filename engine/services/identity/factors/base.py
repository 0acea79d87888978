"""What a method of the second factor is. Built-in ones enter by the hook `second_factors`, as a plug-in's do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from engine.hooks import registry


class Method(Protocol):
    """A way to show that it is the same person: something had besides the password."""

    name: str
    title: str
    """A sentence of the engine (`N_`): what people call it."""
    ask: str
    """What is asked for when it is shown, as a label."""

    def new_secret(self) -> str:
        """A fresh secret; it is kept encrypted."""

    def offer(self, secret: str, login: str, issuer: str) -> Mapping[str, Any]:
        """What the page of setting up shows: `key` to type, `picture` as a data: address."""

    def accepts(self, secret: str, typed: str, now: datetime, last_step: int) -> int | None:
        """The step that `typed` shows, if it is right and newer than `last_step`; None for anything else."""


def methods() -> Iterator[Method]:
    """All methods there are, in the order in which they were added."""
    for make in registry().second_factors.parts.values():
        yield make()


def method(name: str) -> Method | None:
    make = registry().second_factors.parts.get(name)
    return make() if make else None
