"""A random world: the same units, people, roles, groups, substitutions and records in the engine and in the model."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

import sqlalchemy as sa

from engine.errors import Refusal
from engine.ids import new_id
from engine.loading.files import read_folder
from engine.services import records
from engine.services.actor import Actor, system
from engine.services.attachments import take_file
from engine.services.identity import create_key
from engine.services.identity.actors import actor_of_user
from engine.services.site import Site
from engine.storage.system.personal import PLACE
from engine.storage.system.tables import COMMENT
from engine.storage.tables import tables_of
from tests.conftest import ROOT
from tests.permissions.lab import BASE, FIELDS, ROLES, Lab
from tests.permissions.model import Group, Model, Person, Row, Substitution

OPENED = ("person", "unit")
"""Shipped entities that everybody may name: links to them are no part of what is asked here."""


class Undone(Exception):
    """Takes a trial back."""


def files(lab: Lab) -> dict[str, bytes]:
    """The system module as shipped, where everybody may name people and units, and the laboratory."""
    kept = {
        n: t
        for n, t in read_folder(ROOT).items()
        if n.startswith(("metadata/system/", "forms/system/", "translations/"))
    }
    for name in OPENED:
        path = f"metadata/system/{name}.yaml"
        kept[path] = kept[path].replace(b"\naccess:\n", b"\naccess:\n  base: {can: [read]}\n", 1)
    return {**kept, **{name: text.encode() for name, text in lab.files.items()}}


@dataclass
class World:
    site: Site
    lab: Lab
    random: Random
    model: Model
    organisations: list[Any] = field(default_factory=list)
    persons: dict[Any, list[Any]] = field(default_factory=dict)
    files: dict[tuple[Any, str], Any] = field(default_factory=dict)
    """(record, field) -> id of a file"""
    comments: dict[Any, list[str]] = field(default_factory=dict)
    keys: dict[Any, str] = field(default_factory=dict)
    """user -> an API key, for some of them"""
    changed: dict[Any, list[tuple[Any, set[str]]]] = field(default_factory=dict)
    """record -> what each change of it touched, oldest first, its creation too"""
    edited: dict[Any, list[tuple[str, Any]]] = field(default_factory=dict)
    """user -> records that they changed, oldest first"""
    visited: dict[Any, list[tuple[str, Any]]] = field(default_factory=dict)
    app: Any = None
    kind: str = ""
    """Its database."""
    _numbers: Any = field(default_factory=lambda: count(1))

    def actor(self, user: Any) -> Actor:
        """The person as their next request finds them."""
        found = actor_of_user(self.site, user)
        return found if found is not None else Actor("nobody")

    def trial(self, actor: Actor, work: Callable[[Any], Any], request_id: str = "") -> Any:
        """What `work` gives in a transaction that is taken back. Raises what it raises."""
        given: list[Any] = []

        def once(uow: Any) -> None:
            given[:] = [work(uow)]
            raise Undone

        with suppress(Undone):
            self.site.write(actor, once, request_id=request_id)
        return given[0]

    def token(self, letter: str) -> str:
        """A word that stands nowhere else."""
        return f"{letter}{next(self._numbers):05}q"


def build(site: Site, lab: Lab, seed: int, people: int = 12, children: int = 26) -> World:
    """`people` and `children` of each of three organisations."""
    random = Random(seed)
    world = World(site, lab, random, Model(lab, site.clock.today()))
    _units(world)
    for organisation in world.organisations:
        _records(world, organisation, children)
    for organisation in world.organisations:
        _people(world, organisation, people)
    _wire(world)
    world.model.forget()
    return world


def _create(world: World, organisation: Any, address: str, raws: list[dict[str, Any]]) -> list[Any]:
    sent = [{k: _json(v) for k, v in raw.items()} for raw in raws]
    return [r.id for r in world.site.write(system(organisation), lambda u: records.create_many(u, address, sent))]


def _json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        return {k: _json(v) for k, v in value.items()}
    return [_json(v) for v in value] if isinstance(value, list) else str(value)


# -- units ------------------------------------------------------------------------------------------------------------


def _units(world: World) -> None:
    """A region with two schools, one of them below a district, each with departments of varied depth; one more unit
    stands aside in the region."""
    region = _unit(world, None, None)
    district = _unit(world, region, region)
    world.organisations = [region, _unit(world, region, None), _unit(world, district, None)]
    _unit(world, region, region)
    for school in world.organisations[1:]:
        for _ in range(world.random.randint(2, 3)):
            here = _unit(world, school, school)
            for _ in range(world.random.randint(0, 2)):
                below = _unit(world, here, school)
                if world.random.random() < 0.4:
                    _unit(world, below, school)


def _unit(world: World, parent: Any, organisation: Any) -> Any:
    code = world.token("u")
    raw = {
        "code": code,
        "name": {"kk": code, "ru": code},
        "kind": "school" if organisation is None else "department",
        "legal": organisation is None,
        "parent": parent,
    }
    (id,) = _create(world, organisation, "system.unit", [raw])
    world.model.units[id] = {"parent": parent, "organisation": organisation or id, "head": None}
    return id


def units_of(world: World, organisation: Any) -> list[Any]:
    return [u for u, unit in world.model.units.items() if unit["organisation"] == organisation]


# -- records ----------------------------------------------------------------------------------------------------------


def _records(world: World, organisation: Any, many: int) -> None:
    random = world.random
    world.persons[organisation] = _create(
        world, organisation, "system.person", [{"last_name": world.token("p"), "first_name": "А"} for _ in range(8)]
    )
    for unit in units_of(world, organisation):
        if random.random() < 0.7:
            head = random.choice(world.persons[organisation])
            stored = world.site.read(system(organisation), lambda v, unit=unit: records.read(v, "system.unit", unit))
            world.site.write(
                system(organisation),
                lambda u, s=stored, h=head: records.edit(u, "system.unit", s.id, {"head": str(h)}, s.version),
            )
            world.model.units[unit]["head"] = head
    add(world, organisation, "lab.klass", 4)
    for parent in list(mine(world, organisation, "lab.klass"))[:3]:
        add(world, organisation, "lab.klass", 1, parent=parent)
    add(world, organisation, "lab.child", many)
    add(world, organisation, "lab.visit", many)
    add(world, organisation, "lab.act", many // 2)
    children = mine(world, organisation, "lab.child")
    for child in random.sample(children, len(children) // 2):
        add(world, organisation, "lab.review", 1, child=child)
    (setup,) = _create(world, organisation, "lab.setup", [{"greeting": "g", "secret": "s"}])
    world.model.records["lab.setup"][setup] = {
        "id": setup,
        "organisation": organisation,
        "archived": False,
        "created_by": None,
        "greeting": "g",
        "secret": "s",
    }
    _files(world, organisation)
    _lives(world, organisation)


def mine(world: World, organisation: Any, address: str) -> list[Any]:
    return [id for id, r in world.model.records[address].items() if r["organisation"] == organisation]


def values(world: World, organisation: Any, address: str) -> dict[str, Any]:
    """Values of a new record, often empty."""
    random = world.random

    def some(*values: Any, empty: float = 0.2) -> Any:
        return None if random.random() < empty or not values else random.choice(values)

    people, units = world.persons[organisation], units_of(world, organisation)
    children, klasses = mine(world, organisation, "lab.child"), mine(world, organisation, "lab.klass")
    match address:
        case "lab.klass":
            return {"name": world.token("k"), "teacher": some(*people), "place": some(*units), "parent": None}
        case "lab.child":
            marks = [{"subject": world.token("m"), "points": some(1, 2, 3, 4, 5)} for _ in range(random.randint(0, 2))]
            return {
                "name": world.token("n"),
                "place": some(*units),
                "klass": some(*klasses),
                "keeper": some(*people),
                "stage": random.choice(("open", "shut")),
                "score": some(*range(10)),
                "note": world.token("t"),
                "health": world.token("h"),
                "photo": None,
                "paper": None,
                "marks": marks,
            }
        case "lab.visit":
            return {
                "child": some(*children, empty=0.1),
                "note": world.token("v"),
                "cost": some(*_sums()),
                "code": world.token("c"),
            }
        case "lab.act":
            return {
                "child": some(*children),
                "place": some(*units),
                "sum": some(*_sums()),
                "note": world.token("a"),
                "date": world.model.today,
            }
        case "lab.review":
            return {"child": random.choice(children), "spring": some(1, 2, 3, 4), "autumn": some(1, 2, 3, 4)}
    raise KeyError(address)


def _sums() -> list[Decimal]:
    return [Decimal(n) for n in (10, 30, 45, 55, 70, 90)]


def add(world: World, organisation: Any, address: str, many: int, **given: Any) -> list[Any]:
    """New records of the system, in the engine and in the model."""
    made = [{**values(world, organisation, address), **given} for _ in range(many)]
    ids = _create(world, organisation, address, made)
    for id, one in zip(ids, made, strict=True):
        world.model.records[address][id] = {
            **one,
            "id": id,
            "organisation": organisation,
            "archived": False,
            "created_by": None,
            "state": "draft",
        }
        world.changed[id] = [(None, {k for k, v in one.items() if v not in (None, [])})]
    return ids


def _files(world: World, organisation: Any) -> None:
    from PIL import Image

    who = system(organisation)
    for child in world.random.sample(mine(world, organisation, "lab.child"), 6):
        for key in ("photo", "paper"):
            data = io.BytesIO()
            Image.new("RGB", (24, 24), tuple(world.random.randrange(256) for _ in range(3))).save(data, "PNG")
            data.seek(0)
            file = take_file(world.site, who, "lab.child", key, data, f"{world.token('f')}.png").id
            edit(world, who, "lab.child", child, {key: str(file)})
            world.files[child, key] = file
            world.model.records["lab.child"][child][key] = file


def edit(world: World, who: Actor, address: str, id: Any, raw: dict[str, Any]) -> None:
    """A change that stays. Raises what the engine raises."""
    version = world.site.read(system(who.organisation_id), lambda v: records.read(v, address, id)).version
    world.site.write(who, lambda u: records.edit(u, address, id, raw, version))
    world.changed[id].append((who.user_id, set(raw)))


def _lives(world: World, organisation: Any) -> None:
    """Some records go to the archive, some documents are posted, most are looked at once more."""
    random, model, who = world.random, world.model, system(organisation)
    for address in FIELDS:
        for id in mine(world, organisation, address):
            record = model.records[address][id]
            stored = world.site.read(who, lambda v, a=address, i=id: records.read(v, a, i))
            if address == "lab.act" and random.random() < 0.5:
                world.site.write(who, lambda u, s=stored: records.post(u, "lab.act", s.id, s.version))
                record["state"] = "posted"
            elif random.random() < 0.12:
                world.site.write(who, lambda u, a=address, s=stored: records.archive(u, a, s.id, s.version))
                record["archived"] = True
            elif address == "lab.child" and random.random() < 0.5:
                record["note"], record["health"] = world.token("t"), world.token("h")
                edit(world, who, address, id, {"note": record["note"], "health": record["health"]})


# -- people -----------------------------------------------------------------------------------------------------------


ALIKE = 3
"""People of each organisation who hold the same single role: what is worked out for one of them serves the others."""


def _people(world: World, organisation: Any, many: int) -> None:
    for _ in range(many - ALIKE):
        person(world, organisation)
    # A role whose rule asks who the person is: to these people the same list shows different records.
    asking = Counter(r.role for rights in world.lab.rights.values() for r in rights if "actor" in r.rule)
    (most, _), *_ = asking.most_common()
    for _ in range(ALIKE):
        person(world, organisation, most)


def person(world: World, organisation: Any, *only: str) -> Any:
    """A user with a few roles, wholly or in units, for ever or for days; or with `only` these."""
    random, model, day = world.random, world.model, world.model.today
    units = units_of(world, organisation)
    roles: list[tuple[str, Any, Any, Any]] = [(BASE, None, None, None)]
    roles += [(role, None, None, None) for role in only]
    for _ in range(0 if only else random.choice((0, 1, 1, 2, 2, 3))):
        unit = random.choice(units) if random.random() < 0.5 else None
        since, until = random.choice(
            (
                (None, None),
                (None, None),
                (day, day),
                (day - timedelta(9), day - timedelta(1)),
                (day + timedelta(1), None),
                (day - timedelta(5), day + timedelta(5)),
            )
        )
        roles.append((random.choice(ROLES), unit, since, until))
    active, login = bool(only) or random.random() > 0.06, world.token("w")
    human = random.choice(world.persons[organisation]) if random.random() < 0.85 else None
    rows = [{"role": r, "unit": u, "since": s, "until": e} for r, u, s, e in roles]
    (id,) = _create(
        world,
        organisation,
        "system.user",
        [{"login": login, "active": True, "person": human, "roles": [{k: v for k, v in r.items() if v} for r in rows]}],
    )
    if not active:
        table = tables_of(world.site.catalog).of("system.user")
        _execute(world, sa.update(table).where(table.c.id == id).values(active=False))
    # A role that says no day is held from the day it was given.
    model.people[id] = Person(id, organisation, human, [(r, u, s or day, e) for r, u, s, e in roles], active)
    if active and (len(world.keys) < 9 or random.random() < 0.3):
        world.keys[id] = create_key(world.site, login, "tests")
    return id


def _execute(world: World, statement: Any) -> None:
    with world.site.database.writing() as connection:
        connection.execute(statement)


def _wire(world: World) -> None:
    """What needs people: groups, substitutions, who made what, what they said, opened and changed."""
    random, model, day = world.random, world.model, world.model.today
    for organisation in world.organisations:
        people = [u for u, p in model.people.items() if p.organisation == organisation]
        active = [u for u in people if model.people[u].active]
        for _ in range(3):
            _group(world, organisation, active)
        for n in range(8):
            absent, substitute = random.sample(active, 2)
            if n < 2:  # somebody whose records are "my own" by a rule; the second leaves the school, see below
                absent, substitute = active[-1 - n], random.choice(active[:-ALIKE])
            since, until = random.choice(
                ((day, day + timedelta(n)),)
                if n < 2
                else (
                    (day, day),
                    (day - timedelta(3), day + timedelta(3)),
                    (day - timedelta(9), day - timedelta(1)),
                    (day + timedelta(1), day + timedelta(4)),
                )
            )
            (id,) = _create(
                world,
                organisation,
                "system.substitution",
                [{"absent": absent, "substitute": substitute, "since": since, "until": until}],
            )
            archived = n > 1 and random.random() < 0.2
            model.substitutions.append(Substitution(absent, substitute, since, until, archived))
            if archived:
                _archive(world, organisation, "system.substitution", id)
        gone = active[-2]
        table = tables_of(world.site.catalog).of("system.user")
        _execute(world, sa.update(table).where(table.c.id == gone).values(active=False))
        model.people[gone].active = False
        _made_by(world, organisation, people)
        _said(world, organisation, active)
        _opened(world, organisation, active)


def _archive(world: World, organisation: Any, address: str, id: Any) -> None:
    world.site.write(system(organisation), lambda u: records.archive(u, address, id, 1))


def _group(world: World, organisation: Any, people: list[Any]) -> None:
    random, day = world.random, world.model.today
    units = units_of(world, organisation)
    roles = [
        (random.choice(ROLES), random.choice(units) if random.random() < 0.5 else None)
        for _ in range(random.randint(1, 2))
    ]
    members = [
        (
            u,
            *random.choice(
                ((day, None), (day, day), (day - timedelta(4), day - timedelta(1)), (day + timedelta(2), None))
            ),
        )
        for u in random.sample(people, min(5, len(people)))
    ]
    (id,) = _create(
        world,
        organisation,
        "system.user_group",
        [
            {
                "name": world.token("g"),
                "roles": [{"role": r, **({"unit": u} if u else {})} for r, u in roles],
                "members": [{"user": u, "since": s, **({"until": e} if e else {})} for u, s, e in members],
            }
        ],
    )
    archived = random.random() < 0.3
    world.model.groups.append(Group(organisation, roles, members, archived))
    if archived:
        _archive(world, organisation, "system.user_group", id)


def _made_by(world: World, organisation: Any, people: list[Any]) -> None:
    """Some records are made by people, as the table says it: whoever made them need not hold a right today."""
    for address in FIELDS:
        table = tables_of(world.site.catalog).of(address)
        for id in mine(world, organisation, address):
            if world.random.random() < 0.5:
                user = world.random.choice(people)
                _execute(world, sa.update(table).where(table.c.id == id).values(created_by_id=user))
                world.model.records[address][id]["created_by"] = user


def _said(world: World, organisation: Any, people: list[Any]) -> None:
    for id in world.random.sample(mine(world, organisation, "lab.child"), 6):
        text = world.token("s")
        _execute(
            world,
            sa.insert(COMMENT).values(
                id=new_id(),
                entity="lab.child",
                record_id=id,
                organisation_id=organisation,
                author_id=world.random.choice(people),
                at=world.site.clock.now(),
                text=text,
            ),
        )
        world.comments.setdefault(id, []).append(text)


def _opened(world: World, organisation: Any, people: list[Any]) -> None:
    """Records that people opened or changed while they could; today they may not see them any more."""
    for user in people:
        for address in world.random.sample(list(FIELDS), 3):
            for id in world.random.sample(mine(world, organisation, address), 3):
                moment = world.site.clock.now()
                _execute(
                    world,
                    sa.insert(PLACE).values(
                        user_id=user, entity=address, record_id=id, visited_at=moment, starred_at=moment
                    ),
                )
                world.visited.setdefault(user, []).append((address, id))
    for user in world.random.sample(people, min(5, len(people))):
        actor = world.actor(user)
        for id in world.random.sample(mine(world, organisation, "lab.child"), 4):
            note = world.token("t")
            with suppress(Refusal):
                edit(world, actor, "lab.child", id, {"note": note})
                world.model.records["lab.child"][id]["note"] = note
                world.edited.setdefault(user, []).append(("lab.child", id))


__all__ = ["Row", "Undone", "World", "add", "build", "files", "mine", "units_of", "values"]
