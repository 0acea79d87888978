"""Rights change, and the next request of the same key is asked: what was taken is gone, what was given is there."""

from __future__ import annotations

from random import Random
from typing import Any

import sqlalchemy as sa

from engine.services import records
from engine.services.actor import system
from engine.storage.tables import tables_of
from tests.permissions.asking import Ask, Tally
from tests.permissions.drive_doors import rest_list
from tests.permissions.lab import BASE, FIELDS, ROLES
from tests.permissions.world import World, _execute

PATH = "rest_list"


def revoke(world: World, tally: Tally, random: Random, user: Any) -> None:
    """Ask, take every role away, ask; give another one, ask; block the account, ask; put all back."""
    person, before = world.model.people[user], list(world.model.people[user].roles)
    if not person.active:
        return
    entity = random.choice(list(FIELDS))
    day = world.model.today
    _ask(world, tally, random, user, entity)
    for roles in ([(BASE, None, day, None)], [(BASE, None, day, None), (random.choice(ROLES), None, day, None)]):
        _give(world, user, roles)
        _ask(world, tally, random, user, entity)
    _block(world, user, False)
    _ask(world, tally, random, user, entity)
    _block(world, user, True)
    _give(world, user, before)
    _ask(world, tally, random, user, entity)


def _ask(world: World, tally: Tally, random: Random, user: Any, entity: str) -> None:
    world.model.forget()
    kept, world.keys = world.keys, {user: world.keys[user]}
    try:
        tally.probes["revocation"] += 1
        rest_list(Ask(world, tally, random, "revocation", user, entity, world.actor(user)))
    finally:
        world.keys = kept


def _give(world: World, user: Any, roles: list[tuple[Any, ...]]) -> None:
    who = system(world.model.people[user].organisation)
    stored = world.site.read(who, lambda v: records.read(v, "system.user", user))
    names = ("role", "unit", "since", "until")
    sent = [{k: str(v) for k, v in zip(names, role, strict=True) if v is not None} for role in roles]
    world.site.write(who, lambda u: records.edit(u, "system.user", user, {"roles": sent}, stored.version))
    world.model.people[user].roles = list(roles)


def _block(world: World, user: Any, active: bool) -> None:
    table = tables_of(world.site.catalog).of("system.user")
    _execute(world, sa.update(table).where(table.c.id == user).values(active=active))
    world.model.people[user].active = active
