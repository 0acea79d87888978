"""Drivers of changes: each is tried in a transaction that is taken back. Only what rights cover is made and changed,
before and after."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from engine.errors import Refusal
from engine.services import comments, records
from engine.services.actor import system
from engine.services.records.copying import copied
from engine.services.records.reading import load_one
from engine.services.records.undoing import undo
from engine.services.registries.sets import act, weigh
from engine.services.unit_of_work import UnitOfWork
from tests.permissions.asking import Ask, drives
from tests.permissions.drive_cards import may, state
from tests.permissions.lab import INPUTS, TARGETS
from tests.permissions.model import Row
from tests.permissions.world import _json, values

SENT = {e: tuple(f for f in fields if f not in ("photo", "paper")) for e, fields in INPUTS.items()}


def written(ask: Ask, record: Row, verb: str) -> frozenset[str] | None:
    """The fields that the rights covering the record let the person write; None where none covers it."""
    covering = ask.model.covering(ask.user, ask.entity, record, verb)
    return frozenset().union(*(ask.model.writes(r, ask.entity) for r, _ in covering)) if covering else None


def anywhere(ask: Ask, verb: str) -> frozenset[str]:
    """What the person may send at all."""
    return frozenset().union(
        *(ask.model.writes(r, ask.entity) for r, _ in ask.model.rights(ask.user, ask.entity, verb))
    )


def linkable(ask: Ask, key: str, to: Any, before: Any = None) -> bool:
    """Links lead to live records that the person sees, or stay as they were."""
    if to is None or to == before:
        return True
    if (ask.entity, key) in TARGETS:
        target = TARGETS[ask.entity, key]
        there = ask.model.records[target].get(to)
        return there is not None and not there["archived"] and ask.model.sees(ask.user, target, there)
    if key == "place":
        return ask.model.units[to]["organisation"] == ask.model.people[ask.user].organisation
    return True


@drives("create")
def create(ask: Ask) -> None:
    organisation = ask.model.people[ask.user].organisation
    given = values(ask.world, organisation, ask.entity)
    given.pop("photo", None), given.pop("paper", None)
    if ask.entity == "lab.review":
        taken = {r["child"] for r in ask.model.records["lab.review"].values()}
        free = [
            r["id"]
            for r in ask.model.records["lab.child"].values()
            if r["organisation"] == organisation and r["id"] not in taken
        ]
        given["child"] = ask.random.choice(free)
    allowed = anywhere(ask, "create")
    keys = set(given) & allowed if ask.random.random() < 0.85 else set(given)
    sent = {k: given[k] for k in keys if given[k] is not None and given[k] != []}
    blank = {"stage": "open", "marks": [], "state": "draft", "date": ask.model.today}
    after = {k: sent.get(k, blank.get(k)) for k in (*INPUTS[ask.entity], "state")}
    after |= {"id": None, "organisation": organisation, "archived": False, "created_by": ask.user}
    required = {"lab.klass": "name", "lab.child": "name", "lab.review": "child"}.get(ask.entity)
    writes = written(ask, after, "create")
    good = (
        bool(ask.model.rights(ask.user, ask.entity, "create"))
        and set(sent) <= allowed
        and (required is None or required in sent)
        and all(linkable(ask, k, v) for k, v in sent.items() if is_link(ask, k))
        and writes is not None
        and set(sent) <= writes
    )
    done, told = ask.tried(lambda u: records.create(u, ask.entity, {k: _json(v) for k, v in sent.items()}))
    ask.allowed(good, done, (sent, told if not done else ""))


def is_link(ask: Ask, key: str) -> bool:
    return (ask.entity, key) in TARGETS or key == "place"


@drives("edit")
def edit(ask: Ask) -> None:
    record = ask.any_record()
    organisation = record["organisation"]
    fresh = values(ask.world, organisation, ask.entity)
    keys = ask.random.sample(SENT[ask.entity], ask.random.randint(1, 2))
    keys = [k for k in keys if not (ask.entity == "lab.review" and k == "child")]
    if ask.entity == "lab.klass":
        fresh["parent"] = record["parent"]
    sent = {k: fresh[k] for k in keys if k in fresh}
    good, told = edits(ask, record, sent)
    done, refusal = ask.tried(
        lambda u: records.edit(
            u, ask.entity, record["id"], {k: _json(v) for k, v in sent.items()}, version(ask, record)
        )
    )
    ask.allowed(good, done, (sent, told, refusal if not done else ""), states=[state(record)])


def edits(ask: Ask, record: Row, sent: dict[str, Any]) -> tuple[bool, str]:
    """May these values be put into the record, and if not, why."""
    allowed = anywhere(ask, "edit")
    if not may(ask, record, "edit") or not sent.keys() <= allowed:
        return False, "not theirs"
    after = {**record, **sent}
    if (
        record.get("state") == "posted"
        and ask.entity == "lab.act"
        and any(k != "note" and v != record[k] for k, v in sent.items())
    ):
        return False, "posted"
    covering = ask.model.covering(ask.user, ask.entity, AsItBecomes(after), "edit")
    writes: frozenset[str] = frozenset().union(*(ask.model.writes(r, ask.entity) for r, _ in covering))
    changed = {k for k, v in sent.items() if v != record[k]}
    required = {"lab.klass": "name", "lab.child": "name"}.get(ask.entity)
    return bool(covering) and changed <= writes and (required not in sent or bool(sent[required])) and all(
        linkable(ask, k, v, record[k]) for k, v in sent.items() if is_link(ask, k)
    ), "after"


class AsItBecomes(dict[str, Any]):
    """A record as it would become: others point to it as they do now, and nothing that is known of it holds."""

    def get(self, key: str, otherwise: Any = None) -> Any:
        return None if key == "id" else super().get(key, otherwise)


def version(ask: Ask, record: Row) -> int:
    who = system(record["organisation"])
    return ask.site.read(who, lambda v: records.read(v, ask.entity, record["id"])).version


@drives("life")
def life(ask: Ask) -> None:
    record = ask.any_record()
    verb = ask.random.choice(("archive", "restore", *(("post",) if ask.entity == "lab.act" else ())))
    done, told = ask.tried(lambda u: getattr(records, verb)(u, ask.entity, record["id"], version(ask, record)))
    ask.allowed(may(ask, record, verb), done, (verb, told), states=[state(record)])


@drives("bulk")
def bulk(ask: Ask) -> None:
    """Many at once: of those that were named only what the person may, hidden ones are as if they were not there."""
    verb = ask.random.choice(("archive", "restore", *(("post",) if ask.entity == "lab.act" else ())))
    rows = [ask.any_record() for _ in range(6)]
    rows = list({r["id"]: r for r in rows}.values())
    weighed = ask.read(lambda v: weigh(v, ask.entity, verb, [(r["id"], None) for r in rows]), [])
    found = {w.id for w in weighed if w.refusal is None}
    ask.compare({r["id"] for r in rows if may(ask, r, verb)}, found, {state(r) for r in rows}, why=verb)
    missing = {w.id for w in weighed if w.refusal is not None and w.refusal.status == 404}
    ask.compare(
        [
            r["id"]
            for r in rows
            if ask.model.sees(ask.user, ask.entity, r) or ask.model.sees(ask.user, ask.entity, r, verb)
        ],
        {r["id"] for r in rows if weighed} - missing,
        why="known",
    ) if weighed else None
    done, outcome = ask.tried(lambda u: act(u, ask.entity, verb, [(r["id"], None) for r in rows], skip=True).done)
    if done:
        ask.equal(sum(may(ask, r, verb) for r in rows), outcome, why="done")


@drives("copy")
def copy(ask: Ask) -> None:
    """A copy begins with what may be read on this very record, and written in a new one."""
    record = ask.any_record(archived=False)

    def work(view: Any) -> dict[str, Any]:
        entity = view.catalog.entity(ask.entity)
        return copied(view, entity, load_one(view, entity, record["id"], "copy"))

    found = ask.read(work)
    copies = ask.model.sees(ask.user, ask.entity, record, "copy")
    ask.allowed(copies, found is not None, states=[state(record)])
    if found is None or not copies:
        return
    keys = ask.fields(record) & anywhere(ask, "create") - {"photo", "paper", "date"}
    ask.compare(
        {k for k in keys if record[k] not in (None, [])},
        {k for k, v in found.items() if v and k in INPUTS[ask.entity]}
        | {k for k in keys if record[k] == 0 and k in found},
        why="copied",
    )
    done, told = ask.tried(lambda u: records.copy(u, ask.entity, record["id"]))
    if done and not ask.model.rights(ask.user, ask.entity, "create"):
        ask.differ("leak", f"copied without the right to create {told}")


@drives("undo")
def undone(ask: Ask) -> None:
    """One's own action is taken back by the rights of today; another's is not known."""
    record = ask.any_record("lab.child", archived=False)
    ask.entity = "lab.child"
    sent = {"note": ask.world.token("t")}
    good, _ = edits(ask, record, sent)
    others = [u for u in ask.model.people if u != ask.user]
    other = ask.world.actor(ask.random.choice(others))

    def work(uow: Any) -> tuple[int, int]:
        records.edit(uow, "lab.child", record["id"], sent, version(ask, record))
        uow.write_journal()
        theirs = 0
        with suppress(Refusal):
            theirs = undo(
                UnitOfWork(uow.site, uow.catalog, uow.connection, other, "ru", uow.request_id),
                "lab.child",
                uow.request_id,
            ).done
        return theirs, undo(uow, "lab.child", uow.request_id).done

    try:
        theirs, mine = ask.world.trial(ask.actor, work, request_id=ask.world.token("q"))
    except Refusal:
        theirs, mine = 0, 0
    ask.allowed(False, theirs > 0, "another's action")
    ask.allowed(good, mine > 0, "one's own")


@drives("comments", "lab.child", "lab.visit")
def commented(ask: Ask) -> None:
    record = ask.any_record()
    done, told = ask.tried(lambda u: comments.comment(u, ask.entity, record["id"], "сөз"))
    ask.allowed(
        ask.model.sees(ask.user, ask.entity, record) and may(ask, record, "comment"), done, told, states=[state(record)]
    )
