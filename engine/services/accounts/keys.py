"""API keys of others: what their administrators see of them, and keys that they issue to service accounts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from engine.errors import Conflict, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access import visible_entities
from engine.services.accounts.administering import edited, managed
from engine.services.actor import Actor
from engine.services.identity.actors import actor_of_user
from engine.services.identity.confirming import require_password
from engine.services.identity.keys import Key, add_key, key_of, narrow_key, require_room, revoke_key
from engine.services.identity.service_accounts import is_service
from engine.services.identity.wanting import Asked, less, wanted
from engine.services.records.history import people

A_PERSON = N_("Keys are issued to service accounts: a person makes their own")


def program(view, id: Any) -> Any:
    """The record of a service account that the actor manages. Raises NotFound, NotAllowed, Conflict for a person."""
    record = managed(view, id)
    if not is_service(record.values):
        raise Conflict([Problem("key.person", A_PERSON)])
    return record


def offered(view, user_id: UUID) -> list[Entity]:
    """The entities that the account's roles reach today."""
    who = actor_of_user(view.site, user_id)
    return visible_entities(view.catalog, who) if who is not None else []


def make(site, actor: Actor, id: Any, asked: Asked, password: str, *, request_id: str = "") -> str:
    """A new key of a service account, told this one time, for an administrator who shows their present password.

    Raises NotFound, NotAllowed, Conflict, Invalid, TooOften.
    """

    def checked(view, names: Collection[str]) -> Any:
        record = program(view, id)
        require_room(view, record.id)
        return record.id, wanted(view, asked, names)

    names = [e.address for e in site.read(actor, lambda view: offered(view, program(view, id).id))]
    site.read(actor, lambda view: checked(view, names))
    require_password(site, actor, password, request_id)
    return site.write(actor, lambda uow: add_key(uow, *checked(uow, names)), request_id=request_id)


def key(view, id: Any, key_id: Any) -> Key:
    """One key of a user whom the actor administers. Raises NotFound, NotAllowed."""
    return key_of(view, edited(view, id).id, key_id)


def narrow(uow, id: Any, key_id: Any, asked: Asked) -> None:
    """Leave somebody's key less than it had. Raises NotFound, NotAllowed, Invalid."""
    record = edited(uow, id)
    names = [e.address for e in offered(uow, record.id)]
    narrow_key(uow, record.id, key_id, less(uow, key_of(uow, record.id, key_id, held=True), asked, names))


def revoke(uow, id: Any, key_id: Any) -> None:
    """Make somebody's key useless from its next request on. Raises NotFound, NotAllowed."""
    revoke_key(uow, edited(uow, id).id, key_id)


def makers(view, keys: Collection[Key]) -> dict[UUID, str]:
    """Who made the keys, by name."""
    return people(view, {one.made_by for one in keys if one.made_by is not None})
