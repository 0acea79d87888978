"""Passwords: argon2id, at most four hashes at a time because each takes 64 MiB."""

from __future__ import annotations

import threading
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid, Problem
from engine.language import N_
from engine.services.audit import Entry
from engine.services.identity.actors import USER
from engine.storage.tables import tables_of

LEAST, MOST = 12, 128
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_gate = threading.BoundedSemaphore(4)
_nobody = _hasher.hash("the password of nobody")


def hash_password(password: str) -> str:
    """The argon2id hash. Raises Invalid for a password that is too short or too long."""
    if not LEAST <= len(password) <= MOST:
        raise Invalid(
            [
                Problem(
                    "password.length",
                    N_("A password has %(least)s to %(most)s characters"),
                    "password",
                    {"least": LEAST, "most": MOST},
                )
            ]
        )
    with _gate:
        return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Is it the password? Takes as long for a user who does not exist."""
    with _gate:
        try:
            return _hasher.verify(stored or _nobody, password[:MOST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def set_password(uow, user_id: UUID, password: str) -> None:
    """Give a user a new password and end all their sessions."""
    from engine.services.identity.sessions import end_sessions

    hashed = hash_password(password)
    table = tables_of(uow.catalog).of(USER)
    uow.check_revision()
    uow.execute(sa.update(table).where(table.c.id == user_id).values(password=hashed))
    end_sessions(uow, user_id)
    uow.record(Entry("password", USER, user_id, changes={"password": [None, "***"]}))


def stored_hash(view, user_id: UUID) -> str | None:
    table = tables_of(view.catalog).of(USER)
    return view.execute(sa.select(table.c.password).where(table.c.id == user_id)).scalar()
