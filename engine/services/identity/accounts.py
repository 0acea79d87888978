"""Accounts: what must hold for users of all organisations together, because people sign in before theirs is known."""

from __future__ import annotations

import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.services.identity.actors import USER
from engine.storage.purposes import SIGNING_IN
from engine.storage.tables import tables_of

TAKEN = N_("Another user has this login: choose another one")


def refuse_taken_login(uow, change) -> None:
    """A record step: no two live users of the installation share a login. Raises Invalid."""
    if change.entity.address != USER or change.after.get("archived_at") is not None:
        return
    told = ("login", "archived_at")
    if change.before is not None and all(change.after.get(k) == change.before.get(k) for k in told):
        return
    table = tables_of(uow.catalog).of(USER)
    other = sa.select(table.c.id).where(
        table.c.login == change.after.get("login"), table.c.id != change.after["id"], table.c.archived_at.is_(None)
    )
    taken = uow.execute(other.limit(1)).first()
    if taken is None and uow.site.database.role:  # where the database shows this organisation alone, ask as the engine
        with uow.site.database.reading(SIGNING_IN) as connection:
            taken = connection.execute(other.limit(1)).first()
    if taken:
        raise Invalid([Problem("login.taken", TAKEN, "login")])


def logins(site) -> list[str]:
    """Every sign-in name that somebody has, archived ones too."""
    table = tables_of(site.catalog).of(USER)
    with site.database.reading(SIGNING_IN) as connection:
        return list(connection.execute(sa.select(table.c.login)).scalars())
