"""The present password, asked for again before what outlives an open session: it may have been left open."""

from __future__ import annotations

from engine.errors import Invalid, Problem
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity import credentials
from engine.services.identity.actors import USER
from engine.services.identity.passwords import verify
from engine.services.identity.policy import policy_of
from engine.services.identity.throttle import take_back, take_turn


def require_password(site, actor: Actor, password: str, request_id: str) -> None:
    """Raises Invalid for a wrong one, TooOften when it was guessed at."""
    turn = take_turn(site, policy_of(site), "password", actor.login, "")
    row = site.read(actor, lambda view: credentials.row_of(view, actor.user_id))
    if row is None or not verify(row.password, password):
        refused = Entry("password refused", USER, actor.user_id)
        site.write(actor, lambda uow: uow.record(refused), request_id=request_id)
        raise Invalid([Problem("password.old", credentials.WRONG_OLD, "password")])
    site.write(actor, lambda uow: take_back(uow, turn))
