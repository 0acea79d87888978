"""Actions on many records at once: picked one by one, or everything that a list's filter leaves.

A filter is judged again here, with the rights of whoever acts: what a page claims to match is never believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.errors import Invalid, NotFound, Problem, Refusal
from engine.language import N_
from engine.services.access.grants import can
from engine.services.jobs import defer
from engine.services.records.editing_many import MOST, TOO_MANY, Weighed, refuse_any, weigh_edits
from engine.services.records.judging import refuse_verb
from engine.services.records.life_many import carry_out, weigh_acts
from engine.services.records.reading import NO_SUCH, entity_at
from engine.services.records.saving import save_many
from engine.services.registries.columns import Columns
from engine.services.registries.cursor import ordering
from engine.services.registries.listing import conditions_of
from engine.services.registries.page_plan import page_plan
from engine.services.registries.query import Query
from engine.services.sentences import refusal_kept

AT_ONCE = 500
"""Records changed while the person waits; more are changed in the background."""
JOB = "records.bulk"
TITLES = {
    "edit": N_("Changing %(count)s records: %(title)s"), "archive": N_("Archiving %(count)s records: %(title)s"),
    "restore": N_("Restoring %(count)s records: %(title)s"), "post": N_("Posting %(count)s records: %(title)s"),
}
"""What a job is called, by its verb."""
DONE = N_("Changed: %(done)s, already so: %(same)s, left as they were: %(left)s")
MOST_TOLD = 100
"""Records that stay as they were and are named in the result of a job."""

Wanted = Sequence[tuple[Any, Any]]
"""(id, version that was seen or None) of each record."""


@dataclass
class Outcome:
    done: int = 0
    """Records that changed."""
    same: int = 0
    """Records that were so already."""
    left: list[tuple[UUID | None, Refusal]] = field(default_factory=list)
    """Records that could not be changed and stay as they were."""


def matching(view, address: str, query: Query) -> list[UUID]:
    """The ids of all records that the query leaves to the actor, in its order. Raises as `listing`, and Invalid when
    they are more than one action takes."""
    entity = view.catalog.entities.get(address)
    if entity is None:
        raise NotFound([NO_SUCH])
    if not can(view.catalog, view.actor, entity, "read"):
        raise refuse_verb(view, entity, "read")
    plan = page_plan(view, entity, Query(fields=("id",), sort=query.sort, shown=False))
    columns = Columns(view, entity, plan.source.on(plan.statement.fork(view)))
    statement = plan.query.where(*conditions_of(view, columns, query)).order_by(*ordering(plan.keys)).limit(MOST + 1)
    read = plan.reader(view)
    ids = [read(row)["id"] for row in view.select(statement)]
    if len(ids) > MOST:
        raise Invalid([Problem("records.too-many", TOO_MANY, params={"most": MOST})])
    return ids


def weigh(view, address: str, verb: str, wanted: Wanted, raw: Mapping[str, Any] | None = None) -> list[Weighed]:
    """What the action would make of each record; nothing is written. `raw`: the values that an edit sets."""
    if verb == "edit":
        return weigh_edits(view, address, [(id, version, raw or {}) for id, version in wanted])
    return weigh_acts(view, address, verb, wanted)


def act(
    uow, address: str, verb: str, wanted: Wanted, raw: Mapping[str, Any] | None = None, skip: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Do it to all of them or to none. `skip`: those that cannot be changed are left out instead, and told.

    Raises as `edit_many` does, each problem under `[n]` of the record's place in `wanted`.
    """
    entity, outcome = entity_at(uow, address), Outcome()
    every: list[Weighed] = []
    for start in range(0, len(wanted), AT_ONCE):
        part = weigh(uow, address, verb, wanted[start : start + AT_ONCE], raw)
        every += part
        good = [w for w in part if w.refusal is None]
        outcome.left += [(w.id, w.refusal) for w in part if w.refusal is not None]
        if outcome.left and not skip:
            continue  # the others are still weighed, so that everything wrong is told at once
        if verb == "edit":
            save_many(uow, entity, [(w.before, w.after) for w in good], "edit")
        else:
            carry_out(uow, entity, verb, good)
        changed = sum(w.after["version"] != w.before["version"] for w in good)
        outcome.done, outcome.same = outcome.done + changed, outcome.same + len(good) - changed
        if progress is not None:
            progress(start + len(part))
    if not skip:
        refuse_any(every)
    return outcome


def leave(uow, address: str, verb: str, wanted: Wanted, raw: Mapping[str, Any] | None, skip: bool, back: str) -> UUID:
    """The id of a job that does it in the background. `back`: where the result leads."""
    entity = entity_at(uow, address)
    if not can(uow.catalog, uow.actor, entity, verb):
        raise refuse_verb(uow, entity, verb)
    title = (TITLES[verb], {"count": len(wanted), "title": entity.plural})
    sent = [[str(id), version] for id, version in wanted]
    arguments = {"entity": address, "verb": verb, "wanted": sent, "raw": dict(raw or {}), "skip": skip, "back": back}
    return defer(uow, JOB, arguments, title=title)


def perform(run: Any) -> None:
    """The handler of the job: the whole action in one transaction, so that it is done once or not at all."""
    told = run.arguments
    address, verb, raw = told["entity"], told["verb"], told["raw"]
    wanted = [(id, version) for id, version in told["wanted"]]

    def rehearse(view: Any) -> None:
        """Tells how far it is, and everything that is wrong before anything is locked."""
        every: list[Weighed] = []
        for start in range(0, len(wanted), AT_ONCE):
            run.progress(start, len(wanted))
            every += weigh(view, address, verb, wanted[start : start + AT_ONCE], raw)
        if not told["skip"]:
            refuse_any(every)

    def work(uow: Any) -> None:
        # On SQLite a write transaction is alone, so that even a sign of life would wait for it.
        alone = uow.connection.dialect.name == "sqlite"
        outcome = act(uow, address, verb, wanted, raw, told["skip"], None if alone else tick)
        left = [[str(id), refusal_kept(refusal)] for id, refusal in outcome.left[:MOST_TOLD]]
        run.finish(uow, {"url": f"{told['back']}/job%20{run.id}", "left": left, "left_count": len(outcome.left)},
                   said=(DONE, {"done": outcome.done, "same": outcome.same, "left": len(outcome.left)}))

    def tick(done: int) -> None:
        run.progress(done, len(wanted))

    run.read(rehearse)
    run.write(work)
