"""A key that is shown at the door: whose it is - or that it is none, counted by address and journalled.

What a guesser learns is the same for every key that does not open: unknown, ended, revoked, of a closed account. They
cost the same statements too. A key has 256 random bits, so that the count by address keeps noise away and no
guesser: keys that open are let in while their address waits, and one wrong program stops no other of the school.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import NotSignedIn, Refusal, TooOften
from engine.fields.column_types import UtcDateTime
from engine.services.actor import Actor
from engine.services.audit import Entry
from engine.services.identity.actors import USER, actor_statement, read_actor
from engine.services.identity.keys import PREFIX, hash_of_key
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import SEEN_EVERY
from engine.services.identity.throttle import is_held_back, take_turn
from engine.storage.purposes import BOOKKEEPING, SIGNING_IN
from engine.storage.system.tables import API_KEY
from engine.storage.tables import tables_of

KIND = "key"
LONGEST = 100
"""Characters of what may be a key at all."""


def actor_of_key(site, key: str, address: str = "") -> Actor | None:
    """Whose key it is, by one statement; None for an unknown, ended or revoked one, and when its user was closed."""
    if not key.startswith(PREFIX) or len(key) > LONGEST:
        return None
    catalog, t = site.catalog, API_KEY.c
    statement = catalog.derived(
        "statement of a key",
        lambda: actor_statement(
            catalog, API_KEY, t.user_id,
            [t.id.label("key_id"), t.last_used_at, t.roles.label("key_roles"), t.entities.label("key_entities"),
             t.read_only],
            t.key_hash == sa.bindparam("key"),
            t.revoked_at.is_(None),
            sa.or_(t.expires_at.is_(None), t.expires_at > sa.bindparam("now", type_=UtcDateTime)),
        ),
    )
    now = site.clock.now()
    with site.database.reading(SIGNING_IN) as connection:
        rows = connection.execute(statement, {"key": hash_of_key(key), "now": now}).all()
    actor = read_actor(site, rows, "key", str(rows[0].key_id), address) if rows else None
    if actor is None:
        return None
    if rows[0].last_used_at is None or now - rows[0].last_used_at > SEEN_EVERY:
        _touch(site, rows[0].key_id, now)
    return _narrowed(actor, rows[0])


def _narrowed(actor: Actor, row: Any) -> Actor:
    """The actor with what the key leaves of their rights; what is lent to them never goes into a narrowed key."""
    if row.key_roles is None and row.key_entities is None:
        return replace(actor, read_only=row.read_only)
    left = actor.mine if row.key_roles is None else actor.mine & frozenset(row.key_roles)
    entities = None if row.key_entities is None else frozenset(row.key_entities)
    return replace(actor, roles=left, parted=tuple(h for h in actor.parted if h.role in left), standing_in=(),
                   own_roles=None, read_only=row.read_only, entities=entities, narrow=True)


def _touch(site, id: Any, now: datetime) -> None:
    used = sa.update(API_KEY).where(API_KEY.c.id == id).values(last_used_at=now)
    site.database.write_if_free(lambda connection: connection.execute(used), BOOKKEEPING)


def refused_key(site, key: str, address: str = "", request_id: str = "") -> Refusal:
    """What a key that opens nothing is answered: NotSignedIn, or TooOften while its address waits.

    Each one is journalled until the address has to wait, and then once that it waits; never the key.
    """
    try:
        take_turn(site, policy_of(site), KIND, "", address)
    except TooOften as held_back:
        return held_back
    user, t = tables_of(site.catalog).of(USER), API_KEY.c
    with site.database.reading(SIGNING_IN) as connection:
        found = connection.execute(
            sa.select(t.id, t.user_id, user.c.organisation_id).outerjoin_from(API_KEY, user, user.c.id == t.user_id)
            .where(t.key_hash == hash_of_key(key[:LONGEST]))
        ).first()
        waits = is_held_back(connection, KIND, address, site.clock.now())
    told = Entry("key refused", USER, found.user_id if found else None,
                 changes={"key": [None, str(found.id)]} if found else {},
                 organisation_id=found.organisation_id if found else None)

    def record(uow) -> None:
        uow.record(told)
        if waits:
            uow.record(Entry("key held back", USER, None))

    site.write(Actor("nobody", address=address), record, request_id=request_id)
    return NotSignedIn()
