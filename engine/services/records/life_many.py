"""Verbs of a record's life on sets: archive, restore, annul, post. Each record is judged as by itself, all are written
by a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.errors import Conflict, Invalid, Problem, Stale
from engine.model import Entity
from engine.services.lookups import Lookups
from engine.services.numbering import assign
from engine.services.records.editing_many import Done, Weighed, done, find_each, refuse_any, refuse_twins_among
from engine.services.records.judging import judge, outside, problems_of, rights_to
from engine.services.records.life import LIFE, NOT_NOW, state_text
from engine.services.records.reading import entity_at, fits
from engine.services.records.saving import STALE, save_many, seen

VERBS = ("archive", "restore", "annul", "post")


def act_many(uow, address: str, verb: str, wanted: Sequence[tuple[Any, Any]]) -> list[Done]:
    """`verb` done to all records, (id, version or None) each, or to none. Raises as `edit_many` does."""
    weighed = weigh_acts(uow, address, verb, wanted)
    refuse_any(weighed)
    return carry_out(uow, entity_at(uow, address), verb, weighed)


def weigh_acts(view, address: str, verb: str, wanted: Sequence[tuple[Any, Any]]) -> list[Weighed]:
    """What `verb` would make of each record, or why it may not be done: nothing is written."""
    if verb not in VERBS:
        raise ValueError(f"{verb!r} is not done to several records at once")
    entity = entity_at(view, address)
    weighed = find_each(view, entity, wanted, verb)
    for w, (_, version) in zip(weighed, wanted, strict=True):
        if w.before is None or w.refusal is not None:
            continue
        if version is not None and seen(version) != w.before["version"]:
            w.refusal = Stale([Problem("record.stale", STALE)])
        elif not fits(entity, w.before, verb):
            state = state_text(view, entity, w.before)
            w.refusal = Conflict([Problem("record.state", NOT_NOW, params={"state": state})])
    if verb == "post":
        _judge(view, entity, weighed)
    for w in weighed:
        if w.refusal is None:
            w.after = {**(w.after or w.before), **_set(view, verb)}
    if verb == "restore":
        refuse_twins_among(view, entity, weighed, Conflict)
    elif verb == "post":
        refuse_twins_among(view, entity, weighed, Invalid)
    return weighed


def carry_out(uow, entity: Entity, verb: str, weighed: Sequence[Weighed]) -> list[Done]:
    """Write what was weighed and not refused."""
    good = [w for w in weighed if w.refusal is None]
    if verb == "post":
        after = [w.after for w in good]
        assign(uow, entity, after, "on registration")
        assign(uow, entity, after, "on posting")
    save_many(
        uow, entity, [(w.before, w.after) for w in good], verb, ("state",) if entity.is_document else (), LIFE
    )
    return done(good)


def _set(view, verb: str) -> dict[str, Any]:
    return {
        "archive": {"archived_at": view.now},
        "restore": {"archived_at": None},
        "annul": {"state": "annulled"},
        "post": {"state": "posted", "posted_at": view.now},
    }[verb]


def _judge(view, entity: Entity, weighed: Sequence[Weighed]) -> None:
    """A draft becomes a fact only when all is in order with it."""
    live = [w for w in weighed if w.refusal is None]
    if not live:
        return
    lookups = Lookups()
    drafts = judge(view, entity, [{}] * len(live), [w.before for w in live], lookups)
    rights = rights_to(view, entity, [d.values for d in drafts], "post")
    for w, draft, written in zip(live, drafts, rights, strict=True):
        w.draft, w.after = draft, draft.values
        found = problems_of(view, draft, lookups)
        if found:
            w.refusal = Invalid(found, drafts=[draft])
        elif written is None:
            w.refusal = outside()
