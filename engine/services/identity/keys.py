"""API keys: shown once, stored as a hash, acting with the rights of their user."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.ids import new_id
from engine.language import N_
from engine.services.actor import Actor, system
from engine.services.audit import Entry
from engine.services.identity.actors import USER, actor_statement, read_actor
from engine.storage.purposes import SIGNING_IN
from engine.storage.system.tables import API_KEY
from engine.storage.tables import tables_of

PREFIX = "qk_"


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def create_key(
    site, login: str, title: str = "", *, roles: Collection[str] | None = None, read_only: bool = False,
    days: int | None = None,
) -> str:
    """A new key of the user, shown this one time. Raises Invalid when there is no such user or role.

    `roles`: the key has these of the user's own roles only. `read_only`: it changes nothing. `days`: it ends then.
    """
    if unknown := sorted(set(roles or ()) - set(site.catalog.roles)):
        raise Invalid([Problem("role.unknown", N_("There is no role %(roles)s"), "roles", {"roles": ", ".join(unknown)})])
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
                id=id, user_id=found.id, key_hash=_hash(key), title=title or login, created_at=uow.now,
                roles=None if roles is None else sorted(roles), read_only=read_only,
                expires_at=None if days is None else uow.now + timedelta(days=days)
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
            [API_KEY.c.id.label("key_id"), API_KEY.c.expires_at, API_KEY.c.roles.label("key_roles"), API_KEY.c.read_only],
            API_KEY.c.key_hash == sa.bindparam("key"),
            API_KEY.c.revoked_at.is_(None),
        ),
    )
    with site.database.reading(SIGNING_IN) as connection:
        rows = connection.execute(statement, {"key": _hash(key)}).all()
    if not rows or (rows[0].expires_at is not None and rows[0].expires_at <= site.clock.now()):
        return None
    actor = read_actor(site, rows, "key", str(rows[0].key_id), address)
    return _narrowed(actor, rows[0]) if actor is not None else None


def _narrowed(actor: Actor, row: Any) -> Actor:
    """The actor with what the key leaves of their rights; what is lent to them never goes into a narrowed key."""
    if row.key_roles is None:
        return replace(actor, read_only=row.read_only)
    left = actor.mine & frozenset(row.key_roles)
    return replace(actor, roles=left, parted=tuple(h for h in actor.parted if h.role in left), standing_in=(),
                   own_roles=None, read_only=row.read_only)
