"""What a person finds again when a list is opened: one statement for the views and for their own choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.column_types import Id, Json
from engine.ids import parse_id
from engine.model import Entity
from engine.services.access import can
from engine.services.unit_of_work import UnitOfWork
from engine.storage.system.personal import PREFERENCE, SAVED_VIEW

MINE, ROLE, EVERYONE, REMOVED = "mine", "role", "everyone", "removed"
SHOWN = 40
"""Views that stand above a list, at most."""


@dataclass(frozen=True)
class SavedView:
    id: UUID
    title: str
    audience: str
    """mine, role, everyone"""
    role: str | None
    state: Mapping[str, Any]
    version: int
    mine: bool
    changeable: bool
    """May the actor change, rename and remove it?"""


@dataclass(frozen=True)
class Kept:
    views: tuple[SavedView, ...] = ()
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By place (the id of a saved view, `view KEY` of the layout's, or empty): `paths`, `widths`, `totals`."""
    default: UUID | None = None
    """The view that this person's list opens with."""

    def view(self, id: str | UUID | None) -> SavedView | None:
        """The view of this id that the actor may open."""
        wanted = parse_id(id) if isinstance(id, str) else id
        return next((v for v in self.views if v.id == wanted), None) if wanted else None


NOTHING = Kept()


def key_of(entity: Entity) -> str:
    return f"list {entity.address}"


def may_share(view: Any) -> bool:
    """May the actor keep views for others? Roles say so by `shares_views`."""
    roles = view.catalog.roles
    return view.actor.is_system or any(roles[r].shares_views for r in view.actor.roles if r in roles)


def kept(view: Any, entity: Entity) -> Kept:
    """The saved views that the actor may open here, and what they chose themselves. One statement, or none."""
    actor = view.actor
    if actor.user_id is None or not can(view.catalog, actor, entity, "read"):
        return NOTHING
    if not actor.lists or isinstance(view, UnitOfWork):  # what is about to be changed is read as it is now
        return _read(view, entity)
    key = (entity.address, actor.user_id, actor.organisation_id, actor.roles, may_share(view))
    return view.site.kept_lists.get(actor.lists, key, lambda: _read(view, entity))


def _read(view: Any, entity: Entity) -> Kept:
    actor = view.actor
    shares = may_share(view)
    views: list[SavedView] = []
    choices: Mapping[str, Any] = {}
    statement = _statement(actor.organisation_id is None)
    for id, owner, audience, role, title, state, version in view.execute(statement, asked_for(actor, entity)):
        if id is None:
            choices = state or {}
            continue
        mine = owner == actor.user_id
        changeable = shares or (mine and audience == MINE)
        views.append(SavedView(id, title, audience, role, state or {}, version, mine, changeable))
    views.sort(key=lambda v: (v.audience != EVERYONE, v.audience == MINE, v.title.casefold()))
    chosen = choices.get("columns")
    return Kept(tuple(views[:SHOWN]), chosen if isinstance(chosen, dict) else {}, parse_id(choices.get("default")))


def visible_views(actor: Any) -> list[sa.ColumnElement]:
    """Conditions that leave the views of a list that the actor may open; what they ask for is `asked_for`."""
    return _visible(actor.organisation_id is None)


def asked_for(actor: Any, entity: Entity) -> dict[str, Any]:
    """Who asks, and for which list."""
    return {"user": actor.user_id, "organisation": actor.organisation_id, "roles": sorted(actor.roles),
            "entity": entity.address, "preference": key_of(entity)}


def _visible(nowhere: bool) -> list[sa.ColumnElement]:
    """`nowhere`: for who belongs to no organisation."""
    v = SAVED_VIEW.c
    roles = sa.bindparam("roles", expanding=True, type_=v.role.type)
    shared = sa.or_(v.audience == EVERYONE, sa.and_(v.audience == ROLE, v.role.in_(roles)))
    here = v.organisation_id.is_(None) if nowhere else v.organisation_id == sa.bindparam("organisation")
    mine = sa.and_(v.owner_id == sa.bindparam("user"), v.audience != REMOVED)
    return [v.entity == sa.bindparam("entity"), here, sa.or_(mine, shared)]


@cache
def _statement(nowhere: bool) -> sa.CompoundSelect:
    """Built once: every page of a list asks it."""
    v, p = SAVED_VIEW.c, PREFERENCE.c
    views = sa.select(v.id, v.owner_id, v.audience, v.role, v.title, v.state, v.version)
    nothing = [sa.cast(sa.null(), kind) for kind in (Id(), Id(), sa.String(16), sa.String(64), sa.String(120))]
    own = sa.select(*nothing, sa.type_coerce(p.value, Json()), sa.cast(sa.null(), sa.Integer()))
    return sa.union_all(
        views.where(*_visible(nowhere)),
        own.where(p.user_id == sa.bindparam("user"), p.key == sa.bindparam("preference")),
    )
