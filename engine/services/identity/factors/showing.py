"""Showing the second factor: a code of a method, or one of the recovery codes; each is taken once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid, Problem, TooOften
from engine.fields.cipher import Unreadable
from engine.language import N_
from engine.logs import log
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity.actors import USER
from engine.services.identity.factors.base import typed as typed_method
from engine.services.identity.factors.recovery import use_code
from engine.services.identity.factors.secrets import opened
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import renew
from engine.services.identity.throttle import Turn, take_back, take_turn
from engine.storage.system.tables import FACTOR

WRONG = N_("This code is not right, or it was used already. Wait for the next one")


def show(site, actor: Actor, token: str, typed: str, *, request_id: str = "") -> tuple[str, bool]:
    """(token of the session, which is now of level 2, was it a recovery code). Raises Invalid, TooOften.

    What was accepted is compared inside the UPDATE: of two requests with the same code one gets in, at whatever moment
    they come and to whatever process.
    """
    turn = turn_of(site, actor, request_id)
    typed = typed[:100]

    def enter(uow) -> tuple[str, bool] | None:
        shown = _accept(uow, actor, typed)
        recovered = not shown and use_code(uow, actor.user_id, typed)
        if not shown and not recovered:
            return None
        take_back(uow, turn)
        fresh = renew(uow, token, level=2)
        uow.record(Entry("recovery code" if recovered else "second factor", USER, actor.user_id))
        return fresh, recovered

    entered = site.write(actor, enter, request_id=request_id)
    if entered is None:
        tell_refused(site, actor, request_id)
        raise Invalid([Problem("factor.wrong", WRONG, "code")])
    return entered


def turn_of(site, actor: Actor, request_id: str) -> Turn:
    """An attempt at a second factor of the actor, whichever, counted. Raises TooOften."""
    try:
        return take_turn(site, policy_of(site), "code", actor.login, actor.address)
    except TooOften:
        tell_refused(site, actor, request_id, "code held back")
        raise


def tell_refused(site, actor: Actor, request_id: str, what: str = "code refused") -> None:
    site.write(actor, lambda uow: uow.record(Entry(what, USER, actor.user_id)), request_id=request_id)


def _accept(uow, actor: Actor, typed: str) -> bool:
    """Does the code belong to a confirmed factor, and is it newer than all that were taken?"""
    t = FACTOR.c
    for row in uow.execute(sa.select(FACTOR).where(t.user_id == actor.user_id, t.confirmed_at.is_not(None))).all():
        step = step_of(row, typed, uow.now)
        if step is None:
            continue
        taken = uow.execute(
            sa.update(FACTOR).where(t.id == row.id, t.last_step < step).values(last_step=step, used_at=uow.now))
        if taken.rowcount == 1:
            return True
    return False


def step_of(row: Any, typed: str, now: Any) -> int | None:
    """The step that was typed for the factor in `row`; None too where its method or its secret is gone, or no code is
    typed for it."""
    found = typed_method(row.method)
    if found is None:
        return None
    try:
        return found.accepts(opened(row.id, row.user_id, row.sealed), typed, now, row.last_step)
    except Unreadable:
        log.error("factor unreadable", factor=str(row.id))
        return None
