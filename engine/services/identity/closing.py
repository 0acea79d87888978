"""Every way in of a user, taken away: for a deleted account, and for one that becomes a program's or a person's."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from engine.services.identity.actors import USER
from engine.services.identity.credentials import cancel_links, end_sessions
from engine.services.identity.keys import revoke_all
from engine.storage.system.tables import ACCOUNT, FACTOR, RECOVERY_CODE
from engine.storage.tables import tables_of


def close_ways_in(uow, user_id: UUID) -> None:
    """The password, second factors, links, sessions and keys of the user open nothing from now on."""
    user = tables_of(uow.catalog).of(USER)
    uow.execute(sa.update(user).where(user.c.id == user_id).values(password=None))
    uow.execute(sa.delete(ACCOUNT).where(ACCOUNT.c.user_id == user_id))
    cancel_links(uow, [user_id])
    forget_factors(uow, user_id)
    end_sessions(uow, user_id)
    revoke_all(uow, user_id)


def forget_factors(uow, user_id: UUID) -> None:
    for table in (FACTOR, RECOVERY_CODE):
        uow.execute(sa.delete(table).where(table.c.user_id == user_id))
