"""What is known of a user's password: whose it is, since when, what came before; giving one and changing it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine import hooks
from engine.errors import Conflict, Invalid, Problem
from engine.language import N_
from engine.services.audit import Entry
from engine.services.identity.actors import SERVICE, USER
from engine.services.identity.password_rules import problems
from engine.services.identity.passwords import LEAST, hash_password, verify
from engine.services.identity.policy import policy_of
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import ACCOUNT, LINK, SESSION
from engine.storage.tables import tables_of

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike."""
WRONG_OLD = N_("This is not your present password")
USED_BEFORE = N_("You had this password before: choose a new one")
NOT_THE_SAME = N_("The two new passwords are not the same")
NO_PASSWORD = N_("This is a service account: it does not sign in, give it an API key")
MOST_FORMER = 24


def random_password(groups: int = 4, size: int = 4) -> str:
    """A password that can be read from a screen: `k3mp-x7wa-9uhq-z2re`, 80 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(size)) for _ in range(groups))


def set_password(uow, user_id: UUID, password: str, least: int = LEAST) -> None:
    """Give a user a password of their own and end all their sessions. `least`: characters that are enough."""
    _store(uow, user_id, hash_password(password, least), {"first_until": None})
    uow.record(Entry("password", USER, user_id, changes={"password": [None, "***"]}))


def give_first_password(uow, user_id: UUID) -> str:
    """A random password that opens nothing but the page where it is changed, once and for a time; told this one time.

    Order 456, clause 5(9). Whoever may do this is the caller's business.
    """
    password = random_password()
    until = uow.now + timedelta(hours=policy_of(uow.site).first_hours)
    _store(uow, user_id, hash_password(password), {"first_until": until})
    uow.record(Entry("first password", USER, user_id, changes={"password": [None, "***"]}))
    return password


def checked(uow, row: Any, new: str, again: str) -> str:
    """The hash of a good new password of the user in `row` (id, login, password). Raises Invalid for any other."""
    policy = policy_of(uow.site)
    found = problems(policy, new, row.login, "new")
    if new != again:
        found.append(Problem("password.again", NOT_THE_SAME, "again"))
    if not found and any(verify(old, new) for old in (row.password, *_former(uow, row.id)[: policy.history]) if old):
        found.append(Problem("password.before", USED_BEFORE, "new"))
    if found:
        raise Invalid(found)
    return hash_password(new)


def store_own(uow, user_id: UUID, hashed: str, but: bytes = b"") -> None:
    """The password that a person chose. All their sessions end but for the one with the hash `but`."""
    _store(uow, user_id, hashed, {"first_until": None}, but)
    uow.record(Entry("password", USER, user_id, changes={"password": [None, "***"]}))


def row_of(uow, user_id: UUID) -> Any:
    """id, login, password, organisation_id, changed_at (of the password) of a live user, or None."""
    user = tables_of(uow.catalog).of(USER)
    return uow.execute(
        sa.select(user.c.id, user.c.login, user.c.password, user.c.organisation_id, ACCOUNT.c.changed_at)
        .outerjoin_from(user, ACCOUNT, ACCOUNT.c.user_id == user.c.id)
        .where(user.c.id == user_id, user.c.archived_at.is_(None))
    ).first()


def _store(uow, user_id: UUID, hashed: str, known: dict[str, Any], but: bytes = b"") -> None:
    table = tables_of(uow.catalog).of(USER)
    uow.check_revision()
    is_service = table.c[SERVICE] if SERVICE in table.c else sa.false()  # a catalogue of before has no programs
    asked = sa.select(table.c.password, is_service.label("is_service")).where(table.c.id == user_id)
    stored = uow.execute(asked).first()
    if stored is not None and stored.is_service:
        raise Conflict([Problem("account.service", NO_PASSWORD)])
    before = stored.password if stored is not None else None
    values = {"changed_at": uow.now, **known}
    if before:
        values["former"] = [before, *_former(uow, user_id)][:MOST_FORMER]
    uow.execute(sa.update(table).where(table.c.id == user_id).values(password=hashed))
    added = insert_into(uow.connection, ACCOUNT).values(user_id=user_id, **values)
    uow.execute(added.on_conflict_do_update(index_elements=["user_id"], set_=values))
    end_sessions(uow, user_id, but)
    cancel_links(uow, [user_id])
    for step in hooks.registry().password_steps.parts.values():
        step(uow, user_id, bool(before))


def cancel_links(uow, user_ids: Collection[UUID], kind: str = "") -> None:
    """Links of letters that these users were sent before (of one kind, or all) open nothing any more."""
    mine = [LINK.c.user_id.in_(list(user_ids)), LINK.c.used_at.is_(None)]
    uow.execute(sa.update(LINK).where(*mine, *([LINK.c.kind == kind] if kind else [])).values(used_at=uow.now))


def _former(uow, user_id: UUID) -> Sequence[str]:
    return uow.execute(sa.select(ACCOUNT.c.former).where(ACCOUNT.c.user_id == user_id)).scalar() or []


def end_sessions(uow, user_id: UUID, but: bytes = b"") -> int:
    """End all sessions of a user, but for the one with this hash: they must sign in again everywhere. How many."""
    return uow.execute(
        sa.update(SESSION)
        .where(SESSION.c.user_id == user_id, SESSION.c.ended_at.is_(None), SESSION.c.token_hash != but)
        .values(ended_at=uow.now)
    ).rowcount
