"""Setting up a second factor of one's own, and taking it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, NotFound, Problem
from engine.ids import new_id
from engine.language import N_
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity.actors import USER
from engine.services.identity.confirming import require_password
from engine.services.identity.factors import recovery
from engine.services.identity.factors.base import typed as typed_method
from engine.services.identity.factors.secrets import opened, sealed
from engine.services.identity.factors.showing import WRONG, step_of, tell_refused, turn_of
from engine.services.identity.sessions import renew
from engine.services.identity.throttle import take_back
from engine.storage.system.tables import FACTOR

OPEN_FOR = timedelta(minutes=30)
"""How long a set-up that was begun may be confirmed."""
NOT_BEGUN = N_("This took too long: begin anew")


@dataclass(frozen=True)
class Factor:
    """A factor that is set up."""

    id: UUID
    method: str
    title: str
    confirmed_at: datetime
    used_at: datetime | None


def factors_of(view, user_id: UUID) -> list[Factor]:
    """The confirmed factors of a user."""
    t = FACTOR.c
    rows = view.execute(sa.select(t.id, t.method, t.title, t.confirmed_at, t.used_at).where(
        t.user_id == user_id, t.confirmed_at.is_not(None)).order_by(t.id))
    return [Factor(*row) for row in rows]


def begin(uow, user_id: UUID, name: str = "totp") -> None:
    """Begin to set up a method whose codes are typed; what was begun before and not confirmed is forgotten. Raises
    NotFound for a method that there is not."""
    found = typed_method(name)
    if found is None:
        raise NotFound()
    uow.execute(sa.delete(FACTOR).where(FACTOR.c.user_id == user_id, FACTOR.c.confirmed_at.is_(None)))
    id = new_id()
    uow.execute(sa.insert(FACTOR).values(
        id=id, user_id=user_id, method=name, title="", sealed=sealed(id, user_id, found.new_secret()),
        created_at=uow.now, last_step=0))


def begin_anew(site, actor: Actor, password: str, *, request_id: str = "") -> None:
    """As `begin`, in a session that is open already: a factor outlives it. Raises Invalid for a wrong password,
    TooOften."""
    require_password(site, actor, password, request_id)
    site.write(actor, lambda uow: begin(uow, actor.user_id), request_id=request_id)


def offered(view, user_id: UUID, login: str, issuer: str) -> Mapping[str, Any] | None:
    """What the page shows of the set-up that was begun; None where there is none, or it is too old."""
    row = _begun(view, user_id)
    found = typed_method(row.method) if row is not None else None
    if row is None or found is None:
        return None
    return {**found.offer(opened(row.id, user_id, row.sealed), login, issuer), "ask": found.ask, "title": found.title}


def _begun(view, user_id: UUID) -> Any:
    t = FACTOR.c
    return view.execute(sa.select(FACTOR).where(
        t.user_id == user_id, t.confirmed_at.is_(None), t.created_at > view.now - OPEN_FOR)).first()


def confirm(site, actor: Actor, token: str, typed: str, *, request_id: str = "") -> tuple[str, list[str]]:
    """(token of the session, now of level 2; recovery codes, told this one time). The first code proves that the
    telephone has the secret. Raises Invalid, TooOften."""
    turn = turn_of(site, actor, request_id)

    def enter(uow) -> tuple[str, list[str]] | None:
        row = _begun(uow, actor.user_id)
        if row is None:
            raise Invalid([Problem("factor.not-begun", NOT_BEGUN, "code")])
        step = step_of(row, typed[:100], uow.now)
        if step is None:
            return None
        t = FACTOR.c
        changed = uow.execute(sa.update(FACTOR).where(t.id == row.id, t.confirmed_at.is_(None)).values(
            confirmed_at=uow.now, last_step=step))
        if changed.rowcount != 1:
            return None
        # One factor of a method: the telephone before is forgotten.
        uow.execute(sa.delete(FACTOR).where(t.user_id == actor.user_id, t.method == row.method, t.id != row.id))
        take_back(uow, turn)
        codes = recovery.make_codes(uow, actor.user_id)
        fresh = renew(uow, token, level=2)
        uow.record(Entry("factor set up", USER, actor.user_id))
        return fresh, codes

    entered = site.write(actor, enter, request_id=request_id)
    if entered is None:
        tell_refused(site, actor, request_id)
        raise Invalid([Problem("factor.wrong", WRONG, "code")])
    return entered


def new_codes(site, actor: Actor, password: str, *, request_id: str = "") -> list[str]:
    """Fresh recovery codes for those on paper. Raises Invalid for a wrong password."""
    require_password(site, actor, password, request_id)

    def make(uow) -> list[str]:
        uow.record(Entry("recovery codes made", USER, actor.user_id))
        return recovery.make_codes(uow, actor.user_id)

    return site.write(actor, make, request_id=request_id)


def remove(site, actor: Actor, password: str, which: UUID | None = None, *, request_id: str = "") -> None:
    """Take one of one's own factors away, or all of them. Raises Invalid for a wrong password, NotFound; a policy that
    asks for a second factor asks again. Recovery codes stand in for a factor, so they go with the last one."""
    require_password(site, actor, password, request_id)
    mine = sa.and_(FACTOR.c.user_id == actor.user_id, FACTOR.c.id == which if which else sa.true())

    def forget(uow) -> None:
        if not uow.execute(sa.delete(FACTOR).where(mine)).rowcount and which:
            raise NotFound()
        if not factors_of(uow, actor.user_id):
            recovery.forget(uow, actor.user_id)
        uow.record(Entry("factor removed" if which else "factors removed", USER, actor.user_id))

    site.write(actor, forget, request_id=request_id)
