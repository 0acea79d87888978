"""An actor from the database: the user, their person, roles and units, with the revision, by one statement.

Roles come from the user's own rows, from the groups they are a member of, and from people they stand in for. Each of
these ways is a branch of one UNION ALL that begins at the session or key, so that none of them reads a whole table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.column_types import Id
from engine.model import Catalog
from engine.services.access.reach import UNIT
from engine.services.actor import Actor, Held
from engine.storage.purposes import SIGNING_IN
from engine.storage.stamps import DICTIONARIES, stamp_of
from engine.storage.system.tables import REVISION
from engine.storage.tables import tables_of

USER = "system.user"
PERSON = "system.person"
GROUP = "system.user_group"
SUBSTITUTION = "system.substitution"
SERVICE = "service"
"""The field of a user that says: this is a program."""
PERIODS = ("since", "until", "since_lent", "until_lent")
"""Days of a role or membership, then those of the substitution that lends it."""


def actor_statement(
    catalog: Catalog,
    origin: sa.FromClause,
    user_id: sa.ColumnElement,
    extra: Sequence[sa.ColumnElement],
    *where: sa.ColumnElement,
) -> sa.CompoundSelect | sa.Select:
    """A row for each role (at least one): what `read_actor` needs, then `extra` columns of `origin`."""
    tables = tables_of(catalog)
    user, person = tables.of(USER), tables.of(PERSON)
    known = origin.join(user, user.c.id == user_id).outerjoin(person, person.c.id == user.c.person_id)
    own = [
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
        _under(catalog, user).label("under"),
    ]
    branches = []
    for way in ways_to_roles(catalog, user):
        joined = known
        for table, on in way.joins:
            joined = joined.join(table, on, isouter=way.lender is None and table is way.roles)
        held = [way.roles.c.role, way.roles.c.unit_id, _beyond(catalog, user, way.roles.c.unit_id).label("beyond")]
        columns = [*own, *held, *_periods(way.periods), *_lender(way.lender), *extra]
        branches.append(sa.select(*columns).select_from(joined).where(*where))
    return sa.union_all(*branches) if len(branches) > 1 else branches[0]


def _beyond(catalog: Catalog, user: sa.FromClause, unit: sa.ColumnElement) -> sa.ColumnElement:
    """Does another organisation stand below the unit in which a role is held?"""
    tables = tables_of(catalog)
    below, pairs = tables.of(UNIT).alias("below_unit"), tables.closure(UNIT).alias("below_pair")
    return sa.exists().where(
        pairs.c.ancestor_id == unit, below.c.id == pairs.c.descendant_id, below.c.legal,
        below.c.id != user.c.organisation_id,
    )


def _under(catalog: Catalog, user: sa.FromClause) -> sa.ColumnElement:
    """Does the user's organisation stand below another one?"""
    tables = tables_of(catalog)
    above, pairs = tables.of(UNIT).alias("above_unit"), tables.closure(UNIT).alias("above_pair")
    return sa.exists().where(
        pairs.c.descendant_id == user.c.organisation_id, above.c.id == pairs.c.ancestor_id, above.c.legal,
        above.c.id != user.c.organisation_id,
    )


@dataclass(frozen=True)
class Way:
    """One way from a user to roles: the joins, and what has a `since` and an `until` that must hold today."""

    joins: tuple[tuple[sa.FromClause, sa.ColumnElement], ...]
    roles: sa.FromClause
    periods: tuple[sa.FromClause, ...]
    lender: sa.FromClause | None = None
    group: sa.FromClause | None = None


def ways_to_roles(catalog: Catalog, user: sa.FromClause) -> list[Way]:
    """Every way in which a user comes to roles: by themselves, by groups, by standing in for somebody."""
    return [_own_roles(catalog, user), *_group_roles(catalog, user), *_lent_roles(catalog, user)]


def _own_roles(catalog: Catalog, user: sa.FromClause, mark: str = "") -> Way:
    roles = tables_of(catalog).rows(catalog.entity(USER).fields["roles"]).alias(f"own_role{mark}")
    return Way(((roles, roles.c.owner_id == user.c.id),), roles, (roles,))


def _group_roles(catalog: Catalog, user: sa.FromClause, mark: str = "") -> Iterator[Way]:
    if GROUP not in catalog.entities:
        return
    entity, tables = catalog.entity(GROUP), tables_of(catalog)
    group = tables.of(GROUP).alias(f"of_group{mark}")
    member = tables.rows(entity.fields["members"]).alias(f"group_member{mark}")
    roles = tables.rows(entity.fields["roles"]).alias(f"group_role{mark}")
    live = sa.and_(group.c.id == member.c.owner_id, group.c.archived_at.is_(None))
    joins = ((member, member.c.user_id == user.c.id), (group, live), (roles, roles.c.owner_id == group.c.id))
    yield Way(joins, roles, (member,), group=group)


def _lent_roles(catalog: Catalog, user: sa.FromClause) -> Iterator[Way]:
    """Roles of those whom the user stands in for, their own and by groups; not what others lent to these."""
    if SUBSTITUTION not in catalog.entities:
        return
    tables = tables_of(catalog)
    lent, absent = tables.of(SUBSTITUTION).alias("substitution"), tables.of(USER).alias("absent")
    joins = (
        (lent, sa.and_(lent.c.substitute_id == user.c.id, lent.c.archived_at.is_(None))),
        (absent, sa.and_(absent.c.id == lent.c.absent_id, absent.c.archived_at.is_(None), absent.c.active)),
    )
    for way in (_own_roles(catalog, absent, "_lent"), *_group_roles(catalog, absent, "_lent")):
        yield Way((*joins, *way.joins), way.roles, (*way.periods, lent), absent, way.group)


def _periods(spans: Sequence[sa.FromClause]) -> list[sa.ColumnElement]:
    found = [c for span in spans for c in (span.c.since, span.c.until)]
    found += [sa.cast(sa.null(), sa.Date)] * (len(PERIODS) - len(found))
    return [c.label(name) for c, name in zip(found, PERIODS, strict=True)]


def _lender(who: sa.FromClause | None) -> list[sa.ColumnElement]:
    empty = sa.cast(sa.null(), Id())
    id, person, login = (who.c.id, who.c.person_id, who.c.login) if who is not None else (empty, empty, sa.null())
    return [id.label("lender"), person.label("lender_person"), sa.cast(login, sa.Text).label("lender_login")]


def actor_of_user(site, user_id: UUID) -> Actor | None:
    """The user with the rights they have now, for work that they left; None when the account is closed or gone."""
    catalog = site.catalog

    def build() -> sa.Select:
        origin = sa.select(sa.bindparam("user", type_=Id).label("user_id")).subquery("asked")
        return actor_statement(catalog, origin, origin.c.user_id, [])

    statement = catalog.derived("statement of a user", build)
    with site.database.reading(SIGNING_IN) as connection:
        rows = connection.execute(statement, {"user": user_id}).all()
    return read_actor(site, rows, "user", "", "") if rows else None


def actors_of_users(site, connection: sa.Connection, ids: Sequence[UUID]) -> list[Actor]:
    """Several users with the rights they have now, by one statement; closed accounts are left out."""
    user = tables_of(site.catalog).of(USER).alias("wanted")
    statement = actor_statement(site.catalog, user, user.c.id, [], user.c.id.in_(list(ids)))
    found: dict[UUID, list[Any]] = {}
    for row in connection.execute(statement) if ids else ():
        found.setdefault(row.id, []).append(row)
    people = (read_actor(site, rows, "user", "", "") for rows in found.values())
    return [who for who in people if who is not None]


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
    held = [r for r in rows if r.role and _holds(r, today)]
    own = [r for r in held if r.lender is None]
    lenders = {r.lender: r for r in held if r.lender is not None}
    standing_in = tuple(
        _person([r for r in held if r.lender == id], id, r.lender_login, r.lender_login, r.lender_person, first)
        for id, r in lenders.items()
    )
    actor = _person(own, first.id, first.login, first.full_name or first.login, first.person_id, first)
    return Actor(
        kind,
        actor.user_id,
        actor.login,
        actor.name,
        actor.person_id,
        actor.organisation_id,
        actor.units,
        actor.roles.union(*(other.roles for other in standing_in)),
        first.language or "",
        session_id,
        address,
        parted=actor.parted,
        standing_in=standing_in,
        under=bool(first.under),
        own_roles=actor.roles if standing_in else None,
    )


def _holds(row: Any, today: date) -> bool:
    """Is the role held today, by every period that it depends on?"""
    begun = all(since is None or since <= today for since in (row.since, row.since_lent))
    return begun and all(until is None or today <= until for until in (row.until, row.until_lent))


def _person(held: Sequence[Any], id: UUID, login: str, name: str, person: UUID | None, first: Any) -> Actor:
    """One person with the roles they hold, each in the whole organisation or in parts."""
    units: dict[UUID, None] = {r.unit_id: None for r in held if r.unit_id is not None}
    roles = frozenset(r.role for r in held)
    parted = []
    for role in sorted(roles):
        places = dict.fromkeys(r.unit_id for r in held if r.role == role)
        if places.keys() != {None}:
            beyond = any(r.beyond for r in held if r.role == role)
            parted.append(Held(role, None in places, tuple(p for p in places if p is not None), beyond))
    return Actor("user", id, login, name, person, first.organisation_id, tuple(units), roles, parted=tuple(parted))
