"""Sessions live in the database: the cookie holds 256 random bits, the table their hash (security.md, 24)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import NotSignedIn, Problem, TooOften
from engine.language import N_
from engine.model.policy import DEFAULT, Policy
from engine.services.actor import NOBODY, Actor
from engine.services.audit import Entry
from engine.services.identity.actors import PERSON, USER, actor_statement, read_actor
from engine.services.identity.credentials import cancel_links, end_sessions
from engine.services.identity.exemptions import is_exempt
from engine.services.identity.passwords import verify
from engine.services.identity.policy import policy_of
from engine.services.identity.throttle import take_back, take_turn
from engine.storage.purposes import BOOKKEEPING, SIGNING_IN
from engine.storage.stamps import LISTS, stamp_of
from engine.storage.system.tables import ACCOUNT, FACTOR, JOB, NOTICE, SESSION
from engine.storage.system.work import UNFINISHED, WATCHED
from engine.storage.tables import tables_of

IDLE, ABSOLUTE = DEFAULT.idle, DEFAULT.absolute
"""How long sessions last where no policy says otherwise."""
SEEN_EVERY = timedelta(minutes=1)
"""How often the last use is written down: a write on every page would cost more than it tells."""
UNMOVED = "unmoved"
"""A stamp that was never moved yet."""
WRONG = N_("The user name or the password is not right")
PASSWORD, CODE, SET_UP = "password", "code", "set up"
"""What a session still has to do before it is let in (`Actor.pending`): change the password, show the second factor,
set one up."""


def hash_of(token: str) -> bytes:
    """What the table keeps of a session's token."""
    return hashlib.sha256(token.encode()).digest()


def sign_in(site, login: str, password: str, address: str = "", agent: str = "") -> str:
    """A new session's token. Raises NotSignedIn, with one answer for an unknown user and a wrong password, and TooOften
    when no attempt is judged just now."""
    policy = policy_of(site)
    try:
        turn = take_turn(site, policy, "password", login[:60], address)
    except TooOften:
        _journal_refusal(site, address, None, "sign-in held back")
        raise
    user = tables_of(site.catalog).of(USER)
    now = site.clock.now()
    with site.database.reading(SIGNING_IN) as connection:
        found = connection.execute(
            sa.select(user.c.id, user.c.password, user.c.active, user.c.archived_at, user.c.organisation_id,
                      user.c.person_id, ACCOUNT.c.first_until)
            .outerjoin_from(user, ACCOUNT, ACCOUNT.c.user_id == user.c.id)
            .where(user.c.login == login[:60])
            .order_by(user.c.archived_at.is_not(None), user.c.id)  # an archived user leaves the login to a live one
        ).first()
    good = verify(found.password if found else None, password)
    if not good or not found.active or found.archived_at is not None or _is_over(found.first_until, now):
        _journal_refusal(site, address, found)
        raise NotSignedIn([Problem("sign-in.wrong", WRONG)])
    token = secrets.token_urlsafe(32)
    who = Actor("user", user_id=found.id, login=login, organisation_id=found.organisation_id,
                person_id=found.person_id, address=address, session_id=session_name(token))
    exempt = is_exempt(site, policy, who)

    def enter(uow) -> None:
        take_back(uow, turn)
        begin(uow, token, found.id, level=1, address=address, agent=agent, exempt=exempt)
        uow.record(Entry("sign-in", USER, found.id))

    site.write(who, enter)
    return token


def _is_over(first_until: datetime | None, now: datetime) -> bool:
    return first_until is not None and first_until <= now


def _journal_refusal(site, address: str, found: Any, what: str = "sign-in refused") -> None:
    told = Entry(what, USER, found.id if found else None,
                 organisation_id=found.organisation_id if found else None)
    site.write(Actor("nobody", address=address), lambda uow: uow.record(told))


def begin(uow, token: str, user_id: Any, *, level: int, address: str, agent: str, exempt: bool) -> None:
    """A session in the table."""
    uow.execute(sa.insert(SESSION).values(
        token_hash=hash_of(token), user_id=user_id, created_at=uow.now, seen_at=uow.now, address=address[:45],
        agent=agent[:255], level=level, exempt=exempt,
    ))


def renew(uow, token: str, *, level: int | None = None) -> str:
    """The same session under a new token: after a second factor or a change of the password the old one is worthless.

    It goes on from when it began, and at `level` where one is given. Raises NotSignedIn when it has ended meanwhile.
    """
    fresh = secrets.token_urlsafe(32)
    values: dict[str, Any] = {"token_hash": hash_of(fresh), "ended_at": None}
    if level is not None:
        values["level"] = level
    changed = uow.execute(
        sa.update(SESSION).where(SESSION.c.token_hash == hash_of(token), SESSION.c.ended_at.is_(None)).values(values)
    )
    if changed.rowcount != 1:
        raise NotSignedIn()
    return fresh


def session_name(token: str) -> str:
    """What the journal calls a session: it cannot be used to resume it."""
    return hashlib.sha256(b"name" + token.encode()).hexdigest()[:16]


def actor_of_session(site, token: str, address: str = "") -> Actor | None:
    """Whose session it is, by one statement; None when it ended, idled out or its user was closed.

    `pending` says what it must do first: such an actor is let into nothing but the pages for that.
    """
    if not token or len(token) > 100:
        return None
    catalog = site.catalog
    statement = catalog.derived(
        "statement of a session",
        lambda: actor_statement(
            catalog,
            SESSION,
            SESSION.c.user_id,
            [SESSION.c.created_at, SESSION.c.seen_at, stamp_of(LISTS).label("lists"), *_bell(), *_standing()],
            SESSION.c.token_hash == sa.bindparam("token"),
            SESSION.c.ended_at.is_(None),
        ),
    )
    now, policy = site.clock.now(), policy_of(site)
    asked = {"token": hash_of(token), "now": now, "watched_since": now - WATCHED}
    with site.database.reading(SIGNING_IN) as connection:
        rows = connection.execute(statement, asked).all()
    if not rows:
        return None
    first = rows[0]
    if now - first.created_at > policy.absolute or now - first.seen_at > policy.idle:
        return None
    actor = read_actor(site, rows, "user", session_name(token), address)
    if actor is None or _is_over(first.first_until, now):
        return None
    if now - first.seen_at > SEEN_EVERY:
        _touch(site, token, now)
    return replace(actor, unread=first.unread, working=bool(first.working), lists=first.lists or UNMOVED,
                   pending=still_to_do(policy, actor, first, now))


def still_to_do(policy: Policy, actor: Actor, row: Any, now: datetime) -> str:
    """What a session must do first; empty when it may go on. Judged at every request, with the roles held now."""
    if row.level < 2 and row.has_factor:
        return CODE
    if row.first_until is not None:
        return PASSWORD
    if policy.rotation_days and row.changed_at and now - row.changed_at > timedelta(days=policy.rotation_days):
        return PASSWORD
    if row.level < 2 and not row.exempt and policy.requires_second_factor(actor.roles):
        return SET_UP
    return ""


def _bell() -> list[sa.ColumnElement]:
    """What the bell of every page shows, counted by the statement that is run anyway; both read short indexes."""
    unread = sa.select(sa.func.count()).where(NOTICE.c.user_id == SESSION.c.user_id, NOTICE.c.read_at.is_(None))
    lately = JOB.c.not_before.between(sa.bindparam("watched_since"), sa.bindparam("now"))
    working = sa.exists().where(JOB.c.user_id == SESSION.c.user_id, sa.text(UNFINISHED), lately)
    return [unread.correlate(SESSION).scalar_subquery().label("unread"), working.correlate(SESSION).label("working")]


def _standing() -> list[sa.ColumnElement]:
    """What `still_to_do` needs: read by primary keys and a short index."""
    def of_account(column: sa.Column) -> sa.ColumnElement:
        found = sa.select(column).where(ACCOUNT.c.user_id == SESSION.c.user_id)
        return found.correlate(SESSION).scalar_subquery().label(column.name)

    factor = sa.exists().where(FACTOR.c.user_id == SESSION.c.user_id, FACTOR.c.confirmed_at.is_not(None))
    return [SESSION.c.level, SESSION.c.exempt, of_account(ACCOUNT.c.first_until), of_account(ACCOUNT.c.changed_at),
            factor.correlate(SESSION).label("has_factor")]


def _touch(site, token: str, now: datetime) -> None:
    used = sa.update(SESSION).where(SESSION.c.token_hash == hash_of(token)).values(seen_at=now)
    site.database.write_if_free(lambda connection: connection.execute(used), BOOKKEEPING)


def sign_out(site, token: str) -> None:
    """End the session for good."""

    def end(uow) -> None:
        row = uow.execute(
            sa.update(SESSION)
            .where(SESSION.c.token_hash == hash_of(token), SESSION.c.ended_at.is_(None))
            .values(ended_at=uow.now)
            .returning(SESSION.c.user_id)
        ).first()
        if row:
            uow.record(Entry("sign-out", USER, row[0]))

    site.write(actor_of_session(site, token) or NOBODY, end)


def end_sessions_of_changed(uow, change) -> None:
    """A record step: whoever got another password, other roles or was closed signs in again (security.md, 24)."""
    if change.entity.address != USER or change.before is None:
        return
    if _differs(change, "password", "roles", "active", "archived_at"):
        end_sessions(uow, change.after["id"])


def cancel_links_of_changed(uow, change) -> None:
    """A record step: a link that was sent opens nothing once its user was closed or is somebody else, or the letter
    went to an address that is not theirs any more."""
    if change.before is None:
        return
    if change.entity.address == USER and _differs(change, "password", "active", "archived_at", "person"):
        cancel_links(uow, [change.after["id"]])
    elif change.entity.address == PERSON and _differs(change, "email"):
        user = tables_of(uow.catalog).of(USER)
        theirs = uow.execute(sa.select(user.c.id).where(user.c.person_id == change.after["id"])).scalars().all()
        cancel_links(uow, theirs)


def _differs(change, *keys: str) -> bool:
    return any(change.after.get(key) != change.before.get(key) for key in keys)


__all__ = ["actor_of_session", "sign_in", "sign_out"]
