"""Links of letters: each good once and for a time, behind it a person chooses their own password.

The link's token is made when the letter is written and stands nowhere but in the letter; the database has its hash.
Nobody is signed in by a link: whoever used it signs in like everybody else, with the second factor where there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotFound
from engine.ids import new_id
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity import credentials
from engine.services.identity.actors import USER
from engine.services.identity.policy import policy_of
from engine.services.identity.throttle import open_again, take_turn
from engine.storage.purposes import SIGNING_IN
from engine.storage.system.tables import LINK
from engine.storage.tables import tables_of

INVITATION, RESET = "invitation", "reset"
LONGEST = 100
"""Characters of a token that are looked at."""


def make_links(uow, kind: str, user_ids: Iterable[UUID], until: datetime) -> list[str]:
    """The ids of new links, one a user; those of this kind that they were sent before open nothing any more.

    They open nothing either until a letter was written (`letters.send_links`).
    """
    users = list(user_ids)
    rows = [{"id": new_id(), "user_id": user, "kind": kind, "created_at": uow.now, "until": until} for user in users]
    if rows:
        credentials.cancel_links(uow, users, kind)
        uow.execute(sa.insert(LINK).values(rows))
    return [str(row["id"]) for row in rows]


def behind(site, token: str) -> Any:
    """kind, login, id, user_id, organisation_id of a link that opens. Raises NotFound for one that is unknown, used,
    replaced or too old: all look the same. Looking uses nothing up."""
    user = tables_of(site.catalog).of(USER)
    asked = (
        sa.select(LINK.c.id, LINK.c.kind, LINK.c.user_id, user.c.login, user.c.organisation_id)
        .join_from(LINK, user, user.c.id == LINK.c.user_id)
        .where(LINK.c.token_hash == hash_of(token[:LONGEST]), LINK.c.used_at.is_(None), LINK.c.until > site.clock.now(),
               user.c.active, user.c.archived_at.is_(None))
    )
    with site.database.reading(SIGNING_IN) as connection:
        row = connection.execute(asked).first()
    if row is None:
        raise NotFound()
    return row


def accept(site, token: str, new: str, again: str, address: str = "", *, request_id: str = "") -> None:
    """Use the link up: the password that was chosen is theirs, all their sessions end.

    Raises NotFound, Invalid, TooOften.
    """
    take_turn(site, policy_of(site), "link", "", address)
    try:
        row = behind(site, token)
    except NotFound:
        site.write(Actor("nobody", address=address), lambda uow: uow.record(Entry("link refused", USER, None)),
                   request_id=request_id)
        raise
    who = Actor("user", row.user_id, row.login, organisation_id=row.organisation_id, address=address)
    known = site.read(who, lambda view: credentials.row_of(view, row.user_id))
    if known is None:
        raise NotFound()
    # Hashing is slow: it is done before the transaction that writes.
    hashed = site.read(who, lambda view: credentials.checked(view, known, new, again))

    def choose(uow) -> None:
        used = uow.execute(sa.update(LINK).where(
            LINK.c.id == row.id, LINK.c.used_at.is_(None), LINK.c.until > uow.now).values(used_at=uow.now))
        if used.rowcount != 1:
            raise NotFound()
        credentials.store_own(uow, row.user_id, hashed)
        open_again(uow, row.login, ["password"])  # what was guessed at is gone; guesses at codes go on counting
        uow.record(Entry("password reset" if row.kind == RESET else "invitation accepted", USER, row.user_id))

    site.write(who, choose, request_id=request_id)


def hash_of(token: str) -> bytes:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode()).digest()
