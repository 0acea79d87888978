"""Sessions live in the database: the cookie holds 256 random bits, the table their hash (security.md, 24)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotSignedIn, Problem
from engine.language import N_
from engine.services.actor import NOBODY, Actor
from engine.services.audit import Entry
from engine.services.identity.actors import USER, actor_statement, read_actor
from engine.services.identity.passwords import LEAST, hash_password, verify
from engine.storage.stamps import LISTS, stamp_of
from engine.storage.system.tables import JOB, NOTICE, SESSION
from engine.storage.system.work import UNFINISHED, WATCHED
from engine.storage.tables import tables_of

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How often the last use is written down: a write on every page would cost more than it tells."""
UNMOVED = "unmoved"
"""A stamp that was never moved yet."""
WRONG = N_("The user name or the password is not right")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def sign_in(site, login: str, password: str, address: str = "", agent: str = "") -> str:
    """A new session's token. Raises NotSignedIn, with one answer for an unknown user and a wrong password."""
    catalog = site.catalog
    user = tables_of(catalog).of(USER)
    with site.database.reading() as connection:
        found = connection.execute(
            sa.select(user.c.id, user.c.password, user.c.active, user.c.archived_at, user.c.organisation_id)
            .where(user.c.login == login[:60])
            .order_by(user.c.archived_at.is_not(None), user.c.id)  # an archived user leaves the login to a live one
        ).first()
    good = verify(found.password if found else None, password)
    if not good or not found.active or found.archived_at is not None:
        site.write(
            Actor("nobody", address=address),
            lambda uow: uow.record(
                Entry(
                    "sign-in refused",
                    USER,
                    found.id if found else None,
                    organisation_id=found.organisation_id if found else None,
                )
            ),
        )
        raise NotSignedIn([Problem("sign-in.wrong", WRONG)])
    token = secrets.token_urlsafe(32)
    who = Actor(
        "user",
        user_id=found.id,
        login=login,
        organisation_id=found.organisation_id,
        address=address,
        session_id=session_name(token),
    )

    def begin(uow) -> None:
        uow.execute(
            sa.insert(SESSION).values(
                token_hash=_hash(token),
                user_id=found.id,
                created_at=uow.now,
                seen_at=uow.now,
                address=address[:45],
                agent=agent[:255],
                level=1,
            )
        )
        uow.record(Entry("sign-in", USER, found.id))

    site.write(who, begin)
    return token


def session_name(token: str) -> str:
    """What the journal calls a session: it cannot be used to resume it."""
    return hashlib.sha256(b"name" + token.encode()).hexdigest()[:16]


def actor_of_session(site, token: str, address: str = "") -> Actor | None:
    """Whose session it is, by one statement; None when it ended, idled out or its user was closed."""
    if not token or len(token) > 100:
        return None
    catalog = site.catalog
    statement = catalog.derived(
        "statement of a session",
        lambda: actor_statement(
            catalog,
            SESSION,
            SESSION.c.user_id,
            [SESSION.c.created_at, SESSION.c.seen_at, stamp_of(LISTS).label("lists"), *_bell()],
            SESSION.c.token_hash == sa.bindparam("token"),
            SESSION.c.ended_at.is_(None),
        ),
    )
    now = site.clock.now()
    asked = {"token": _hash(token), "now": now, "watched_since": now - WATCHED}
    with site.database.reading() as connection:
        rows = connection.execute(statement, asked).all()
    if not rows:
        return None
    if now - rows[0].created_at > ABSOLUTE or now - rows[0].seen_at > IDLE:
        return None
    actor = read_actor(site, rows, "user", session_name(token), address)
    if actor is not None:
        first = rows[0]
        actor = replace(actor, unread=first.unread, working=bool(first.working), lists=first.lists or UNMOVED)
    if actor is not None and now - rows[0].seen_at > SEEN_EVERY:
        _touch(site, token, now)
    return actor


def _bell() -> list[sa.ColumnElement]:
    """What the bell of every page shows, counted by the statement that is run anyway; both read short indexes."""
    unread = sa.select(sa.func.count()).where(NOTICE.c.user_id == SESSION.c.user_id, NOTICE.c.read_at.is_(None))
    lately = JOB.c.not_before.between(sa.bindparam("watched_since"), sa.bindparam("now"))
    working = sa.exists().where(JOB.c.user_id == SESSION.c.user_id, sa.text(UNFINISHED), lately)
    return [unread.correlate(SESSION).scalar_subquery().label("unread"), working.correlate(SESSION).label("working")]


def _touch(site, token: str, now: datetime) -> None:
    used = sa.update(SESSION).where(SESSION.c.token_hash == _hash(token)).values(seen_at=now)
    site.database.write_if_free(lambda connection: connection.execute(used))


def sign_out(site, token: str) -> None:
    """End the session for good."""

    def end(uow) -> None:
        row = uow.execute(
            sa.update(SESSION)
            .where(SESSION.c.token_hash == _hash(token), SESSION.c.ended_at.is_(None))
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
    told = ("password", "roles", "active", "archived_at")
    if any(change.after.get(key) != change.before.get(key) for key in told):
        end_sessions(uow, change.after["id"])


def end_sessions(uow, user_id: UUID) -> None:
    """End all sessions of a user: they must sign in again everywhere."""
    uow.execute(
        sa.update(SESSION).where(SESSION.c.user_id == user_id, SESSION.c.ended_at.is_(None)).values(ended_at=uow.now)
    )


def set_password(uow, user_id: UUID, password: str, least: int = LEAST) -> None:
    """Give a user a new password and end all their sessions. `least`: characters that are enough."""
    hashed = hash_password(password, least)
    table = tables_of(uow.catalog).of(USER)
    uow.check_revision()
    uow.execute(sa.update(table).where(table.c.id == user_id).values(password=hashed))
    end_sessions(uow, user_id)
    uow.record(Entry("password", USER, user_id, changes={"password": [None, "***"]}))


__all__ = ["actor_of_session", "end_sessions", "sign_in", "sign_out"]
