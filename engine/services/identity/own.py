"""What people do with their own way in: change the password, see and end their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, NotFound, NotSignedIn, Problem
from engine.language import N_
from engine.language.formats import write_moment
from engine.model.policy import Policy
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity import credentials
from engine.services.identity.actors import USER
from engine.services.identity.passwords import verify
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import PASSWORD, hash_of, renew
from engine.services.identity.throttle import take_back, take_turn
from engine.storage.system.tables import SESSION

TOO_YOUNG = N_("This password was chosen a short while ago: it can be changed from %(moment)s. If somebody else knows it, "
               "ask an administrator for a first password at once")


@dataclass(frozen=True)
class Session:
    """One of a user's signed-in browsers. `name` is the beginning of a hash: it resumes nothing."""

    name: str
    begun_at: datetime
    seen_at: datetime
    address: str
    agent: str
    level: int
    is_this: bool


def change_password(site, actor: Actor, token: str, old: str, new: str, again: str, *, request_id: str = "") -> str:
    """The token of the session that goes on; all others end. Raises Invalid with everything that is wrong, TooOften when
    the old password was guessed at.

    Order 456, clause 5(9). The old password is needed even in an open session: it may have been left open.
    """
    policy = policy_of(site)
    row = site.read(actor, lambda view: credentials.row_of(view, actor.user_id))
    if row is None:
        raise NotSignedIn()
    from_when = _changeable_from(policy, actor, row, site.clock.now())
    if from_when is not None:
        raise Invalid([Problem("password.young", TOO_YOUNG, "", {"moment": write_moment(from_when)})])
    turn = take_turn(site, policy, "password", row.login, "")
    if not verify(row.password, old):
        refused = Entry("password refused", USER, actor.user_id)
        site.write(actor, lambda uow: uow.record(refused), request_id=request_id)
        raise Invalid([Problem("password.old", credentials.WRONG_OLD, "old")])
    # Hashing is slow: it is done before the transaction that writes.
    hashed = site.read(actor, lambda view: _checked_and_taken_back(site, view, turn, row, new, again))

    def change(uow) -> str:
        take_back(uow, turn)
        fresh = renew(uow, token)
        credentials.store_own(uow, actor.user_id, hashed, but=hash_of(fresh))
        return fresh

    return site.write(actor, change, request_id=request_id)


def changeable_from(view) -> datetime | None:
    """When the actor may change their own password again; None where they may now."""
    row = credentials.row_of(view, view.actor.user_id)
    return None if row is None else _changeable_from(policy_of(view.site), view.actor, row, view.now)


def _changeable_from(policy: Policy, actor: Actor, row: Any, now: datetime) -> datetime | None:
    """Whoever must change it first (it was given, or has grown old) is never held up."""
    if actor.pending == PASSWORD or row.changed_at is None or now >= row.changed_at + policy.min_age:
        return None
    return row.changed_at + policy.min_age


def _checked_and_taken_back(site, view, turn, row: Any, new: str, again: str) -> str:
    try:
        return credentials.checked(view, row, new, again)
    except Invalid:
        site.write(view.actor, lambda uow: take_back(uow, turn))
        raise


def sessions_of(view, user_id: UUID, token: str = "") -> list[Session]:
    """The sessions of a user that still go on, the last used first. `token`: the one that asks."""
    policy, mine = policy_of(view.site), hash_of(token) if token else b""
    t = SESSION.c
    rows = view.execute(
        sa.select(t.token_hash, t.created_at, t.seen_at, t.address, t.agent, t.level)
        .where(t.user_id == user_id, t.ended_at.is_(None), t.seen_at >= view.now - policy.idle,
               t.created_at >= view.now - policy.absolute)
        .order_by(t.seen_at.desc())
    )
    return [Session(_name(r.token_hash), r.created_at, r.seen_at, r.address or "", r.agent or "", r.level,
                    bytes(r.token_hash) == mine) for r in rows]


def end_session(uow, user_id: UUID, name: str) -> None:
    """End one session of a user by its name. Raises NotFound. Whose sessions may be ended is the caller's business."""
    t = SESSION.c
    open_ones = uow.execute(sa.select(t.token_hash).where(t.user_id == user_id, t.ended_at.is_(None))).scalars()
    found = next((h for h in open_ones if _name(h) == name), None)
    if found is None:
        raise NotFound()
    uow.execute(sa.update(SESSION).where(t.token_hash == found).values(ended_at=uow.now))
    uow.record(Entry("session ended", USER, user_id))


def end_others(uow, user_id: UUID, token: str = "") -> int:
    """End all sessions of a user but the one of `token`; how many."""
    ended = credentials.end_sessions(uow, user_id, hash_of(token) if token else b"")
    if ended:
        uow.record(Entry("sessions ended", USER, user_id))
    return ended


def _name(token_hash: bytes) -> str:
    return bytes(token_hash)[:10].hex()
