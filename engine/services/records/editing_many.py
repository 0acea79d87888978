"""Edit as a work on sets: what each record would become is weighed first, then all are written by a few statements.

`edit` is this with one record, so a change of one and a change of thousands obey the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.errors import Conflict, Invalid, NotFound, Problem, Refusal, Stale
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity
from engine.services.access.grants import can, writable
from engine.services.lookups import Lookups
from engine.services.records.judging import judge, outside, problems_of, refuse_verb, rights_to
from engine.services.records.reading import NO_SUCH, as_seen, editable, entity_at, load
from engine.services.records.saving import STALE, save_many, seen
from engine.services.records.twins import Twins
from engine.services.validation import Draft, parse

LOCKED = N_("A posted document cannot be changed: reverse it instead")
IN_ARCHIVE = N_("The record is in the archive: restore it first")
TWICE = N_("This record is among the changes twice")
TOO_MANY = N_("Change at most %(most)s records at once")
MOST = 10_000
"""Records of one action: they are changed in one transaction, and all of them are held in memory."""

Edit = tuple[Any, Any, Any]
"""The id of a record, the version that was seen (None: whichever it has), raw values as JSON says them - or a function
that makes them of the record as it is stored."""


@dataclass
class Weighed:
    """One record on its way: what it would become, or the refusal that says why it may not."""

    id: UUID | None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with the values alone, while they are still being judged."""
    draft: Draft | None = None
    refusal: Refusal | None = None

    @property
    def changes(self) -> bool:
        """True when saving it would change something."""
        if self.refusal or self.before is None or self.after is None:
            return False
        return any(self.before.get(k) != v for k, v in self.after.items() if not k.startswith("@"))


@dataclass(frozen=True)
class Done:
    """A record after the action. `changed` is False when it was so already."""

    id: UUID
    version: int
    changed: bool


def edit_many(uow, address: str, edits: Sequence[Edit]) -> list[Done]:
    """All records with their changes, or none.

    Raises the refusal of the records concerned, each problem under `[n]` of its place in `edits` (no prefix for a
    single one): NotFound, NotAllowed, Stale, Conflict (posted, archived) when all of them say the same, else Invalid;
    `details["refusals"]` has them by place. Statements: a few, however many records there are.
    """
    entity = entity_at(uow, address)
    weighed = weigh_edits(uow, address, edits)
    refuse_any(weighed)
    save_many(uow, entity, [(w.before, w.after) for w in weighed], "edit")
    return done(weighed)


def weigh_edits(
    view, address: str, edits: Sequence[Edit], *, details: bool = False, lookups: Lookups | None = None
) -> list[Weighed]:
    """What each of the records would become, or why it may not: nothing is written.

    Raw values may be a function of the stored record. `details`: the refusal of a stale record also holds what it is
    now, as the actor may see it. `lookups`: records that links may lead to although they are not stored yet.
    """
    entity = entity_at(view, address)
    weighed = find_each(view, entity, [(id, version) for id, version, _ in edits], "edit", details)
    allowed = writable(view.catalog, view.actor, entity, "edit")
    for w, (_, version, raw) in zip(weighed, edits, strict=True):
        if w.before is None:
            continue
        sent = raw(w.before) if callable(raw) else raw
        w.given, w.problems = parse(view.catalog, entity, sent, allowed)
        w.refusal = w.refusal or _stale(view, entity, w, version, details) or _closed(entity, w, allowed)
    live = [w for w in weighed if w.refusal is None]
    if not live:
        return weighed
    lookups = Lookups() if lookups is None else lookups
    drafts = judge(view, entity, [w.given for w in live], [w.before for w in live], lookups)
    rights = rights_to(view, entity, [d.values for d in drafts], "edit")
    for w, draft, written in zip(live, drafts, rights, strict=True):
        w.draft, w.after = draft, draft.values
        said = {p.path for p in w.problems}
        found = [*w.problems, *(p for p in problems_of(view, draft, lookups) if p.path not in said or not p.path)]
        if found:
            w.refusal = Invalid(found, drafts=[draft])
        elif written is None:
            w.refusal = outside()
        elif any(k not in written and draft.values.get(k) != w.before.get(k) for k in w.given):
            w.refusal = refuse_verb(view, entity, "edit")
    if len(edits) > 1 or not hasattr(view, "see_revision"):  # a single save learns it from the database
        refuse_twins_among(view, entity, weighed, Invalid)
    return weighed


def refuse_twins_among(view, entity: Entity, weighed: Sequence[Weighed], kind: type[Refusal]) -> None:
    """Refuse the records whose unique values another one has, be it among these or not."""
    good = [w for w in weighed if w.refusal is None and w.before is not None]
    twins = Twins(view, entity, twice=None)
    for w, clashes in zip(good, twins.judge([w.after for w in good], range(len(good))), strict=True):
        if clashes:
            w.refusal = kind(clashes)


def find_each(
    view, entity: Entity, wanted: Sequence[tuple[Any, Any]], verb: str, details: bool = False
) -> list[Weighed]:
    """The stored records among `wanted`, (id, version) each; a refusal for one that is not there for this verb."""
    if len(wanted) > MOST:
        raise Invalid([Problem("records.too-many", TOO_MANY, params={"most": MOST})])
    weighed, ids = [], set()
    for id, _ in wanted:
        w = Weighed(id if isinstance(id, UUID) else parse_id(id))
        if w.id is not None and w.id in ids:
            w.refusal = Invalid([Problem("record.twice", TWICE)])
        ids.add(w.id)
        weighed.append(w)
    ids.discard(None)
    writing = hasattr(view, "see_revision")
    held = can(view.catalog, view.actor, entity, verb)
    found = {r["id"]: r for r in load(view, entity, list(ids), verb, revision=writing)} if held and ids else {}
    missing = [id for id in ids if id not in found]
    read = {r["id"] for r in load(view, entity, missing, "read", revision=writing)} if missing else set()
    for w in weighed:
        if w.refusal is None and w.id in found:
            w.before = found[w.id]
        elif w.refusal is None:
            w.refusal = refuse_verb(view, entity, verb) if w.id in read else NotFound([NO_SUCH])
    return weighed


def _stale(view, entity: Entity, w: Weighed, version: Any, details: bool) -> Refusal | None:
    if version is None or seen(version) == w.before["version"]:
        return None
    told = {"current": as_seen(view, entity, w.before), "yours": dict(w.given)} if details else {}
    return Stale([Problem("record.stale", STALE)], **told)


def _closed(entity: Entity, w: Weighed, allowed: frozenset[str]) -> Refusal | None:
    """Why the record's life does not let these values in; a value sent as it is stored is set aside instead."""
    if w.before.get("archived_at") is not None:
        return Conflict([Problem("record.archived", IN_ARCHIVE)])
    open_fields = editable(entity, w.before, allowed)
    w.given = {k: v for k, v in w.given.items() if k in open_fields or v != w.before.get(k)}
    locked = [k for k in w.given if k not in open_fields]
    return Conflict([Problem("record.posted", LOCKED, k) for k in locked]) if locked else None


def refuse_any(weighed: Sequence[Weighed]) -> None:
    """Raise what is wrong with any of the records, all of it at once; see `edit_many`."""
    wrong = {n: w.refusal for n, w in enumerate(weighed) if w.refusal is not None}
    if not wrong:
        return
    if len(weighed) == 1:
        raise wrong[0]
    told = {n: refusal.problems or (Problem(refusal.code, refusal.title),) for n, refusal in wrong.items()}
    problems = [problem.at(f"[{n}]") for n, found in told.items() for problem in found]
    kinds = {type(refusal) for refusal in wrong.values()}
    raise (kinds.pop() if len(kinds) == 1 else Invalid)(problems, refusals=wrong)


def done(weighed: Sequence[Weighed]) -> list[Done]:
    """What was saved: `save_many` has moved the versions of the records that changed."""
    return [Done(w.id, w.after["version"], w.after["version"] != w.before["version"]) for w in weighed]
