"""Who can see this record, or this field of it, and by which rule; and who has opened it.

One statement asks all people at once: the rule of a role is read as SQL with the columns of a person where it says
`actor`. So it costs the same for ten people and for ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Entity
from engine.services.access.grants import Grant, grants_of_all
from engine.services.access.reach import READS, UNIT
from engine.services.display import names_of
from engine.services.identity.actors import PERSON, USER, Way, ways_to_roles
from engine.services.records.reading import Record
from engine.services.rights.words import in_words
from engine.storage.queries.source import EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.rules import Binds, clause
from engine.storage.system.tables import JOURNAL
from engine.storage.tables import tables_of

MOST = 500
"""People that one answer names."""
OPENINGS = ("read", "download", "print", "export")


@dataclass(frozen=True)
class By:
    """One right by which somebody sees a record."""

    role: str
    part: str
    rule: str
    unit: str
    """Where the role is held; empty for the whole organisation."""
    group: str
    lender: str
    """Whose role it is where it is lent."""


@dataclass(frozen=True)
class Seer:
    """Somebody who sees the record, with every right that lets them."""

    user_id: UUID
    login: str
    name: str
    by: tuple[By, ...]


@dataclass(frozen=True)
class Opened:
    """Somebody looked, as the journal has it."""

    at: datetime
    name: str
    operation: str
    fields: tuple[str, ...]


def seers(view, entity: Entity, record: Record, verb: str = "read", field: str = "") -> list[Seer]:
    """Everybody with an open account on whom a right of `verb` on this record falls today; `field`: who also sees it.

    At most MOST people, by name. One statement, and one for names of units.
    """
    wanted = [
        g
        for g in grants_of_all(view.catalog, entity)
        if verb in g.can
        and (not field or field in g.read)
        and (entity.scope != "shared" or verb in READS or g.role == "administrator")
    ]
    branches = [one for n, g in enumerate(wanted) for one in _branches(view, entity, g, n, verb)]
    if not branches:
        return []
    rows = view.execute(sa.union_all(*branches), {"record": record.id}).all()
    words = [in_words(view, entity, g.where) for g in wanted]
    units = _unit_names(view, {r.unit_id for r in rows if r.unit_id is not None})
    found: dict[UUID, tuple[Any, dict[By, None]]] = {}
    for r in rows:
        g = wanted[r.number]
        by = By(g.role, g.part, words[r.number], units.get(r.unit_id, ""), r.group_name or "", r.lender or "")
        found.setdefault(r.id, (r, {}))[1][by] = None
    people = [Seer(id, r.login, r.full_name or r.login, tuple(by)) for id, (r, by) in found.items()]
    return sorted(people, key=lambda s: s.name)[:MOST]


def opened_by(view, entity: Entity, record: Record, limit: int = 50) -> list[Opened]:
    """Who looked at the record lately, newest first, as far as the journal notes it."""
    user, person = (tables_of(view.catalog).of(address) for address in (USER, PERSON))
    joined = sa.outerjoin(JOURNAL, user, user.c.id == JOURNAL.c.actor_id)
    joined = joined.outerjoin(person, person.c.id == user.c.person_id)
    found = (
        sa.select(JOURNAL.c.at, JOURNAL.c.operation, JOURNAL.c.changes, user.c.login, person.c.full_name)
        .select_from(joined)
        .where(
            JOURNAL.c.entity == entity.address,
            JOURNAL.c.record_id == record.id,
            JOURNAL.c.operation.in_(OPENINGS),
        )
        .order_by(JOURNAL.c.id.desc())
        .limit(limit)
    )
    return [
        Opened(r.at, r.full_name or r.login or "", r.operation, tuple((r.changes or {}).get("fields") or ()))
        for r in view.execute(found)
    ]


def _branches(view, entity: Entity, g: Grant, number: int, verb: str) -> list[sa.Select]:
    tables = tables_of(view.catalog)
    user, person = tables.of(USER).alias("seer"), tables.of(PERSON).alias("seer_person")
    found = []
    for way in ways_to_roles(view.catalog, user):
        who = way.lender if way.lender is not None else user
        statement = Statement(view.catalog, view.site.database.dialect, view.actor, _binds(view, user, who))
        source = EntitySource(statement, entity)
        joined = user.outerjoin(person, person.c.id == user.c.person_id)
        for table, on in way.joins:
            joined = joined.join(table, on)
        conditions = [
            source.table.c.id == sa.bindparam("record", type_=source.table.c.id.type),
            user.c.active,
            user.c.archived_at.is_(None),
            way.roles.c.role == g.role,
            *_today(view, way),
            *_placed(statement, entity, source, user, way.roles.c.unit_id, verb),
        ]
        if g.where is not None:
            conditions.append(clause(g.where, source, statement.binds_for(g.where)))
        found.append(
            sa.select(
                sa.literal(number, sa.Integer).label("number"),
                user.c.id,
                user.c.login,
                person.c.full_name,
                way.roles.c.unit_id,
                _text(way.group, "name").label("group_name"),
                _text(way.lender, "login").label("lender"),
            )
            .select_from(joined.join(source.table, sa.true()))
            .where(*conditions)
        )
    return found


def _placed(
    statement: Statement, entity: Entity, source: EntitySource, user: sa.FromClause, unit: sa.ColumnElement, verb: str
) -> list[sa.ColumnElement]:
    """The record stands where the role is held: what `access.reach` says to a rule, asked about many people."""
    if "organisation" not in entity.fields:
        return []
    organisation = source.table.c.organisation_id
    here = organisation == user.c.organisation_id
    place = organisation if entity.unit is None else sa.func.coalesce(source.column(entity.unit), organisation)
    pairs = source.tree(UNIT)
    below = sa.exists().where(pairs.c.ancestor_id == unit, pairs.c.descendant_id == place)
    if verb in READS:
        return [sa.or_(here if entity.unit is None else sa.and_(unit.is_(None), here), below)]
    return [here] if entity.unit is None else [here, sa.or_(unit.is_(None), below)]


def _binds(view, user: sa.FromClause, who: sa.FromClause) -> Binds:
    """`actor` of the rules as columns of whoever's role it is."""
    units = _held(view, who, lambda way: way.roles.c.unit_id)
    return Binds(
        actor={
            "id": who.c.id,
            "person": who.c.person_id,
            "organisation": user.c.organisation_id,
            "unit": sa.select(units.subquery().c.held).limit(1).scalar_subquery(),
            "units": units,
            "roles": _held(view, who, lambda way: way.roles.c.role),
        },
        today=view.today,
        now=view.now,
    )


def _held(view, who: sa.FromClause, column: Callable[[Way], sa.ColumnElement]) -> sa.CompoundSelect | sa.Select:
    """What `column` says of each role that somebody holds today by themselves or by a group."""
    found = [
        # The person is that of the whole statement, however deep a rule puts this: else it would ask about everybody.
        sa.select(column(way).label("held"))
        .where(*(on for _, on in way.joins), column(way).is_not(None), *_today(view, way))
        .correlate(who)
        for way in ways_to_roles(view.catalog, who)
        if way.lender is None
    ]
    return sa.union_all(*found) if len(found) > 1 else found[0]


def _today(view, way: Way) -> list[sa.ColumnElement]:
    begun = [sa.or_(span.c.since.is_(None), span.c.since <= view.today) for span in way.periods]
    return begun + [sa.or_(span.c.until.is_(None), span.c.until >= view.today) for span in way.periods]


def _text(table: sa.FromClause | None, column: str) -> sa.ColumnElement:
    return sa.cast(table.c[column] if table is not None else sa.null(), sa.Text)


def _unit_names(view, ids: set[UUID]) -> dict[UUID, str]:
    return names_of(view, UNIT, sorted(ids))
