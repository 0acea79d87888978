"""The e-mail of somebody with an account is a way in: letters with links behind which a password is chosen go there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed, NotFound, Problem
from engine.language import N_
from engine.services.accounts.administering import edited
from engine.services.identity.actors import PERSON, USER
from engine.storage.tables import tables_of

OPENS = N_("This e-mail opens an account of this person: the person or an administrator of accounts changes it")


def keep_ways_in(uow, change: Any) -> None:
    """A record step: only the person and whoever manages their accounts give them another e-mail.

    Else a clerk would write their own address beside the administrator, ask for a forgotten password and be them.
    Raises Invalid.
    """
    if change.entity.address != PERSON or change.before is None or uow.actor.is_system:
        return
    if change.after.get("email") == change.before.get("email") or uow.actor.person_id == change.after["id"]:
        return
    user = tables_of(uow.catalog).of(USER)
    theirs = sa.select(user.c.id).where(user.c.person_id == change.after["id"], user.c.archived_at.is_(None))
    try:
        for id in uow.execute(theirs).scalars().all():
            edited(uow, id)
    except (NotAllowed, NotFound) as refused:
        raise Invalid([Problem("person.way-in", OPENS, "email")]) from refused
