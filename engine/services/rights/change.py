"""What a change of rights would give, before it is made: to how many people, which verbs, how many records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.model import Entity
from engine.services.access.grants import Grant, verbs_held
from engine.services.access.predicate import visible
from engine.services.actor import Actor, Held
from engine.services.identity.actors import GROUP, USER, actors_of_users
from engine.services.unit_of_work import View
from engine.storage.queries.source import EntitySource
from engine.storage.tables import tables_of

MOST = 1_000
"""People whom one answer is about."""
COUNTED = 20
"""Of how many of them the records are counted one by one."""


@dataclass(frozen=True)
class Change:
    """A role more, or less, for one user, for the members of a group, or for everybody who holds another role."""

    role: str
    unit: UUID | None = None
    takes: bool = False
    user: UUID | None = None
    group: UUID | None = None
    holders: str = ""


@dataclass(frozen=True)
class Gain:
    """What the change does on one entity. Records are those that people see, counted for the first COUNTED of them and
    added up."""

    entity: Entity
    verbs: tuple[str, ...]
    """Verbs that at least one of them gains, or loses where the change takes."""
    fields: tuple[str, ...]
    people: int
    """How many of them gain or lose something here."""
    before: int
    after: int


def gain(view, change: Change) -> tuple[int, list[Gain]]:
    """How many people the change concerns, and what it does on each entity where it does anything."""
    people = actors_of_users(view.site, view.connection, concerned(view, change)[:MOST])
    pairs = [(who, with_change(who, change)) for who in people]
    found = [one for e in view.catalog.entities.values() if (one := _on(view, e, pairs)) is not None]
    return len(people), found


def concerned(view, change: Change) -> list[UUID]:
    """Users of the organisation whom the change is about, with open accounts."""
    tables = tables_of(view.catalog)
    user = tables.of(USER)
    mine = [user.c.organisation_id == view.actor.organisation_id, user.c.active, user.c.archived_at.is_(None)]
    if change.user is not None:
        chosen = user.c.id == change.user
    elif change.group is not None:
        member = tables.rows(view.catalog.entity(GROUP).fields["members"])
        chosen = user.c.id.in_(sa.select(member.c.user_id).where(member.c.owner_id == change.group))
    else:
        roles = tables.rows(view.catalog.entity(USER).fields["roles"])
        chosen = user.c.id.in_(sa.select(roles.c.owner_id).where(roles.c.role == change.holders))
    return list(view.execute(sa.select(user.c.id).where(chosen, *mine).order_by(user.c.login)).scalars())


def with_change(who: Actor, change: Change) -> Actor:
    """The actor as they would be. A role that is taken is taken in the named unit, or wherever it is held whole."""
    own = who.mine
    held = {h.role: h for h in who.parted}
    now = held.get(change.role, Held(change.role, change.role in own, ()))
    whole, units = now.whole, list(now.units)
    if change.unit is None:
        whole = not change.takes
    elif change.takes:
        units = [u for u in units if u != change.unit]
    elif change.unit not in units:
        units.append(change.unit)
    lent = frozenset().union(*(other.roles for other in who.standing_in))
    own = own | {change.role} if whole or units else own - {change.role}
    held.pop(change.role, None)
    if units:
        # Beyond, if anywhere: rules then say it of every unit, and are as right where nothing stands below.
        held[change.role] = Held(change.role, whole, tuple(units), True)
    return replace(
        who,
        roles=own | lent,
        own_roles=own if who.standing_in else None,
        parted=tuple(held[role] for role in sorted(held)),
    )


def _on(view, entity: Entity, pairs: Sequence[tuple[Actor, Actor]]) -> Gain | None:
    verbs: set[str] = set()
    fields: set[str] = set()
    people = before = after = 0
    for number, (was, becomes) in enumerate(pairs):
        old, new = (verbs_held(view.catalog, who, entity) for who in (was, becomes))
        if _rights(old) == _rights(new):
            continue
        moved = set(old) ^ set(new)
        seen = [frozenset().union(*(g.read for g in held.get("read", ()))) for held in (old, new)]
        verbs |= moved
        fields |= (seen[0] ^ seen[1]) if "read" not in moved else set()
        people += 1
        if number < COUNTED:
            before += _count(view, was, entity) if "read" in old else 0
            after += _count(view, becomes, entity) if "read" in new else 0
    same = not verbs and not fields and before == after and len(pairs) <= COUNTED
    if same:
        return None
    return Gain(entity, tuple(sorted(verbs)), tuple(sorted(fields)), people, before, after) if people else None


def _rights(held: Mapping[str, Sequence[Grant]]) -> set[tuple[Any, ...]]:
    """The rights as they can be compared; a rule that was narrowed for its actor is equal to none."""
    return {(verb, g.role, g.part, g.where, g.lent) for verb, found in held.items() for g in found}


def _count(view, who: Actor, entity: Entity) -> int:
    """How many records they see; the archive is not counted."""
    theirs = View(view.site, view.catalog, view.connection, who, view.language)
    statement = theirs.statement()
    source = EntitySource(statement, entity)
    where = [*visible(statement, entity, source), source.table.c.archived_at.is_(None)]
    return theirs.select(sa.select(sa.func.count()).select_from(source.table).where(*where)).scalar() or 0
