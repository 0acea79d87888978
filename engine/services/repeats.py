"""Requests that arrive twice act once: the answer is kept in the transaction of the write that it tells of.

After a crash or a lost connection a program cannot know whether its write was committed; it sends the same request
with the same key again. Not for refusals: nothing was written, so the request is simply judged anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from engine.errors import Problem, Refusal
from engine.fields import cipher
from engine.language import N_
from engine.services.unit_of_work import UnitOfWork
from engine.storage.queries.writing import insert_into
from engine.storage.system.ciphers import answer_place
from engine.storage.system.tables import METADATA

KEPT = timedelta(hours=24)
PENDING = 0
TABLE = METADATA.tables["engine_idempotency"]


class KeyReused(Refusal):
    """The idempotency key already stands for another request. 422."""

    code = "idempotency.reused"
    title = N_("This Idempotency-Key was used for another request")


@dataclass(frozen=True)
class Answer:
    """What a write answered, as it went over the wire."""

    status: int
    body: bytes
    location: str = ""
    repeated: bool = False


def once(uow: UnitOfWork, key: str, digest: str, work: Callable[[], Answer]) -> Answer:
    """The answer of `work`, or the one kept when this actor sent the same key before, without doing it again.

    The key is claimed first: a twin in another transaction waits at the unique key until this one ends.
    Raises KeyReused when the key stands for a request with another digest.
    """
    mine = sa.and_(TABLE.c.key == key, TABLE.c.actor_id == uow.actor.user_id)
    uow.execute(sa.delete(TABLE).where(TABLE.c.actor_id == uow.actor.user_id, TABLE.c.at < uow.now - KEPT))
    if not _claim(uow, key, digest):
        kept = uow.execute(sa.select(TABLE.c.request_digest, TABLE.c.status, TABLE.c.response).where(mine)).one()
        if kept.request_digest != digest:
            raise KeyReused([Problem("idempotency.reused", N_("This Idempotency-Key was used for another request"),
                                     hint=N_("Make a new key for every new request"))])
        # An answer tells what was written, of people as well: it is kept as they are, sealed.
        told = cipher.current().open(bytes(kept.response), answer_place({"key": key, "actor_id": uow.actor.user_id}))
        location, _, body = told.partition("\n")
        return Answer(kept.status, body.encode(), location, repeated=True)
    answer = work()
    told = f"{answer.location}\n{answer.body.decode()}"
    sealed = cipher.current().seal(told, answer_place({"key": key, "actor_id": uow.actor.user_id}))
    uow.execute(sa.update(TABLE).where(mine).values(status=answer.status, response=sealed))
    return answer


def _claim(uow: UnitOfWork, key: str, digest: str) -> bool:
    """True when the key was free. ON CONFLICT, because a failed INSERT would end a PostgreSQL transaction."""
    claim = insert_into(uow.connection, TABLE).values(
        key=key, actor_id=uow.actor.user_id, request_digest=digest, status=PENDING, response=b"", at=uow.now)
    return uow.execute(claim.on_conflict_do_nothing().returning(TABLE.c.key)).first() is not None
