"""What an administrator does with the way in of others: first passwords, blocking, ending sessions, closing for good.

Whoever may edit the record of the user may do this, and nobody else: rights and organisations are those of the record
(`records.read`), so that a user of another organisation is not found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, Problem
from engine.ids import new_id, parse_id
from engine.language import N_
from engine.services import records
from engine.services.access import can
from engine.services.audit import Entry
from engine.services.identity import credentials, throttle
from engine.services.identity.actors import SERVICE, USER
from engine.services.identity.closing import close_ways_in, forget_factors
from engine.services.identity.granting import require_managed, unmanaged
from engine.services.identity.keys import Key, keys_of
from engine.services.identity.own import Session, end_session, sessions_of
from engine.services.identity.service_accounts import is_service
from engine.services.records.judging import who_may
from engine.services.registries import Query, listing
from engine.storage.system.tables import ACCOUNT, FACTOR, LINK
from engine.storage.tables import tables_of

KINDS = ("password", "code")
OWN = N_("This is your own account: others do this for you")
CLOSED = N_("This account is in the archive: restore it first")
LEAVES_NOBODY = N_("Write the user name to confirm")
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Standing:
    """How it stands with the way in of one user."""

    record: Any
    has_password: bool
    first_until: datetime | None
    changed_at: datetime | None
    sessions: list[Session]
    is_shut: bool
    """Shut by too many failures, until an administrator opens it."""
    paused_until: datetime | None
    factors: int
    keys: list[Key]
    invited_until: datetime | None
    is_own: bool
    is_service: bool
    """A program: it has keys and does not sign in."""


def standing(view, id: Any) -> Standing:
    """Raises NotFound for a user that is not shown, NotAllowed for one that may not be edited."""
    record = edited(view, id)
    user, now = tables_of(view.catalog).of(USER), view.now
    row = view.execute(
        sa.select(user.c.password.is_not(None).label("has"), ACCOUNT.c.first_until, ACCOUNT.c.changed_at)
        .outerjoin_from(user, ACCOUNT, ACCOUNT.c.user_id == user.c.id).where(user.c.id == record.id)
    ).one()
    attempts = throttle.state_of(view, record.values["login"], KINDS)
    paused = [a.until for a in attempts if a.until is not None and a.until > now]
    return Standing(
        record, row.has, row.first_until, row.changed_at, sessions_of(view, record.id),
        any(a.shut_at is not None for a in attempts), max(paused, default=None),
        _count(view, FACTOR, FACTOR.c.user_id == record.id, FACTOR.c.confirmed_at.is_not(None)),
        keys_of(view, record.id),
        view.execute(sa.select(sa.func.max(LINK.c.until)).where(
            LINK.c.user_id == record.id, LINK.c.used_at.is_(None), LINK.c.until > now)).scalar(),
        record.id == view.actor.user_id, is_service(record.values),
    )


def _count(view, table: sa.Table, *where: sa.ColumnElement) -> int:
    return view.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar() or 0


def edited(view, id: Any) -> Any:
    """The user's record, if the actor may edit it and give every role that it holds. Raises NotFound, NotAllowed."""
    record = records.read(view, USER, id)
    if "edit" not in record.allowed:
        raise NotAllowed([who_may(view.catalog, record.entity, "edit")])
    require_managed(view, record.id)
    return record


def managed(uow, id: Any) -> Any:
    """The live record of somebody else whom the actor manages. Raises NotFound, NotAllowed, Conflict."""
    record = edited(uow, id)
    if record.id == uow.actor.user_id:
        raise Conflict([Problem("account.own", OWN)])
    if record.values.get("archived_at") is not None:
        raise Conflict([Problem("account.closed", CLOSED)])
    return record


def first_password(uow, id: Any) -> tuple[str, str, str]:
    """(login, password, person) of a user who gets a new first password; their sessions end."""
    record = managed(uow, id)
    throttle.open_again(uow, record.values["login"])
    password = credentials.give_first_password(uow, record.id)
    return record.values["login"], password, record.values.get("@person") or ""


def first_passwords(uow, ids: Iterable[Any]) -> list[tuple[str, str, str]]:
    """The same for several, at most MOST_AT_ONCE."""
    return [first_password(uow, id) for id in list(ids)[:MOST_AT_ONCE]]


def block(uow, id: Any, active: bool) -> None:
    """Block a user, or let them in again: all sessions and keys stop at their next request."""
    record = managed(uow, id)
    records.edit(uow, USER, record.id, {"active": active}, record.version)


def open_again(uow, id: Any) -> None:
    """Open the way in that failures had shut."""
    record = edited(uow, id)
    throttle.open_again(uow, record.values["login"])
    uow.record(Entry("opened again", USER, record.id))


def end_all_sessions(uow, id: Any) -> int:
    """Sign a user out everywhere."""
    record = edited(uow, id)
    ended = credentials.end_sessions(uow, record.id)
    if ended:
        uow.record(Entry("sessions ended", USER, record.id))
    return ended


def remove_factors(uow, id: Any) -> None:
    """Forget the second factors of a user who lost them; a policy that asks for one has them set up anew."""
    record = managed(uow, id)
    forget_factors(uow, record.id)
    credentials.end_sessions(uow, record.id)
    uow.record(Entry("factors removed", USER, record.id))


def delete(uow, id: Any, confirmed: str) -> None:
    """Block a user for good: no way in is left, the sign-in name and the person are taken off the record.

    Order 456, clause 5(7). The record itself stays in the archive, because the journal and documents name it. `confirmed`
    is the sign-in name, typed by whoever does it; Raises Invalid for another one.
    """
    record = managed(uow, id)
    if confirmed.strip() != record.values["login"]:
        raise Invalid([Problem("account.confirm", LEAVES_NOBODY, "confirmed")])
    throttle.open_again(uow, record.values["login"])
    nobody = {"active": False, "person": None, "login": f"deleted-{new_id().hex[-12:]}"}
    blocked = records.edit(uow, USER, record.id, nobody, record.version)
    records.archive(uow, USER, record.id, blocked.version)
    close_ways_in(uow, record.id)
    uow.record(Entry("account deleted", USER, record.id))


def end_one_session(uow, id: Any, name: str) -> None:
    """End one session of a user."""
    end_session(uow, edited(uow, id).id, name)


def _is_somebody(user: sa.FromClause) -> sa.ColumnElement[bool]:
    """No program, which never has a password."""
    return user.c[SERVICE].is_not(True) if SERVICE in user.c else sa.true()


def without_password(view) -> list[tuple[UUID, str, str, bool]]:
    """(id, sign-in name, person, is an invitation under way) of users who may be edited and cannot sign in yet.

    At most MOST_AT_ONCE, in the order of their names. Raises NotAllowed for whoever may edit no user.
    """
    found = _managed(view, besides=(lambda columns: columns.source.table.c.password.is_(None),))
    ids = [r["id"] for r in found]
    invited = set(view.execute(sa.select(LINK.c.user_id).where(
        LINK.c.user_id.in_(ids), LINK.c.used_at.is_(None), LINK.c.until > view.now)).scalars())
    return [(r["id"], r["login"], r.get("@person") or "", r["id"] in invited) for r in found]


def managed_many(view, ids: Collection[Any]) -> list[dict[str, Any]]:
    """id, login, person, @person of those among `ids` whom the actor manages and who may sign in: a few statements,
    however many they are."""
    return _managed(view, ids=[id for id in map(parse_id, ids) if id is not None])


def _managed(view, besides: tuple[Any, ...] = (), **asked: Any) -> list[dict[str, Any]]:
    entity = view.catalog.entity(USER)
    if not can(view.catalog, view.actor, entity, "edit"):
        raise NotAllowed([who_may(view.catalog, entity, "edit")])
    found = listing(view, USER, Query(
        fields=("login", "person"), where="active", sort=("login",), limit=MOST_AT_ONCE, most=MOST_AT_ONCE, verb="edit",
        besides=(lambda columns: _is_somebody(columns.source.table), *besides), **asked,
    )).records
    not_mine = {view.actor.user_id, *unmanaged(view, [r["id"] for r in found])}
    return [r for r in found if r["id"] not in not_mine]
