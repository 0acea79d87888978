"""What every save passes besides its own rows: the steps of `hooks.record_steps`, one change at a time, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine import hooks
from engine.model import Entity
from engine.services.identity.passwords import hash_password


@dataclass(frozen=True)
class Change:
    """One record as it was (None: it is new) and as it is now. `operation` is the verb: create, edit, post..."""

    entity: Entity
    operation: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


def run_steps(uow, change: Change) -> None:
    """Run the steps inside the transaction; one that refuses takes the whole save back."""
    for step in hooks.registry().record_steps.parts.values():
        step(uow, change)


def sealed(entity: Entity, values: Mapping[str, Any], keys: Collection[str] | None = None) -> Mapping[str, Any]:
    """The values as they are stored: a secret that was typed (one of `keys`, any without them) becomes its hash."""
    typed = {
        f.key: hash_password(values[f.key])
        for f in entity.secret_fields
        if values.get(f.key) and (keys is None or f.key in keys)
    }
    return {**values, **typed} if typed else values
