"""Recovery codes: for when the second factor is lost. Shown once, kept as hashes, each good once."""

from __future__ import annotations

import hashlib
from uuid import UUID

import sqlalchemy as sa

from engine.ids import new_id
from engine.services.identity.credentials import random_password
from engine.storage.system.tables import RECOVERY_CODE

CODES = 10
"""Made at once; 80 random bits each, so that a plain hash is enough."""


def make_codes(uow, user_id: UUID) -> list[str]:
    """New codes; the old ones are worthless from now on."""
    codes = [random_password() for _ in range(CODES)]
    uow.execute(sa.delete(RECOVERY_CODE).where(RECOVERY_CODE.c.user_id == user_id))
    uow.execute(sa.insert(RECOVERY_CODE), [
        {"id": new_id(), "user_id": user_id, "code_hash": _hash(code), "created_at": uow.now} for code in codes])
    return codes


def use_code(uow, user_id: UUID, typed: str) -> bool:
    """Use one up; False where there is no such code or it was used."""
    t = RECOVERY_CODE.c
    used = uow.execute(sa.update(RECOVERY_CODE).where(
        t.user_id == user_id, t.code_hash == _hash(typed), t.used_at.is_(None)).values(used_at=uow.now))
    return used.rowcount == 1


def forget(uow, user_id: UUID) -> None:
    """All codes of a user are worthless."""
    uow.execute(sa.delete(RECOVERY_CODE).where(RECOVERY_CODE.c.user_id == user_id))


def left(view, user_id: UUID) -> int:
    t = RECOVERY_CODE.c
    return view.execute(sa.select(sa.func.count()).select_from(RECOVERY_CODE).where(t.user_id == user_id, t.used_at.is_(None))).scalar() or 0


def _hash(code: str) -> bytes:
    """Capitals, blanks and dashes make no difference: it may be typed from paper."""
    return hashlib.sha256("".join(c for c in code.casefold() if c.isalnum()).encode()).digest()
