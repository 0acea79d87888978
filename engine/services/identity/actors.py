"""An actor from the database: the user, their person, roles and units, with the revision, by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.column_types import Id
from engine.model import Catalog
from engine.services.actor import Actor
from engine.storage.stamps import DICTIONARIES, stamp_of
from engine.storage.system.tables import REVISION
from engine.storage.tables import tables_of

USER = "system.user"
PERSON = "system.person"


def actor_statement(
    catalog: Catalog, origin: sa.FromClause, user_id: sa.ColumnElement, extra: Sequence[sa.ColumnElement]
) -> sa.Select:
    """One row a role (at least one): what `read_actor` needs, then `extra` columns of `origin`."""
    tables = tables_of(catalog)
    user, person = tables.of(USER), tables.of(PERSON)
    roles = tables.rows(catalog.entity(USER).fields["roles"])
    joined = origin.join(user, user.c.id == user_id).outerjoin(person, person.c.id == user.c.person_id)
    joined = joined.outerjoin(roles, roles.c.owner_id == user.c.id)
    return sa.select(
        sa.select(REVISION.c.number).where(REVISION.c.is_current).scalar_subquery().label("revision"),
        stamp_of(DICTIONARIES).label("stamp"),
        user.c.id,
        user.c.login,
        user.c.active,
        user.c.archived_at,
        user.c.language,
        user.c.organisation_id,
        user.c.person_id,
        person.c.full_name,
        roles.c.role,
        roles.c.unit_id,
        roles.c.since,
        roles.c.until,
        *extra,
    ).select_from(joined)


def actor_of_user(site, user_id: UUID) -> Actor | None:
    """The user with the rights they have now, for work that they left; None when the account is closed or gone."""
    catalog = site.catalog

    def build() -> sa.Select:
        origin = sa.select(sa.bindparam("user", type_=Id).label("user_id")).subquery("asked")
        return actor_statement(catalog, origin, origin.c.user_id, [])

    statement = catalog.derived("statement of a user", build)
    with site.database.reading() as connection:
        rows = connection.execute(statement, {"user": user_id}).all()
    return read_actor(site, rows, "user", "", "") if rows else None


WIDTH = 14
"""Columns before `extra`."""


def read_actor(site, rows: Sequence[Any], kind: str, session_id: str, address: str) -> Actor | None:
    """The actor of those rows, or None when the account is closed. Tells the site the revision that was read."""
    if not rows:
        return None
    first = rows[0]
    site.holder.current(first.revision)
    site.dictionaries.seen(first.stamp)
    if not first.active or first.archived_at is not None:
        return None
    today = site.clock.today()
    held = [
        r for r in rows if r.role and (r.since is None or r.since <= today) and (r.until is None or today <= r.until)
    ]
    units: dict[UUID, None] = {r.unit_id: None for r in held if r.unit_id is not None}
    return Actor(
        kind,
        first.id,
        first.login,
        first.full_name or first.login,
        first.person_id,
        first.organisation_id,
        tuple(units),
        frozenset(r.role for r in held),
        first.language or "",
        session_id,
        address,
    )
