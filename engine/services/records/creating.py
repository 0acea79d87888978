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
from engine.services.records.editing_many import Weighed, refuse_any
from engine.services.records.judging import judge, outside, problems_of, refuse_verb, rights_to
from engine.services.records.life import post
from engine.services.records.reading import Record, each_as_seen, entity_at, read_settings
from engine.services.records.saving import write_new
from engine.services.records.twins import Twins
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
    weighed = weigh_new(uow, address, raws)
    if len(raws) > 1 and not any(w.refusal for w in weighed):
        refuse_doubles(Twins(uow, entity), weighed, range(1, len(weighed) + 1))
    refuse_any(weighed)
    records = [w.after for w in weighed]
    write_new(uow, entity, records)
    if then == "post":
        return [post(uow, address, r["id"], r["version"]) for r in records]
    return each_as_seen(uow, entity, records)


def weigh_new(
    view, address: str, raws: Sequence[Mapping[str, Any]], lookups: Lookups | None = None
) -> list[Weighed]:
    """What each of the new records would be, or why it may not: nothing is written.

    `lookups`: records that links may lead to although they are not stored yet. Statements: a few, however many
    records there are.
    """
    entity = entity_at(view, address)
    weighed = [Weighed(None) for _ in raws]
    if not can(view.catalog, view.actor, entity, "create"):
        for w in weighed:
            w.refusal = refuse_verb(view, entity, "create")
        return weighed
    allowed = writable(view.catalog, view.actor, entity, "create")
    for w, raw in zip(weighed, raws, strict=True):
        w.given, w.problems = parse(view.catalog, entity, raw, allowed)
    lookups = Lookups() if lookups is None else lookups
    drafts = judge(view, entity, [w.given for w in weighed], [None] * len(weighed), lookups)
    for w, draft in zip(weighed, drafts, strict=True):
        w.draft = draft
        said = {p.path for p in w.problems}
        found = [*w.problems, *(p for p in problems_of(view, draft, lookups) if p.path not in said or not p.path)]
        if found:
            w.refusal = Invalid(found)
    sound = [w for w in weighed if w.refusal is None]
    for w in sound:
        w.after = _stamp(view, entity, w.draft)
        w.id = w.after["id"]
    for w, written in zip(sound, rights_to(view, entity, [w.after for w in sound], "create"), strict=True):
        if written is None:
            w.refusal = outside()
        elif w.draft.given - written:
            w.refusal = refuse_verb(view, entity, "create")
    return weighed


def refuse_doubles(twins: Twins, weighed: Sequence[Weighed], places: Sequence[Any]) -> None:
    """Refuse those that would break a unique constraint; each with the sentence of that constraint."""
    records = [w.after if w.refusal is None else None for w in weighed]
    for w, problems in zip(weighed, twins.judge(records, places), strict=True):
        if problems:
            w.refusal = Invalid(problems)


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
