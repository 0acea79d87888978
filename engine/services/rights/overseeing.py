"""Who may look at the rights of others: holders of a role that `oversees`."""

from __future__ import annotations

from engine.errors import NotFound
from engine.model import Catalog
from engine.services.actor import Actor


def oversees(catalog: Catalog, actor: Actor) -> bool:
    """Does one of the actor's own roles oversee others? A lent role does not: it lends work, not supervision."""
    return actor.is_system or any(catalog.roles[r].oversees for r in actor.mine if r in catalog.roles)


def require_overseer(view) -> None:
    """For everybody else there is no such page. Raises NotFound."""
    if not oversees(view.catalog, view.actor):
        raise NotFound()
