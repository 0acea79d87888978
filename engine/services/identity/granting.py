"""Nobody gives more than they may: who changes accounts, groups and substitutions (clause 5(8), delegated).

A role says by `gives` which roles its holder may give, and they may give them where they hold it: in the whole
organisation, or in their units and below. What one got by standing in for somebody is not passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import NotAllowed, Problem
from engine.language import LANGUAGES, N_
from engine.model import Text
from engine.services.access.reach import UNIT
from engine.services.identity.actors import GROUP, SUBSTITUTION, USER
from engine.storage.tables import tables_of

NOT_TO_GIVE = N_("You may not give or take these roles here: %(roles)s")
NOT_TO_MANAGE = N_("This account holds roles that you may not give, so somebody else manages it: %(roles)s")
OWN = N_("Nobody changes their own roles: ask another administrator")
Place = tuple[str, UUID | None]
"""A role and the unit in which it is held; None for the whole organisation."""


def refuse_raising(uow, change) -> None:
    """A record step. Raises NotAllowed for a change that would give or take a role that the actor may not give."""
    if uow.actor.is_system:
        return
    judge = _JUDGES.get(change.entity.address)
    if judge is not None:
        judge(uow, change.before or {}, change.after)


def may_give(view, places: Collection[Place]) -> set[str]:
    """Of the roles in these places those that the actor may not give; empty means all is well."""
    units = {unit for _, unit in places if unit is not None}
    if units and view.actor.is_parted:
        view.read_places(UNIT, units)
    return {role for role, unit in places if not _gives(view, role, unit)}


def require_managed(view, user_id: UUID) -> None:
    """Raise NotAllowed unless the actor may give every role that the account holds: who resets a password or ends
    sessions of others could else become them."""
    if view.actor.is_system or view.actor.user_id == user_id:
        return
    _refuse(view, NOT_TO_MANAGE, "account.not-yours", may_give(view, set(_held_by(view, user_id))))


def unmanaged(view, user_ids: Collection[UUID]) -> set[UUID]:
    """Of these users those that `require_managed` would refuse."""
    if view.actor.is_system or not user_ids:
        return set()
    held = list(_held(view, user_ids))
    units = {unit for *_, unit in held if unit is not None}
    if units and view.actor.is_parted:
        view.read_places(UNIT, units)
    gives = {place: _gives(view, *place) for place in {(role, unit) for _, role, unit in held}}
    return {user for user, role, unit in held if user != view.actor.user_id and not gives[role, unit]}


def _gives(view, role: str, unit: UUID | None) -> bool:
    actor = view.actor
    parted = {h.role: h for h in actor.parted}
    for name in actor.mine:
        giver = view.catalog.roles.get(name)
        if giver is None or (giver.gives is not None and role not in giver.gives):
            continue
        held = parted.get(name)
        if held is None or held.whole or (unit is not None and view.within(UNIT, unit, held.units)):
            return True
    return False


def _account(uow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    was, now = _terms(before.get("roles")), _terms(after.get("roles"))
    if uow.actor.user_id == after.get("id"):
        if was != now:
            raise NotAllowed([Problem("role.own", OWN, "roles")])
        return
    changed = {(role, unit) for role, unit, *_ in was ^ now}
    _refuse(uow, NOT_TO_GIVE, "role.not-yours", may_give(uow, changed), "roles")
    if before:
        held = {(role, unit) for role, unit, *_ in was} | set(_by_groups(uow, after["id"]))
        _refuse(uow, NOT_TO_MANAGE, "account.not-yours", may_give(uow, held))


def _group(uow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    places = {(r["role"], r.get("unit")) for side in (before, after) for r in side.get("roles") or ()}
    _refuse(uow, NOT_TO_GIVE, "role.not-yours", may_give(uow, places), "roles")
    mine = [_terms(side.get("members"), "user") for side in (before, after)]
    if _of(mine[0], uow.actor.user_id) != _of(mine[1], uow.actor.user_id):
        raise NotAllowed([Problem("role.own", OWN, "members")])
    joined = _of(mine[1], uow.actor.user_id)
    if joined and _terms(before.get("roles")) != _terms(after.get("roles")):
        raise NotAllowed([Problem("role.own", OWN, "roles")])


def _substitution(uow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    if uow.actor.user_id in (before.get("substitute"), after.get("substitute")):
        raise NotAllowed([Problem("role.own", OWN, "substitute")])
    lenders = {side["absent"] for side in (before, after) if side.get("absent") is not None}
    lent = {place for user in lenders for place in _held_by(uow, user)}
    _refuse(uow, NOT_TO_GIVE, "role.not-yours", may_give(uow, lent), "absent")


def _held_by(view, user_id: UUID) -> Iterator[Place]:
    """Every role of the user whatever its days: their own rows, then those of their groups."""
    return ((role, unit) for _, role, unit in _held(view, [user_id]))


def _by_groups(view, user_id: UUID) -> Iterator[Place]:
    return ((role, unit) for _, role, unit in _held_in_groups(view, [user_id]))


def _held(view, user_ids: Collection[UUID]) -> Iterator[tuple[UUID, str, UUID | None]]:
    """(user, role, unit): the rows of several users, then those of their groups."""
    own = tables_of(view.catalog).rows(view.catalog.entity(USER).fields["roles"])
    asked = sa.select(own.c.owner_id, own.c.role, own.c.unit_id).where(own.c.owner_id.in_(list(user_ids)))
    for row in view.execute(asked):
        yield row.owner_id, row.role, row.unit_id
    yield from _held_in_groups(view, user_ids)


def _held_in_groups(view, user_ids: Collection[UUID]) -> Iterator[tuple[UUID, str, UUID | None]]:
    if GROUP not in view.catalog.entities:
        return
    group, tables = view.catalog.entity(GROUP), tables_of(view.catalog)
    roles, member = (tables.rows(group.fields[key]) for key in ("roles", "members"))
    joined = roles.join(member, member.c.owner_id == roles.c.owner_id)
    asked = sa.select(member.c.user_id, roles.c.role, roles.c.unit_id).select_from(joined).where(
        member.c.user_id.in_(list(user_ids)))
    for row in view.execute(asked):
        yield row.user_id, row.role, row.unit_id


def _terms(rows: Any, key: str = "role") -> set[tuple[Any, ...]]:
    return {(r[key], r.get("unit"), r.get("since"), r.get("until")) for r in rows or ()}


def _of(terms: set[tuple[Any, ...]], user: UUID | None) -> set[tuple[Any, ...]]:
    return {term for term in terms if term[0] == user}


def _refuse(view, sentence: Any, code: str, roles: Collection[str], path: str = "") -> None:
    if not roles:
        return
    known = view.catalog.roles
    told = Text(
        *(", ".join(known[r].title.in_(lang) if r in known else r for r in sorted(roles)) for lang in LANGUAGES)
    )
    raise NotAllowed([Problem(code, sentence, path, {"roles": told})])


_JUDGES = {USER: _account, GROUP: _group, SUBSTITUTION: _substitution}
