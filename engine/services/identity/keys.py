"""API keys: shown once, stored as a hash, acting with the rights of their user, or with some of these only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Invalid, NotFound, Problem
from engine.ids import new_id, parse_id
from engine.language import N_
from engine.services.actor import system
from engine.services.audit import Entry
from engine.services.identity.actors import USER
from engine.storage.system.tables import API_KEY
from engine.storage.tables import tables_of

PREFIX = "qk_"
BEGINS = 8
"""Characters by which an owner knows a key again: 30 of its 256 random bits."""
MOST = 20
"""Keys in use that one user may have."""
TOO_MANY = N_("There are %(most)s keys already: revoke one that is not needed any more")


@dataclass(frozen=True)
class Wanted:
    """What a key is to be: how it is called, when it ends (None: never), and what it leaves of its user's rights."""

    title: str
    ends_at: datetime | None = None
    read_only: bool = False
    entities: Collection[str] | None = None
    roles: Collection[str] | None = None


@dataclass(frozen=True)
class Key:
    """A key as its owner and their administrators see it. Nothing of it opens anything."""

    id: UUID
    title: str
    begins: str
    created_at: datetime
    last_used_at: datetime | None
    ends_at: datetime | None
    revoked_at: datetime | None
    read_only: bool
    entities: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    made_by: UUID | None
    is_live: bool


def hash_of_key(key: str) -> bytes:
    """What the table keeps of a key."""
    return hashlib.sha256(key.encode()).digest()


def create_key(
    site, login: str, title: str = "", *, roles: Collection[str] | None = None, read_only: bool = False,
    days: int | None = None, entities: Collection[str] | None = None,
) -> str:
    """The command line's way: a new key of the user, told this one time. Raises Invalid for a user, role or entity that
    there is not.

    `roles`: the key has these of the user's own roles only. `entities`: it reaches these only. `read_only`: it changes
    nothing. `days`: it ends then.
    """
    if unknown := sorted(set(roles or ()) - set(site.catalog.roles)):
        raise Invalid([Problem("role.unknown", N_("There is no role %(roles)s"), "roles", {"roles": ", ".join(unknown)})])
    if unknown := sorted(set(entities or ()) - set(site.catalog.entities)):
        raise Invalid([Problem("entity.unknown", N_("There is no entity %(names)s"), "entities",
                               {"names": ", ".join(unknown)})])

    def make(uow) -> str:
        user = tables_of(uow.catalog).of(USER)
        found = uow.execute(
            sa.select(user.c.id, user.c.organisation_id).where(user.c.login == login, user.c.archived_at.is_(None))
        ).first()
        if found is None:
            raise Invalid([Problem("user.unknown", N_("There is no user %(login)s"), "login", {"login": login})])
        ends_at = None if days is None else uow.now + timedelta(days=days)
        wanted = Wanted(title or login, ends_at, read_only, entities, roles)
        return add_key(uow, found.id, wanted, organisation_id=found.organisation_id)

    return site.write(system(), make)


def add_key(uow, user_id: UUID, wanted: Wanted, *, organisation_id: UUID | None = None) -> str:
    """A new key of the user, told this one time. Who may make it is the caller's business."""
    key, id = PREFIX + secrets.token_urlsafe(32), new_id()
    uow.execute(sa.insert(API_KEY).values(
        id=id, user_id=user_id, key_hash=hash_of_key(key), begins=key[:BEGINS], created_at=uow.now,
        title=wanted.title[:255], made_by=uow.actor.user_id, roles=_listed(wanted.roles), **_terms(wanted),
    ))
    uow.record(Entry("key", USER, user_id, changes=_told(id, wanted), organisation_id=organisation_id))
    return key


def require_room(view, user_id: UUID) -> None:
    """Raise Invalid when the user has as many keys as one may have."""
    t, now = API_KEY.c, view.now
    live = sa.select(sa.func.count()).select_from(API_KEY).where(
        t.user_id == user_id, t.revoked_at.is_(None), sa.or_(t.expires_at.is_(None), t.expires_at > now))
    if (view.execute(live).scalar() or 0) >= MOST:
        raise Invalid([Problem("key.many", TOO_MANY, "", {"most": MOST})])


def keys_of(view, user_id: UUID) -> list[Key]:
    """The keys of a user, those in use first, then the newest; ended ones until they are swept."""
    rows = view.execute(sa.select(API_KEY).where(API_KEY.c.user_id == user_id).order_by(API_KEY.c.id.desc()))
    return sorted((_key(view, row) for row in rows), key=lambda key: not key.is_live)


def key_of(view, user_id: UUID, id: Any, *, held: bool = False) -> Key:
    """One key of a user. Raises NotFound for another's and for none, alike. `held`: nobody else changes it until the
    end of the transaction."""
    wanted = parse_id(id)
    asked = sa.select(API_KEY).where(API_KEY.c.id == wanted, API_KEY.c.user_id == user_id)
    row = wanted and view.execute(asked.with_for_update() if held else asked).first()
    if not row:
        raise NotFound()
    return _key(view, row)


def narrow_key(uow, user_id: UUID, id: Any, wanted: Wanted) -> None:
    """Leave a key in use less than it had. Raises NotFound; that it is less than `key_of(held=True)` told, so that two
    who narrow at one moment both do, is the caller's business."""
    key = key_of(uow, user_id, id)
    if not key.is_live:
        raise NotFound()
    uow.execute(sa.update(API_KEY).where(API_KEY.c.id == key.id).values(**_terms(wanted)))
    uow.record(Entry("key narrowed", USER, user_id, changes=_told(key.id, replace(wanted, title=key.title))))


def revoke_key(uow, user_id: UUID, id: Any) -> None:
    """Make a key useless from its next request on. Raises NotFound for one that is not the user's, or not in use."""
    key = key_of(uow, user_id, id)
    changed = uow.execute(sa.update(API_KEY).where(
        API_KEY.c.id == key.id, API_KEY.c.revoked_at.is_(None)).values(revoked_at=uow.now))
    if changed.rowcount != 1:
        raise NotFound()
    uow.record(Entry("key revoked", USER, user_id, changes={"key": [None, str(key.id)], "name": [None, key.title]}))


def revoke_all(uow, user_id: UUID) -> int:
    """All keys of a user are useless from now on; how many there were."""
    return uow.execute(sa.update(API_KEY).where(
        API_KEY.c.user_id == user_id, API_KEY.c.revoked_at.is_(None)).values(revoked_at=uow.now)).rowcount


def _terms(wanted: Wanted) -> dict[str, Any]:
    return {"expires_at": wanted.ends_at, "read_only": wanted.read_only, "entities": _listed(wanted.entities)}


def _listed(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _told(id: UUID, wanted: Wanted) -> dict[str, Any]:
    """What the journal keeps of a key: never the key itself."""
    told: dict[str, Any] = {"key": [None, str(id)], "name": [None, wanted.title]}
    if wanted.read_only:
        told["read_only"] = [None, True]
    for word, names in (("entities", wanted.entities), ("roles_left", wanted.roles)):
        if names is not None:
            told[word] = [None, sorted(names)]
    if wanted.ends_at is not None:
        told["ends"] = [None, wanted.ends_at.isoformat()]
    return told


def _key(view, row: Any) -> Key:
    live = row.revoked_at is None and (row.expires_at is None or row.expires_at > view.now)
    entities, roles = (None if names is None else tuple(names) for names in (row.entities, row.roles))
    return Key(row.id, row.title, row.begins or PREFIX, row.created_at, row.last_used_at, row.expires_at,
               row.revoked_at, row.read_only, entities, roles, row.made_by, live)
