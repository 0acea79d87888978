"""Whose entries somebody may read. A role says so by `journal`; without the word there is no journal for it.

Entries of another organisation are never shown: neither a region nor a role lent from elsewhere reaches them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.model import Catalog
from engine.services.actor import Actor
from engine.storage.system.tables import JOURNAL

ORGANISATION, INSTALLATION = "organisation", "installation"
"""Entries of one's own organisation; and besides those that belong to none: publishing, the unknown at the door."""


def reach(catalog: Catalog, actor: Actor) -> str:
    """`organisation`, `installation`, or empty for who may not read the journal. A role held in a part of the
    organisation gives nothing: an entry stands in no part."""
    if actor.is_system:
        return INSTALLATION
    found = set()
    for who in (actor, *actor.standing_in):
        if who.organisation_id != actor.organisation_id:
            continue
        whole = {h.role: h.whole for h in who.parted}
        for key in who.mine:
            role = catalog.roles.get(key)
            if role is not None and whole.get(key, True):
                found.add(role.journal)
    return INSTALLATION if INSTALLATION in found else ORGANISATION if ORGANISATION in found else ""


def shown_to(view: Any) -> list[sa.ColumnElement[bool]]:
    """Conditions of which one must hold for an entry to be the actor's to read. Raises NotFound, as for a page that
    is not there."""
    reached = reach(view.catalog, view.actor)
    if not reached:
        raise NotFound()
    own = view.actor.organisation_id
    parts = [] if own is None else [JOURNAL.c.organisation_id == own]
    if reached == INSTALLATION:
        parts.append(JOURNAL.c.organisation_id.is_(None))
    if not parts:
        raise NotFound()
    return parts
