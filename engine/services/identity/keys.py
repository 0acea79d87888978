"""API keys: shown once, stored as a hash, acting with the rights of their user."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.ids import new_id
from engine.language import N_
from engine.services.actor import Actor, system
from engine.services.audit import Entry
from engine.services.identity.actors import USER, actor_statement, read_actor
from engine.storage.system.tables import API_KEY
from engine.storage.tables import tables_of

PREFIX = "qk_"


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def create_key(site, login: str, title: str = "") -> str:
    """A new key of the user, shown this one time. Raises Invalid when there is no such user."""
    key = PREFIX + secrets.token_urlsafe(32)

    def make(uow) -> None:
        user = tables_of(uow.catalog).of(USER)
        found = uow.execute(
            sa.select(user.c.id, user.c.organisation_id).where(user.c.login == login, user.c.archived_at.is_(None))
        ).first()
        if found is None:
            raise Invalid([Problem("user.unknown", N_("There is no user %(login)s"), "login", {"login": login})])
        id = new_id()
        uow.execute(
            sa.insert(API_KEY).values(
                id=id, user_id=found.id, key_hash=_hash(key), title=title or login, created_at=uow.now
            )
        )
        uow.record(
            Entry("key", USER, found.id, changes={"key": [None, str(id)]}, organisation_id=found.organisation_id)
        )

    site.write(system(), make)
    return key


def revoke_key(uow, id: UUID) -> None:
    """Make a key useless from its next request on."""
    uow.execute(sa.update(API_KEY).where(API_KEY.c.id == id, API_KEY.c.revoked_at.is_(None)).values(revoked_at=uow.now))


def actor_of_key(site, key: str, address: str = "") -> Actor | None:
    """Whose key it is, by one statement; None for an unknown or revoked one."""
    if not key.startswith(PREFIX) or len(key) > 100:
        return None
    catalog = site.catalog
    statement = catalog.derived(
        "statement of a key",
        lambda: actor_statement(
            catalog,
            API_KEY,
            API_KEY.c.user_id,
            [API_KEY.c.id.label("key_id")],
            API_KEY.c.key_hash == sa.bindparam("key"),
            API_KEY.c.revoked_at.is_(None),
        ),
    )
    with site.database.reading() as connection:
        rows = connection.execute(statement, {"key": _hash(key)}).all()
    return read_actor(site, rows, "key", str(rows[0].key_id), address) if rows else None
