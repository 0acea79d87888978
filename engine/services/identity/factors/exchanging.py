"""Second factors by which a device answers: made, and shown at signing in. A person may have several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, NotFound, Problem
from engine.fields.cipher import Unreadable
from engine.ids import new_id
from engine.language import N_
from engine.logs import log
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity.actors import USER
from engine.services.identity.confirming import require_password
from engine.services.identity.factors import challenges, recovery
from engine.services.identity.factors.base import Asking, Enrolled, Exchanged, NotProved, exchanged, method
from engine.services.identity.factors.challenges import SET_UP, SHOW
from engine.services.identity.factors.secrets import opened, sealed
from engine.services.identity.factors.showing import tell_refused, turn_of
from engine.services.identity.sessions import renew
from engine.services.identity.throttle import take_back
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import FACTOR

MOST = 20
"""Factors of one method that a person may have."""
LONGEST_ANSWER, LONGEST_TITLE = 20_000, 60
LATE = N_("This took too long: begin anew")
NOT_SHOWN = N_("The device was not recognised. Try again, or show another second factor")
NOT_MADE = N_("The device could not be set up here. Try again, or choose another one")
TAKEN = N_("This device is set up already")
ENOUGH = N_("You have %(most)s of them: remove one that you do not use any more")
REFUSED, COPIED = "passkey refused", "passkey copy refused"


@dataclass(frozen=True)
class _Kept:
    """A factor as it stands in the table, its secret opened."""

    id: UUID
    handle: bytes
    secret: str
    last: int


def origin(site, name: str) -> str:
    """Where pages must be opened for the method `name`; empty where it is not offered."""
    found = method(name)
    return found.origin(site.settings.address) if isinstance(found, Exchanged) else ""


def begin_set_up(site, actor: Actor, token: str, name: str, *, request_id: str = "") -> Mapping[str, Any]:
    """What the person's device is told to make a factor of the method `name`. Raises NotFound for a method that there
    is not, or not at this address."""
    return _begin(site, actor, token, name, SET_UP, request_id)


def begin_another(site, actor: Actor, token: str, name: str, password: str, *,
                  request_id: str = "") -> Mapping[str, Any]:
    """As `begin_set_up`, in a session that is open already: a factor outlives it. Raises Invalid for a wrong password,
    TooOften, NotFound."""
    require_password(site, actor, password, request_id)
    return begin_set_up(site, actor, token, name, request_id=request_id)


def begin_showing(site, actor: Actor, token: str, name: str, *, request_id: str = "") -> Mapping[str, Any]:
    """What the device is told to show one. Raises NotFound, also where the person has none."""
    return _begin(site, actor, token, name, SHOW, request_id)


def _begin(site, actor: Actor, token: str, name: str, purpose: str, request_id: str) -> Mapping[str, Any]:
    found = exchanged(name)
    if not found.origin(site.settings.address):
        raise NotFound()

    def ask(uow) -> Mapping[str, Any]:
        known = tuple(one.secret for one in _kept(uow, actor, name))
        if purpose == SHOW and not known:
            raise NotFound()
        asking = _asking(site, actor, challenges.begin(uow, token, purpose), known)
        return found.invitation(asking) if purpose == SET_UP else found.question(asking)

    return site.write(actor, ask, request_id=request_id)


def set_up(site, actor: Actor, token: str, name: str, title: str, answer: str, *,
           request_id: str = "") -> tuple[str, list[str]]:
    """(token of the session, now of level 2; recovery codes, told this one time, where the person had none left).
    Raises Invalid, TooOften, NotFound."""
    found = exchanged(name)
    turn = turn_of(site, actor, request_id)
    asking = _taken(site, actor, token, SET_UP, request_id)
    try:
        made = found.enrol(asking, answer[:LONGEST_ANSWER])
    except NotProved as wrong:
        raise _refusal(site, actor, wrong, NOT_MADE, request_id) from wrong

    def enter(uow) -> tuple[str, list[str]] | None:
        if len(_kept(uow, actor, name)) >= MOST:
            raise Invalid([Problem("factor.enough", ENOUGH, "answer", {"most": MOST})])
        if not _insert(uow, actor, name, title, made):
            return None
        take_back(uow, turn)
        codes = [] if recovery.left(uow, actor.user_id) else recovery.make_codes(uow, actor.user_id)
        fresh = renew(uow, token, level=2)
        uow.record(Entry("factor set up", USER, actor.user_id))
        return fresh, codes

    entered = site.write(actor, enter, request_id=request_id)
    if entered is None:
        raise _refusal(site, actor, "its name is taken", TAKEN, request_id)
    return entered


def show(site, actor: Actor, token: str, name: str, answer: str, *, request_id: str = "") -> str:
    """The token of the session, which is now of level 2. Raises Invalid, TooOften, NotFound.

    A count that does not grow tells of a copy of the device, so it is refused and journalled by its own name. It is
    compared inside the UPDATE as well. Devices that do not count say 0 for ever.
    """
    found = exchanged(name)
    turn = turn_of(site, actor, request_id)
    asking = _taken(site, actor, token, SHOW, request_id)
    answer = answer[:LONGEST_ANSWER]
    try:
        one = _meant(site, actor, found, answer)
        count = found.count(asking, one.secret, answer)
    except NotProved as wrong:
        raise _refusal(site, actor, wrong, NOT_SHOWN, request_id) from wrong

    def enter(uow) -> str | None:
        t = FACTOR.c
        grows = sa.or_(t.last_step < count, sa.and_(t.last_step == 0, sa.literal(count) == 0))
        shown = uow.execute(sa.update(FACTOR).where(t.id == one.id, t.user_id == actor.user_id, grows).values(
            last_step=count, used_at=uow.now))
        if shown.rowcount != 1:
            return None
        take_back(uow, turn)
        fresh = renew(uow, token, level=2)
        uow.record(Entry("second factor", USER, actor.user_id))
        return fresh

    fresh = site.write(actor, enter, request_id=request_id)
    if fresh is None:
        what = COPIED if 0 < one.last >= count else REFUSED  # else it was removed, or shown elsewhere, this very moment
        raise _refusal(site, actor, f"count {count} after {one.last}", NOT_SHOWN, request_id, what)
    return fresh


def _meant(site, actor: Actor, found: Exchanged, answer: str) -> _Kept:
    """The actor's own factor of which the answer speaks. Raises NotProved for one that they do not have."""
    handle = found.handle(answer)
    for one in site.read(actor, lambda view: _kept(view, actor, found.name)):
        if one.handle == handle:
            return one
    raise NotProved("the person has no such factor")


def _kept(view, actor: Actor, name: str) -> list[_Kept]:
    """Factors of the method that the actor has. One that was given to another person's row opens for nobody."""
    t = FACTOR.c
    found = []
    for row in view.execute(sa.select(FACTOR).where(
            t.user_id == actor.user_id, t.method == name, t.confirmed_at.is_not(None)).order_by(t.id)).all():
        try:
            found.append(_Kept(row.id, bytes(row.handle), opened(row.id, row.user_id, row.sealed), row.last_step))
        except Unreadable:
            log.error("factor unreadable", factor=str(row.id))
    return found


def _insert(uow, actor: Actor, name: str, title: str, made: Enrolled) -> bool:
    """False where a factor with this handle is there already, whosever it is."""
    id = new_id()
    added = insert_into(uow.connection, FACTOR).values(
        id=id, user_id=actor.user_id, method=name, title=" ".join(title.split())[:LONGEST_TITLE],
        sealed=sealed(id, actor.user_id, made.secret), created_at=uow.now, confirmed_at=uow.now, last_step=made.count,
        handle=made.handle)
    unless_taken = added.on_conflict_do_nothing(index_elements=["handle"]).returning(FACTOR.c.id)
    return uow.execute(unless_taken).first() is not None


def _taken(site, actor: Actor, token: str, purpose: str, request_id: str) -> Asking:
    """What this session was asked. Raises Invalid where it was asked nothing, or answered already."""
    challenge = challenges.take(site, actor, token, purpose, request_id=request_id)
    if challenge is None:
        raise _refusal(site, actor, "no challenge", LATE, request_id)
    return _asking(site, actor, challenge)


def _asking(site, actor: Actor, challenge: bytes, known: tuple[str, ...] = ()) -> Asking:
    return Asking(site.settings.address, challenge, actor.user_id, actor.login, known)


def _refusal(site, actor: Actor, why: Any, said: str, request_id: str, what: str = REFUSED) -> Invalid:
    """The refusal to raise; the journal has heard of it, and the log why."""
    log.warning("second factor refused", reason=str(why), user=str(actor.user_id))
    tell_refused(site, actor, request_id, what)
    return Invalid([Problem("factor.refused", said, "answer")])
