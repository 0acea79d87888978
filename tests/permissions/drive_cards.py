"""Drivers of one record: its card and rows, files, history, what people said, forms, conflicts, settings, grids."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import Refusal, Stale
from engine.services import comments as said
from engine.services import drafts, grids, records
from engine.services.attachments import open_file, open_small
from engine.services.records.editing_many import weigh_edits
from engine.storage.system.tables import NOTICE
from tests.permissions.asking import Ask, drives
from tests.permissions.drive_lists import label, value
from tests.permissions.lab import DISPLAY, FIELDS, TARGETS
from tests.permissions.model import Row


def cut(values: dict[str, Any], keys: Any) -> set[tuple[str, Any]]:
    """(field, value) of what a card tells."""
    return {(k, value(values[k])) for k in keys if values.get(k) is not None and k not in ("marks", "visits")} | {
        ("marks", m["subject"]) for m in values.get("marks") or ()
    }


def told(ask: Ask, record: Row, verb: str = "read", address: str = "") -> set[tuple[str, Any]]:
    keys = ask.fields(record, address, verb)
    return cut({k: record[k] for k in keys if k in record}, keys)


def state(record: Row) -> str:
    return "archived" if record["archived"] else record.get("state", "live") if "sum" in record else "live"


def may(ask: Ask, record: Row, verb: str) -> bool:
    """Does the person hold the verb, and does the record's life allow it?"""
    archived, is_act = record["archived"], "sum" in record
    if verb == "restore":
        fits = archived
    elif archived:
        fits = verb in ("read", "history", "copy")
    elif verb == "edit":
        fits = True
    elif verb == "post":
        fits = is_act and record["state"] == "draft"
    elif verb == "archive":
        fits = not is_act or record["state"] == "draft"
    else:
        fits = True
    return fits and ask.model.sees(ask.user, ask.entity, record, verb)


def writable(ask: Ask, record: Row) -> frozenset[str]:
    if not may(ask, record, "edit"):
        return frozenset()
    found: frozenset[str] = frozenset().union(
        *(ask.model.writes(r, ask.entity) for r, _ in ask.model.covering(ask.user, ask.entity, record, "edit"))
    )
    return found & {"note"} if record.get("state") == "posted" and ask.entity == "lab.act" else found


@drives("card")
def card(ask: Ask) -> None:
    record = ask.any_record()
    sees = ask.model.sees(ask.user, ask.entity, record)
    found = ask.read(lambda v: records.read(v, ask.entity, record["id"]))
    where = [state(record)]
    ask.allowed(sees, found is not None, record["id"], states=where)
    if not sees or found is None:
        return
    ask.compare(told(ask, record), cut(found.values, FIELDS[ask.entity]), where, why=record["id"])
    verbs = ("edit", "archive", "restore", "history", "export", "print", "copy", "post", "comment")
    ask.compare({v for v in verbs if may(ask, record, v)}, found.allowed & set(verbs), where, why="verbs")
    ask.compare(writable(ask, record), found.writable, where, why="writable")
    for key in FIELDS[ask.entity]:
        target = TARGETS.get((ask.entity, key))
        if target:
            there = ask.model.linked(ask.entity, key, record)
            named = key in ask.fields(record) and ask.model.names(ask.user, target, there, (DISPLAY[target],))
            ask.compare(
                [label(ask, target, there)] if named and label(ask, target, there) else [],
                [found.values[f"@{key}"]] if found.values.get(f"@{key}") else [],
                where,
                why=("name", key),
            )
    line = found.display("ru")
    ask.compare([], [w for w in line.split() if w not in named_so(ask, record)], where, why="in one line")


def named_so(ask: Ask, record: Row) -> list[str]:
    return label(ask, ask.entity, record).split() if DISPLAY[ask.entity] in ask.fields(record) else []


def files_of(ask: Ask) -> tuple[Row, str, Any]:
    (id, key), file = ask.random.choice(list(ask.world.files.items()))
    return ask.model.records["lab.child"][id], key, file


@drives("files", "lab.child")
def file(ask: Ask) -> None:
    record, key, id = files_of(ask)
    found = ask.read(lambda v: b"".join(open_file(v, "lab.child", record["id"], id)[1]))
    ask.allowed(key in ask.fields(record), bool(found), key, states=[state(record)])
    other = ask.any_record()  # through a record of one's own nobody reaches another's file
    if other["id"] != record["id"]:
        through = ask.read(lambda v: open_file(v, "lab.child", other["id"], id))
        ask.allowed(False, through is not None, "through another record")


@drives("pictures", "lab.child")
def picture(ask: Ask) -> None:
    record, key, id = files_of(ask)
    if key != "photo":
        return
    try:
        found = open_small(ask.site, ask.actor, "lab.child", record["id"], id, 96)
    except Refusal:
        found = b""
    ask.allowed(key in ask.fields(record), bool(found), key, states=[state(record)])


@drives("history")
def history(ask: Ask) -> None:
    record = ask.any_record()
    id = record["id"]
    found = ask.read(lambda v: records.history(v, ask.entity, id, limit=100))
    let_in = ask.model.sees(ask.user, ask.entity, record) and ask.model.sees(ask.user, ask.entity, record, "history")
    ask.allowed(let_in, found is not None, id, states=[state(record)])
    if not let_in or found is None:
        return
    keys = ask.fields(record)
    changes = [e for e in found if e.operation in ("create", "edit")]
    expected = {(n, k) for n, (_, touched) in enumerate(ask.world.changed[id]) for k in touched if k in keys}
    got = {(n, c.path.split("[")[0]) for n, e in enumerate(reversed(changes)) for c in e.changes}
    ask.compare(expected, {(n, k) for n, k in got if k in FIELDS[ask.entity]}, [state(record)], why=id)


@drives("comments", "lab.child")
def comments(ask: Ask) -> None:
    id = ask.random.choice(list(ask.world.comments))
    record = ask.model.records["lab.child"][id]
    found = ask.read(lambda v: [c.text for c in said.comments(v, "lab.child", id)], [])
    ask.compare(ask.world.comments[id] if ask.model.sees(ask.user, ask.entity, record) else [], found, [state(record)])


@drives("mentions")
def mention(ask: Ask) -> None:
    """Who is mentioned beside a record is told of it only if they may read it, and by the name that they may see."""
    record = ask.any_record(archived=False)
    people = [u for u, p in ask.model.people.items() if p.organisation == ask.model.people[ask.user].organisation]
    other = ask.random.choice(people)
    login = ask.site.read(ask.world.actor(other), lambda v: v.actor.login)
    if not login:
        return

    def work(uow: Any) -> set[Any]:
        said.comment(uow, ask.entity, record["id"], f"@{login}")
        rows = uow.execute(sa.select(NOTICE.c.user_id, NOTICE.c.text).where(NOTICE.c.user_id == other))
        return {(r.user_id, str(r.text)) for r in rows}

    done, found = ask.tried(work)
    ask.allowed(may(ask, record, "read") and may(ask, record, "comment"), done, "comment", states=[state(record)])
    if not done:
        return
    theirs = Ask(ask.world, ask.tally, ask.random, ask.path, other, ask.entity, ask.world.actor(other))
    told_of = other != ask.user and ask.model.sees(other, ask.entity, record)
    theirs.compare([other] if told_of else [], {u for u, _ in found}, [state(record)], why="notice")
    word = record[DISPLAY[ask.entity]] if (ask.entity, DISPLAY[ask.entity]) not in TARGETS else None
    if word and found and told_of:
        named = DISPLAY[ask.entity] in theirs.fields(record)
        theirs.compare([word] if named else [], [word] if any(word in text for _, text in found) else [], why="named")


@drives("preview")
def previewed(ask: Ask) -> None:
    """A form that is being filled shows of the stored record no more than its card."""
    record = ask.any_record(archived=False)
    found = ask.read(lambda v: records.preview(v, ask.entity, {}, record["id"]))
    sees = ask.model.sees(ask.user, ask.entity, record)
    ask.allowed(sees, found is not None, record["id"], states=[state(record)])
    if sees and found is not None:
        ask.compare(told(ask, record), cut(found.values, FIELDS[ask.entity]), [state(record)], why=record["id"])
    opened = ask.read(lambda v: records.opened(v, ask.entity, record["id"]))
    ask.compare(
        told(ask, record) if sees else [],
        cut(opened[1].values, FIELDS[ask.entity]) if opened else [],
        [state(record)],
        why="opened",
    )


@drives("preview", "lab.visit", "lab.act", "lab.child", "lab.review")
def begun(ask: Ask) -> None:
    """A new form names the record that was chosen in it only where it may be named."""
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    there = ask.any_record(target)
    found = ask.read(lambda v: records.new(v, ask.entity, {key: str(there["id"])}))
    creates = ask.model.rights(ask.user, ask.entity, "create")
    ask.allowed(bool(creates), found is not None)
    sends = any(key in ask.model.writes(r, ask.entity) for r, _ in creates)
    named = sends and ask.model.names(ask.user, target, there, (DISPLAY[target],)) and label(ask, target, there)
    shown = found.values.get(f"@{key}") if found else None
    ask.compare([label(ask, target, there)] if named else [], [shown] if shown else [], why="name of what was chosen")


@drives("conflict")
def stale(ask: Ask) -> None:
    """Who saves too late is shown what the record is now, as far as they see it."""
    record = ask.any_record(archived=False)
    weighed = ask.read(lambda v: weigh_edits(v, ask.entity, [(record["id"], 0, {})], details=True))
    refusal = weighed[0].refusal if weighed else None
    edits = ask.model.sees(ask.user, ask.entity, record, "edit")
    ask.allowed(edits, isinstance(refusal, Stale), states=[state(record)])
    if isinstance(refusal, Stale) and edits:
        now = refusal.details["current"]
        ask.compare(told(ask, record), cut(now.values, FIELDS[ask.entity]), [state(record)], why=record["id"])


@drives("settings", "lab.setup")
def settings(ask: Ask) -> None:
    """One record an organisation; whoever looks down the tree is given their own first, or one of those they see."""
    found = ask.read(lambda v: records.read_settings(v, "lab.setup"))
    seen = ask.visible("lab.setup")
    ask.allowed(bool(seen), found is not None)
    if found is not None and seen:
        record = ask.model.records["lab.setup"][found.id]
        keys = ask.model.fields(ask.user, "lab.setup", record)
        ask.compare(
            {(k, record[k]) for k in keys}, {(k, found.values[k]) for k in ("greeting", "secret") if k in found.values}
        )


@drives("drafts")
def standing(ask: Ask) -> None:
    record = ask.any_record()
    found = ask.read(lambda v: drafts.standing(v, ask.entity, record["id"]))
    ask.allowed(
        ask.model.sees(ask.user, ask.entity, record, "edit"), found is not None, record["id"], states=[state(record)]
    )


GRID = "lab.review"


@drives("grid", GRID)
def sheet(ask: Ask) -> None:
    """The lines are the children that the person sees, the cells what they see of the reviews."""
    cells = ask.somewhere(GRID)
    columns = [k for k in ("spring", "autumn") if k in cells]
    opens = bool(ask.model.rights(ask.user, "lab.child")) and "child" in cells and bool(columns)

    def work(view: Any) -> Any:
        grid = grids.grid_at(view, view.catalog.entity(GRID), "reviews")
        return grids.sheet(view, grid, grids.choose(view, grid, {}))

    made = ask.read(work)
    ask.allowed(opens, made is not None)
    if made is None or not opens:
        return
    lines = {r["id"]: r for r in ask.visible("lab.child")}
    names = {(i, r["name"]) for i, r in lines.items() if "name" in ask.fields(r, "lab.child")}
    ask.compare(
        {*lines, *names},
        {
            *(line.id for line in made.lines),
            *((line.id, line.title) for line in made.lines if line.title not in ("", "…")),
        },
        address="lab.child",
    )
    ask.compare(columns, {h.key for h in made.heads}, why="columns")
    got = {
        (line.id, head.key, cell.values[head.field.key])
        for line in made.lines
        for head in made.heads
        if (cell := made.cells.get((line.id, head.value))) and cell.values.get(head.field.key) is not None
    }
    expected = {
        (r["child"], k, r[k])
        for r in ask.visible(GRID)
        for k in columns
        if {"child", k} <= ask.fields(r, GRID) and r[k] is not None and r["child"] in lines
    }
    ask.compare(expected, got, why="cells")


@drives("grid", GRID)
def parameter(ask: Ask) -> None:
    """What is offered above a grid: classes that may be named."""

    def work(view: Any) -> Any:
        grid = grids.grid_at(view, view.catalog.entity(GRID), "visits")
        return grids.choose(view, grid, {}).choices["of_klass"].offered

    cells = ask.somewhere(GRID)
    opens = bool(ask.model.rights(ask.user, "lab.child")) and {"child", "spring"} <= cells
    offered = ask.read(work)
    ask.allowed(opens, offered is not None)
    expected = {
        (str(r["id"]), r["name"])
        for r in ask.visible("lab.klass")
        if ask.model.names(ask.user, "lab.klass", r, ("name",))
    }
    ask.compare(expected if opens else [], offered or [], address="lab.klass")


__all__ = ["may", "state", "told", "writable"]
