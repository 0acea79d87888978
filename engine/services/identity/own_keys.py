"""API keys of one's own: made where the policy lets, with the present password; narrowed and revoked by their owner."""

from __future__ import annotations

from typing import Any

from engine.errors import NotAllowed, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access import visible_entities
from engine.services.actor import Actor
from engine.services.identity.confirming import require_password
from engine.services.identity.keys import add_key, key_of, narrow_key, require_room
from engine.services.identity.policy import policy_of
from engine.services.identity.wanting import Asked, less, wanted

NOT_HERE = N_("Your roles may not make API keys: ask an administrator for a service account")


def may_make(view) -> bool:
    """Does the policy let the actor make keys of their own? What is lent to them gives no lasting way in."""
    return view.actor.kind == "user" and policy_of(view.site).lets_make_keys(view.actor.mine)


def offered(view) -> list[Entity]:
    """The entities that a key of the actor may be narrowed to."""
    return visible_entities(view.catalog, view.actor)


def require_may(view) -> None:
    """Raise NotAllowed for whoever may not make keys of their own."""
    if not may_make(view):
        raise NotAllowed([Problem("key.own", NOT_HERE)])


def make(site, actor: Actor, asked: Asked, password: str, *, request_id: str = "") -> str:
    """A new key, told this one time. Raises NotAllowed, Invalid, TooOften."""

    def checked(view) -> None:
        require_may(view)
        require_room(view, actor.user_id)
        wanted(view, asked, [e.address for e in offered(view)])

    site.read(actor, checked)
    require_password(site, actor, password, request_id)

    def add(uow) -> str:
        checked(uow)
        return add_key(uow, actor.user_id, wanted(uow, asked, [e.address for e in offered(uow)]))

    return site.write(actor, add, request_id=request_id)


def narrow(uow, id: Any, asked: Asked) -> None:
    """Leave one's own key less than it had. Raises NotFound, Invalid."""
    user_id, names = uow.actor.user_id, [e.address for e in offered(uow)]
    narrow_key(uow, user_id, id, less(uow, key_of(uow, user_id, id, held=True), asked, names))
