"""Records that a person opened lately or marked with a star: the way back to them.

What is kept is only that they were there. Names are read anew each time and only of what may still be seen, so that a
place tells nothing when a right is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Conflict, NotFound, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity
from engine.services.access import can
from engine.services.display import names_of
from engine.services.records.reading import NO_SUCH, entity_at
from engine.storage.queries.writing import insert_into
from engine.storage.system.personal import PLACE

KEPT = 40
"""Visits kept for each person; older ones go when a newer one comes."""
STARS = 60
"""Stars of one person."""
KINDS = 6
"""Entities whose records are named: one statement each, so that a page costs the same for everybody."""
AGAIN = timedelta(minutes=5)
"""A record opened again so soon is not written again."""
FULL = N_("You have %(most)s stars already: take one off first")


@dataclass(frozen=True)
class Place:
    entity: Entity
    id: UUID
    title: str
    at: datetime
    starred: bool

    @property
    def url(self) -> str:
        return f"{self.entity.url}/{self.id}"


@dataclass(frozen=True)
class Places:
    recent: tuple[Place, ...] = ()
    """The last one first."""
    starred: tuple[Place, ...] = ()
    """The star given last first."""


# -- reading ----------------------------------------------------------------------------------------------------------


def places(view: Any, recent: int = 10, starred: int = 20) -> Places:
    """Where the actor was lately, and what they marked; only what they may still see. At most 1 + KINDS statements."""
    if view.actor.user_id is None:
        return Places()
    own = PLACE.c.user_id == view.actor.user_id
    columns = (PLACE.c.entity, PLACE.c.record_id, PLACE.c.visited_at, PLACE.c.starred_at)
    last = sa.select(*columns).where(own, PLACE.c.visited_at.is_not(None)).order_by(PLACE.c.visited_at.desc())
    stars = sa.select(*columns).where(own, PLACE.c.starred_at.is_not(None)).order_by(PLACE.c.starred_at.desc())
    parts = [sa.select(part.subquery()) for part in (last.limit(2 * recent), stars.limit(starred))]
    rows = {(row[0], row[1]): row for row in view.select(sa.union_all(*parts))}
    names = _names(view, list(rows.values()))
    shown = [_place(view, row, names) for row in rows.values() if (row[0], row[1]) in names]
    seen = sorted((p for p, at, _ in shown if at), key=lambda p: p.at, reverse=True)
    marked = sorted(((p, star) for p, _, star in shown if star), key=lambda each: each[1], reverse=True)
    return Places(tuple(seen[:recent]), tuple(p for p, _ in marked[:starred]))


def _place(view: Any, row: Any, names: dict[tuple[str, UUID], str]) -> tuple[Place, Any, Any]:
    address, id, visited, starred = row
    entity = view.catalog.entity(address)
    return Place(entity, id, names[address, id], visited or starred, starred is not None), visited, starred


def _names(view: Any, rows: Sequence[Any]) -> dict[tuple[str, UUID], str]:
    """Names of those that may be seen, of the entities met first."""
    kinds: dict[str, list[UUID]] = {}
    for address, id, *_ in sorted(rows, key=lambda row: max(row[2] or row[3], row[3] or row[2]), reverse=True):
        entity = view.catalog.entities.get(address)
        if entity is not None and (address in kinds or len(kinds) < KINDS) and can(
                view.catalog, view.actor, entity, "read"):
            kinds.setdefault(address, []).append(id)
    return {
        (address, id): name or view.catalog.entity(address).title.in_(view.language)  # a draft has no number yet
        for address, ids in kinds.items()
        for id, name in names_of(view, address, ids).items()
    }


def place_of(view: Any, address: str, id: Any) -> Place | None:
    """What is kept of one record; None where the actor never was. Raises NotFound for a record that is not shown."""
    entity, wanted, title = _shown(view, address, id)
    if view.actor.user_id is None:
        return None
    row = view.select(sa.select(PLACE.c.visited_at, PLACE.c.starred_at).where(*_key(view, address, wanted))).first()
    return Place(entity, wanted, title, row[0] or row[1], row[1] is not None) if row else None


def _shown(view: Any, address: str, id: Any) -> tuple[Entity, UUID, str]:
    entity, wanted = entity_at(view, address), parse_id(id)
    names = names_of(view, address, [wanted]) if wanted and can(view.catalog, view.actor, entity, "read") else {}
    if wanted not in names:
        raise NotFound([NO_SUCH])
    return entity, wanted, names[wanted]


def _key(view: Any, address: str, id: UUID) -> tuple[sa.ColumnElement, ...]:
    return PLACE.c.user_id == view.actor.user_id, PLACE.c.entity == address, PLACE.c.record_id == id


# -- writing ----------------------------------------------------------------------------------------------------------


def is_due(view: Any, place: Place | None) -> bool:
    """Must the visit be written? Not when it is the same record a moment ago."""
    return view.actor.user_id is not None and (place is None or view.now - place.at > AGAIN)


def visit(uow: Any, address: str, id: UUID) -> None:
    """Remember that the actor opened a record; the visits beyond `KEPT` are forgotten."""
    _write(uow, address, id, visited_at=uow.now)
    own = (PLACE.c.user_id == uow.actor.user_id, PLACE.c.visited_at.is_not(None))
    oldest = sa.select(PLACE.c.visited_at).where(*own).order_by(PLACE.c.visited_at.desc()).offset(KEPT - 1).limit(1)
    old = (*own, PLACE.c.visited_at < oldest.scalar_subquery())
    uow.execute(sa.delete(PLACE).where(*old, PLACE.c.starred_at.is_(None)))


def star(uow: Any, address: str, id: Any, on: bool | None = None) -> bool:
    """Mark a record with a star or take it off (None: turn it round). Returns whether it now has one.

    Raises NotFound for a record that is not shown, Conflict when there are `STARS` already.
    """
    place = place_of(uow, address, id)
    had = place is not None and place.starred
    wanted = not had if on is None else on
    if wanted and not had:
        starred = (PLACE.c.user_id == uow.actor.user_id, PLACE.c.starred_at.is_not(None))
        count = uow.execute(sa.select(sa.func.count()).select_from(PLACE).where(*starred)).scalar_one()
        if count >= STARS:
            raise Conflict([Problem("places.full", FULL, "", {"most": STARS})])
    if wanted != had:
        _write(uow, address, parse_id(id), starred_at=uow.now if wanted else None)
    return wanted


def _write(uow: Any, address: str, id: UUID | None, **values: Any) -> None:
    row = {"user_id": uow.actor.user_id, "entity": address, "record_id": id, **values}
    statement = insert_into(uow.connection, PLACE).values(row)
    keys = [PLACE.c.user_id, PLACE.c.entity, PLACE.c.record_id]
    uow.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
