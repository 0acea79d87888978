"""Keeping, changing, sharing and removing views; choosing columns. Each is a verb inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, Problem
from engine.ids import new_id, parse_id
from engine.language import N_
from engine.language.folding import storable
from engine.model import Entity
from engine.services.access import can
from engine.services.records.reading import NO_SUCH
from engine.services.registries.kept.reading import (
    EVERYONE,
    MINE,
    REMOVED,
    ROLE,
    asked_for,
    key_of,
    may_share,
    visible_views,
)
from engine.storage.queries.writing import insert_into
from engine.storage.stamps import LISTS, move
from engine.storage.system.personal import PREFERENCE, SAVED_VIEW

LONGEST = 120
MOST = 100
"""Views of one list that a person may keep."""
PLACES = 40
"""Places of one list for which a person's columns are remembered."""
WIDTHS = (40, 900)
TITLE = N_("Name the view, in at most %(most)s characters")
AUDIENCE = N_("Choose for whom the view is")
SHARING = N_("Views for others are kept by people whose role may do so, such as administrators")
CHANGED = N_("Somebody has changed this view meanwhile: open it anew")
FULL = N_("You keep %(most)s views of this list already: remove one first")


def save_view(uow: Any, entity: Entity, title: str, audience: str, role: str | None, state: Mapping[str, Any]) -> UUID:
    """The id of a new view. Raises Invalid, NotAllowed for a view for others without the right to share."""
    _readable(uow, entity)
    said = _said(uow, entity, title, audience, role)
    own = sa.and_(SAVED_VIEW.c.entity == entity.address, SAVED_VIEW.c.owner_id == uow.actor.user_id)
    count = uow.execute(sa.select(sa.func.count()).select_from(SAVED_VIEW).where(own, SAVED_VIEW.c.audience != REMOVED))
    if count.scalar_one() >= MOST:
        raise Conflict([Problem("view.full", FULL, params={"most": MOST})])
    id = new_id()
    uow.execute(sa.insert(SAVED_VIEW).values(
        id=id, entity=entity.address, organisation_id=uow.actor.organisation_id, owner_id=uow.actor.user_id,
        state=dict(state), version=1, created_at=uow.now, updated_at=uow.now, **said))
    move(uow.connection, LISTS)
    return id


def change_view(
    uow: Any, entity: Entity, id: str, version: int, *, state: Mapping[str, Any] | None = None,
    title: str | None = None, audience: str = MINE, role: str | None = None,
) -> None:
    """Give the view another state, or another name and audience. Raises Conflict when somebody was quicker."""
    found = _changeable(uow, entity, id)
    if found.audience != MINE and not may_share(uow):
        raise NotAllowed([Problem("view.sharing", SHARING)])  # shared by who may no longer share
    values: dict[str, Any] = {} if state is None else {"state": dict(state)}
    if title is not None:
        values |= _said(uow, entity, title, audience, role, found.audience)
    _update(uow, found, version, values)


def remove_view(uow: Any, entity: Entity, id: str, version: int) -> None:
    """Take the view away from everybody; `restore_view` brings it back."""
    found = _changeable(uow, entity, id)
    _update(uow, found, version, {"audience": REMOVED, "state": {**found.state, "removed": found.audience}})


def restore_view(uow: Any, entity: Entity, id: str) -> None:
    """Bring a removed view back, for whom it was."""
    v = SAVED_VIEW.c
    here = v.organisation_id == uow.actor.organisation_id
    mine = sa.true() if may_share(uow) else v.owner_id == uow.actor.user_id
    found = uow.execute(sa.select(SAVED_VIEW).where(
        v.id == parse_id(id), v.entity == entity.address, v.audience == REMOVED, here, mine)).first()
    if found is None:
        raise NotFound([NO_SUCH])
    state = dict(found.state)
    _update(uow, found, found.version, {"audience": state.pop("removed", MINE), "state": state})


def set_default(uow: Any, entity: Entity, id: str | None) -> None:
    """Open this person's list with the view from now on; None: with the list as it is."""
    if id is not None:
        _open(uow, entity, id)

    def change(value: dict[str, Any]) -> None:
        value.pop("default", None)
        if id is not None:
            value["default"] = id

    _prefer(uow, entity, change)


def keep_columns(
    uow: Any, entity: Entity, place: str, *, paths: Sequence[str] | None = None,
    widths: Mapping[str, int] | None = None, totals: Mapping[str, str] | None = None,
) -> None:
    """Remember the person's columns at a place of the list; what is None stays. All None: as the list has them."""
    _readable(uow, entity)

    def change(value: dict[str, Any]) -> None:
        chosen = dict(value.get("columns") or {})
        here = dict(chosen.pop(place, {}))
        if paths is None and widths is None and totals is None:
            here = {}
        if paths is not None:
            here["paths"] = list(paths)
        if widths is not None:
            low, high = WIDTHS
            here["widths"] = {path: min(max(int(width), low), high) for path, width in widths.items()}
        if totals is not None:
            here["totals"] = dict(totals)
        if here:
            chosen[place] = here
        value["columns"] = dict(list(chosen.items())[-PLACES:])

    _prefer(uow, entity, change)


# -- parts -----------------------------------------------------------------------------------------------------------


def _readable(uow: Any, entity: Entity) -> None:
    if uow.actor.user_id is None or not can(uow.catalog, uow.actor, entity, "read"):
        raise NotFound([NO_SUCH])


def _open(uow: Any, entity: Entity, id: str) -> Any:
    """The view as stored, if the actor may open it. Raises NotFound."""
    _readable(uow, entity)
    wanted = parse_id(id)
    found = wanted and uow.execute(
        sa.select(SAVED_VIEW).where(SAVED_VIEW.c.id == wanted, *visible_views(uow.actor)),
        asked_for(uow.actor, entity)).first()
    if not found:
        raise NotFound([NO_SUCH])
    return found


def _changeable(uow: Any, entity: Entity, id: str) -> Any:
    found = _open(uow, entity, id)
    if found.owner_id != uow.actor.user_id and not may_share(uow):
        raise NotAllowed([Problem("view.not-yours", SHARING)])
    return found


def _said(
    uow: Any, entity: Entity, title: str, audience: str, role: str | None, was: str = MINE
) -> dict[str, Any]:
    """Title and audience as they are stored; sharing needs the right, and a role that sees the list at all."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST or not storable(title):
        raise Invalid([Problem("view.title", TITLE, "title", {"most": LONGEST})])
    if audience not in (MINE, ROLE, EVERYONE):
        raise BadRequest([Problem("view.audience", AUDIENCE, "audience")])
    if (audience != MINE or was != MINE) and not may_share(uow):
        raise NotAllowed([Problem("view.sharing", SHARING, "audience")])
    if audience == ROLE and role not in roles_of(uow, entity):
        raise Invalid([Problem("view.audience", AUDIENCE, "role")])
    return {"title": title, "audience": audience, "role": role if audience == ROLE else None}


def roles_of(view: Any, entity: Entity) -> list[str]:
    """The roles that see the list, for whom a view may be kept."""
    from engine.services.access.grants import grants

    return [key for key in view.catalog.roles if grants(view.catalog, frozenset({key}), entity)]


def _update(uow: Any, found: Any, version: int, values: Mapping[str, Any]) -> None:
    done = uow.execute(
        sa.update(SAVED_VIEW).where(SAVED_VIEW.c.id == found.id, SAVED_VIEW.c.version == version)
        .values(version=version + 1, updated_at=uow.now, **values))
    if done.rowcount != 1:
        raise Conflict([Problem("view.changed", CHANGED)])
    move(uow.connection, LISTS)


def _prefer(uow: Any, entity: Entity, change: Callable[[dict[str, Any]], None]) -> None:
    """Read, change and write back what the person prefers about the list, in this transaction."""
    mine = sa.and_(PREFERENCE.c.user_id == uow.actor.user_id, PREFERENCE.c.key == key_of(entity))
    query = sa.select(PREFERENCE.c.value).where(mine).with_for_update()
    value = dict(uow.execute(query).scalar() or {})
    change(value)
    statement = insert_into(uow.connection, PREFERENCE).values(
        user_id=uow.actor.user_id, key=key_of(entity), value=value, at=uow.now)
    uow.execute(statement.on_conflict_do_update(
        index_elements=["user_id", "key"], set_={"value": statement.excluded.value, "at": statement.excluded.at}))
    move(uow.connection, LISTS)
