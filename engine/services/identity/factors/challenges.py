"""Challenges: what a device has to sign. Each belongs to one session and one purpose, is short-lived and used once."""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa

from engine.services.actor import Actor
from engine.services.identity.sessions import hash_of
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import CHALLENGE

SET_UP, SHOW = "set up", "show"
LASTS = timedelta(minutes=5)
BYTES = 32


def begin(uow, token: str, purpose: str) -> bytes:
    """A fresh challenge for the session of `token`; the one before it for this purpose is worthless."""
    kept = {"value": secrets.token_bytes(BYTES), "until": uow.now + LASTS}
    added = insert_into(uow.connection, CHALLENGE).values(token_hash=hash_of(token), purpose=purpose, **kept)
    uow.execute(added.on_conflict_do_update(index_elements=["token_hash", "purpose"], set_=kept))
    return kept["value"]


def take(site, actor: Actor, token: str, purpose: str, *, request_id: str = "") -> bytes | None:
    """The challenge that this session was given for `purpose`, for this one time; None where there is none or it is too
    old. It is used up by a transaction of its own: an answer that is refused afterwards has used it up too."""
    t = CHALLENGE.c
    used = sa.delete(CHALLENGE).where(t.token_hash == hash_of(token), t.purpose == purpose).returning(t.value, t.until)

    def use(uow) -> bytes | None:
        row = uow.execute(used).first()
        return bytes(row.value) if row is not None and row.until > uow.now else None

    return site.write(actor, use, request_id=request_id)


def sweep(uow) -> int:
    """Forget those that nobody can answer any more; how many."""
    return uow.execute(sa.delete(CHALLENGE).where(CHALLENGE.c.until < uow.now)).rowcount
