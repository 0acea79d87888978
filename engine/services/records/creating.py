"""Create: one record is many of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import Conflict, Invalid, Problem
from engine.ids import new_id
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can, writable
from engine.services.lookups import Lookups
from engine.services.records.clashes import ONCE
from engine.services.records.judging import judge, outside, problems_of, refuse_verb, rights_to
from engine.services.records.life import post
from engine.services.records.reading import Record, as_seen, entity_at, read_settings
from engine.services.records.saving import write_new
from engine.services.validation import Draft, parse

MOST = 10_000
NO_ORGANISATION = N_("You belong to no organisation, so there is nowhere to keep this record")


def create(uow, address: str, raw: Mapping[str, Any], **options: Any) -> Record:
    """One new record, as the actor sees it. Raises Invalid, NotAllowed."""
    return create_many(uow, address, [raw], **options)[0]


def create_many(uow, address: str, raws: Sequence[Mapping[str, Any]], *, then: str | None = None) -> list[Record]:
    """New records, all or none. `then="post"` posts documents at once.

    Problems of several records stand under `[n]` of their place in `raws`.
    """
    entity = entity_at(uow, address)
    if not can(uow.catalog, uow.actor, entity, "create"):
        raise refuse_verb(uow, entity, "create")
    if len(raws) > MOST:
        raise Invalid([Problem("records.too-many", N_("Send at most %(most)s records at once"), params={"most": MOST})])
    if entity.kind == "settings" and (len(raws) > 1 or read_settings(uow, address) is not None):
        raise Conflict([Problem("settings.once", ONCE)])
    allowed = writable(uow.catalog, uow.actor, entity, "create")
    givens, problems = [], []
    for n, raw in enumerate(raws):
        values, wrong = parse(uow.catalog, entity, raw, allowed)
        givens.append(values)
        problems += [_at(p, n, raws) for p in wrong]
    lookups = Lookups()
    drafts = judge(uow, entity, givens, [None] * len(givens), lookups)
    for n, draft in enumerate(drafts):
        said = {p.path for p in problems}
        problems += [
            p for p in (_at(q, n, raws) for q in problems_of(uow, draft, lookups)) if p.path not in said or not p.path
        ]
    if problems:
        raise Invalid(problems, drafts=drafts)
    records = [_stamp(uow, entity, draft) for draft in drafts]
    for draft, written in zip(drafts, rights_to(uow, entity, records, "create"), strict=True):
        if written is None:
            raise outside()
        if draft.given - written:
            raise refuse_verb(uow, entity, "create")
    write_new(uow, entity, records)
    if then == "post":
        return [post(uow, address, r["id"], r["version"]) for r in records]
    return [as_seen(uow, entity, r) for r in records]


def _at(problem: Problem, n: int, raws: Sequence[Any]) -> Problem:
    return problem if len(raws) == 1 else problem.at(f"[{n}]")


def _stamp(uow, entity: Entity, draft: Draft) -> dict[str, Any]:
    """The built-in values of a new record."""
    values = draft.values
    values["id"] = new_id()
    values.update(
        version=1,
        created_at=uow.now,
        updated_at=uow.now,
        archived_at=None,
        created_by=uow.actor.user_id,
        updated_by=uow.actor.user_id,
    )
    if "organisation" in entity.fields:
        values["organisation"] = organisation_of(uow, entity, values)
        if values["organisation"] is None:
            raise Invalid([Problem("record.organisation", NO_ORGANISATION)])
    if entity.is_document:
        values.update(number=None, state="draft", posted_at=None, reverses=values.get("reverses"))
    return values


def organisation_of(uow, entity: Entity, values: Mapping[str, Any]) -> Any:
    """Whose record it is. A legal unit of the tree of organisations is its own."""
    link = entity.fields["organisation"]
    if link.kind.targets(link)[:1] == (entity.address,) and values.get("legal"):
        return values["id"]
    return uow.actor.organisation_id
