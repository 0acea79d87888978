"""What the actor's roles grant on an entity. Decided from the Catalog alone; rows are judged in `predicate`.

Roles add up, and each brings its own fields on its own rows: a nurse who also teaches sees the health of her
patients and the marks of her class, not the health of her class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.model import SENSITIVITY, Access, Catalog, Entity, Field, Role
from engine.model.access import VERBS
from engine.services.access.reach import narrowed
from engine.services.actor import Actor

UNDECLARED = frozenset({"administrator", "methodist"})
"""The roles that see an entity without an `access:` part (decisions.md, 17)."""
LOOKING = frozenset({"read", "history", "print", "export"})
"""The verbs that change nothing: all that a key for reading holds."""
EVERYTHING = frozenset(VERBS) - {"approve"}
"""Every verb that records have by themselves; approval belongs to workflows."""


@dataclass(frozen=True, eq=False)
class Grant:
    """One role's rights on one entity, with every list of fields spelled out."""

    role: str
    can: frozenset[str]
    where: Any
    """The rule of the metadata; in `verbs_held` also that the record stands within the reach of the role."""
    read: frozenset[str]
    write: frozenset[str]
    part: str = ""
    """The name of one of the role's further rights (`also:`); empty for its first."""
    lent: int = 0
    """Whose right it is: 0 the actor's own, else the place among those they stand in for, counted from 1."""


def grants(catalog: Catalog, roles: frozenset[str], entity: Entity) -> tuple[Grant, ...]:
    """The grants of `roles`, widest first is not promised; empty means the entity does not exist for them."""
    return catalog.derived(("grants", entity.address, roles), lambda: _grants(catalog, roles, entity))


def _grants(catalog: Catalog, roles: frozenset[str], entity: Entity) -> tuple[Grant, ...]:
    if not entity.access:
        declared = {r: Access(r, EVERYTHING) for r in UNDECLARED}
    else:
        declared = dict(entity.access)
    found = [_spelled(catalog, entity, a) for r in sorted(roles) if r in declared for a in declared[r].all_parts]
    return tuple(g for g in found if g.can)


def _spelled(catalog: Catalog, entity: Entity, access: Access) -> Grant:
    role = catalog.roles.get(access.role) or Role(access.role, entity.title)
    level = SENSITIVITY.index(role.sensitivity)
    fit = {f.key for f in entity.fields.values() if sensitivity_of(f) <= level}
    builtin = {f.key for f in entity.fields.values() if f.builtin}
    read = fit if access.read is None else (set(access.read) & set(entity.fields)) | builtin
    write = read if access.write is None else set(access.write)
    inputs = {f.key for f in entity.input_fields}
    can_write = bool(access.can & {"create", "edit"})
    return Grant(
        access.role,
        access.can,
        access.where,
        frozenset(read),
        frozenset(write & inputs) if can_write else frozenset(),
        access.part,
    )


def grants_of_all(catalog: Catalog, entity: Entity) -> tuple[Grant, ...]:
    """The grants of every role that has some right on the entity."""
    return grants(catalog, frozenset(entity.access or UNDECLARED), entity)


def sensitivity_of(f: Field) -> int:
    """How sensitive a field is with all that stands in its rows: rows are shown whole or not at all."""
    return max(SENSITIVITY.index(f.sensitivity), *(sensitivity_of(i) for i in f.fields.values()), 0)


def _all(entity: Entity) -> Grant:
    keys = frozenset(entity.fields)
    return Grant("system", EVERYTHING, None, keys, frozenset(f.key for f in entity.input_fields))


def held(catalog: Catalog, actor: Actor, entity: Entity, verb: str) -> tuple[Grant, ...]:
    """The actor's grants that hold `verb`. The system holds everything."""
    return verbs_held(catalog, actor, entity).get(verb, ())


def verbs_held(catalog: Catalog, actor: Actor, entity: Entity) -> Mapping[str, tuple[Grant, ...]]:
    """Every verb that the actor holds on some record of the entity, with the grants that give it."""
    if actor.entities is not None and entity.address not in actor.entities:
        return {}
    return catalog.derived(("verbs", entity, actor.rights), lambda: _verbs(catalog, actor, entity))


def _verbs(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, tuple[Grant, ...]]:
    if actor.is_system:
        return {verb: (_all(entity),) for verb in sorted(EVERYTHING)}
    found: dict[str, list[Grant]] = {}
    for number, who in enumerate((actor, *actor.standing_in)):
        held = {h.role: h for h in who.parted}
        for g in grants(catalog, who.mine, entity):
            for verb in g.can & LOOKING if actor.read_only else g.can:
                where = narrowed(entity, g.where, held.get(g.role), verb, number, actor.reaches_beyond)
                same = where is g.where and not number
                found.setdefault(verb, []).append(g if same else replace(g, where=where, lent=number))
    return {verb: tuple(found[verb]) for verb in sorted(found)}


def can(catalog: Catalog, actor: Actor, entity: Entity, verb: str) -> bool:
    """May the actor do `verb` to some record of the entity? Which records is for the predicate."""
    if entity.scope == "shared" and verb not in LOOKING and not actor.is_system:
        return "administrator" in actor.roles and not actor.under and bool(held(catalog, actor, entity, verb))
    return bool(held(catalog, actor, entity, verb))


def readable(catalog: Catalog, actor: Actor, entity: Entity, verb: str = "read") -> frozenset[str]:
    """Fields the actor may see on at least some rows; none when the entity is not theirs to read.

    `verb`: only fields of grants that hold this right too (`export`, `print`).
    """
    found = held(catalog, actor, entity, verb)
    return frozenset().union(*(g.read for g in found))


def writable(catalog: Catalog, actor: Actor, entity: Entity, verb: str = "edit") -> frozenset[str]:
    """Fields the actor may send with `create` or `edit`."""
    return frozenset().union(*(g.write for g in held(catalog, actor, entity, verb)))


def visible_entities(catalog: Catalog, actor: Actor) -> list[Entity]:
    """Entities that stand in the actor's menu and OpenAPI, in the order of the Catalog."""
    return [e for e in catalog.entities.values() if can(catalog, actor, e, "read")]
