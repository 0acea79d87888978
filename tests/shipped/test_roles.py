"""Every role can what its entities grant, and cannot what they do not: each verb is tried and taken back."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from engine.services import records
from engine.services.access import can, readable, writable
from engine.services.registries import Query, listing
from tests.shipped.conftest import CATALOG, ENTITIES, ROLES

LIVES = {
    "read": "live",
    "edit": "live",
    "archive": "live",
    "copy": "live",
    "history": "live",
    "restore": "archived",
    "post": "live",
    "annul": "live",
    "reverse": "posted",
}
"""Which of an entity's samples a verb is tried on."""


class Undone(Exception):
    """Takes a trial back."""


@pytest.fixture(scope="session")
def lives(school):
    """(address, life) -> a stored record that leads this life; None where the entity does not know it."""
    made: dict[tuple[str, str], object] = {}

    def find(address, life):
        if (address, life) not in made:
            made[address, life] = live(school, address, life)
        return made[address, life]

    return find


def live(school, address, life):
    """One record in the life that is asked for; None where the entity does not know it."""
    sample = school.sampler.record(address)
    if life == "live":
        return sample
    if life == "posted" and not school.site.catalog.entity(address).is_document:
        return None
    raw, verb = school.sampler.another(address), records.archive if life == "archived" else records.post
    made = school.site.write(school.system, lambda uow: records.create(uow, address, raw))
    return school.site.write(school.system, lambda uow: verb(uow, address, made.id, made.version))


def tried(school, who, verb, entity, record):
    """What happens when `who` tries the verb: `done`, or the refusal. Nothing is left of it."""
    address = entity.address
    raw = school.sampler.another(address) if verb == "create" else {}

    def work(uow):
        nonlocal raw
        if verb == "create":
            raw = {k: v for k, v in raw.items() if k in writable(uow.catalog, who, entity, "create")}
            records.create(uow, address, raw)
        elif verb == "edit":
            records.edit(uow, address, record.id, {}, record.version)
        elif verb == "copy":
            records.copy(uow, address, record.id)
        else:
            getattr(records, verb)(uow, address, record.id, record.version)
        raise Undone

    try:
        if verb == "read":
            school.site.read(who, lambda view: records.read(view, address, record.id))
            school.site.read(who, lambda view: listing(view, address, Query(limit=5, count=True)))
        elif verb == "history":
            school.site.read(who, lambda view: records.history(view, address, record.id))
        else:
            school.site.write(who, work)
    except Undone:
        return "done"
    except Refusal as refusal:
        return refusal
    return "done"


@pytest.mark.parametrize("address", ENTITIES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_and_cannot(school, lives, role, address):
    entity, who = school.site.catalog.entity(address), school.people[role]
    grant = entity.access.get(role)
    for verb in ("create", *LIVES):
        granted = grant is not None and verb in grant.can
        if entity.scope == "shared" and verb not in ("read", "history") and role != "administrator":
            granted = False
        assert can(school.site.catalog, who, entity, verb) == granted, verb
        record = None if verb == "create" else lives(address, LIVES[verb])
        if verb != "create" and record is None:
            continue
        outcome = tried(school, who, verb, entity, record)
        if not granted:
            assert isinstance(outcome, NotAllowed | NotFound), f"{role} must not {verb}: {outcome!r}"
        elif grant.where is not None:
            # Who sees some records only may not see the sample that this one links to.
            unseen = isinstance(outcome, Invalid) and {p.code for p in outcome.problems} == {"link.not-found"}
            held_back = unseen or isinstance(outcome, NotAllowed | NotFound)
            assert outcome == "done" or held_back, f"{role} {verb}: {outcome!r}"
        elif isinstance(outcome, Invalid):
            # A sample of its own stands there already, or a copy must differ: the right was there.
            assert verb in ("create", "copy", "post"), f"{role} {verb}: {outcome!r}"
            assert {p.code.split(".")[0] for p in outcome.problems} <= {"unique"}, f"{role} {verb}: {outcome!r}"
        elif isinstance(outcome, NotAllowed):
            # The right was there; which roles it may touch is held by tests/services/test_granting.py.
            assert {p.code for p in outcome.problems} <= {"role.not-yours", "account.not-yours"}, f"{role} {verb}"
        elif isinstance(outcome, Conflict):
            assert not entity.is_document and verb in ("post", "annul"), f"{role} {verb}: {outcome!r}"
        else:
            assert outcome == "done", f"{role} {verb}: {outcome!r}"


@pytest.mark.parametrize("address", ENTITIES)
def test_whoever_may_create_may_fill_in_what_is_required(address):
    """A role that makes records must be able to write every value without which there is none."""
    from engine.services.actor import Actor

    entity = CATALOG.entity(address)
    for role, grant in entity.access.items():
        who = Actor("user", roles=frozenset({role}))
        if "create" not in grant.can or not can(CATALOG, who, entity, "create"):
            continue
        required = {f.key for f in entity.input_fields if f.required and f.default is None}
        assert required <= writable(CATALOG, who, entity, "create"), f"{role} cannot fill in {address}"


@pytest.mark.parametrize("address", ENTITIES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_the_fields_that_it_is_given_and_no_others(school, role, address):
    entity, who = school.site.catalog.entity(address), school.people[role]
    record = school.sampler.record(address)
    try:
        seen = school.site.read(who, lambda view: records.read(view, address, record.id))
    except NotFound:
        assert (
            role not in entity.access or entity.access[role].where is not None or "read" not in entity.access[role].can
        )
        return
    allowed = readable(school.site.catalog, who, entity) | {"id", "version"}
    assert {k.lstrip("@") for k in seen.values} - {""} <= allowed
    if entity.access[role].read is not None:
        ungiven = {f.key for f in entity.fields.values() if not f.builtin} - set(entity.access[role].read)
        assert not ungiven & set(seen.values)
    assert seen.writable <= writable(school.site.catalog, who, entity)
