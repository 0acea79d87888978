"""Drivers of what leaves and comes in: exports in each format, printing, imports."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

from flask import g
from werkzeug.datastructures import MultiDict

from engine.errors import Refusal
from engine.services import jobs
from engine.services.registries import Query, listing
from engine.services.transfer.exporting import export
from engine.services.transfer.exporting.later import defer_export, perform
from engine.services.transfer.importing import keeping, verbs
from engine.services.transfer.importing.targets import targets
from engine.services.unit_of_work import View
from engine.web.bulk_print import printed
from engine.web.registries.asked import asked
from engine.web.state import State
from tests.permissions.asking import MANY, Ask, drives
from tests.permissions.drive_lists import value
from tests.permissions.lab import FIELDS, TARGETS
from tests.permissions.model import Row


def written(ask: Ask, form: str, archived: bool = False) -> bytes | None:
    out = io.BytesIO()
    try:
        export(ask.site, ask.actor, ask.entity, Query(archived=archived), form, out)
    except Refusal:
        return None
    return out.getvalue()


def words(ask: Ask, rows: list[Row]) -> set[str]:
    """The texts of records that an export may hold: each stands nowhere else, so that a word tells whose it is."""
    found: set[str] = set()
    for r in rows:
        keys = ask.fields(r, verb="export")
        found |= {r[k] for k in keys & {"name", "note", "health", "code"} if r[k]}
        for key in keys:
            target = TARGETS.get((ask.entity, key))
            there = ask.model.linked(ask.entity, key, r) if target else None
            if there is not None and "name" in there and ask.model.names(ask.user, target, there, ("name",)):
                found.add(there["name"])
    return found


def rows_leave(ask: Ask) -> bool:
    """Rows stand in an export where every right to it shows them; else they may be left out."""
    shown = [ask.model.reads(r, ask.entity) for r, _ in ask.model.rights(ask.user, ask.entity, "export")]
    return all("marks" in keys for keys in shown)


def every_word(ask: Ask) -> set[str]:
    """Whatever an export of the entity could tell, of everybody's records."""
    found: set[str] = set()
    for address in {ask.entity, *(t for (e, _), t in TARGETS.items() if e == ask.entity)}:
        for r in ask.model.records[address].values():
            found |= {r[k] for k in ("name", "note", "health", "code") if r.get(k)}
            found |= {m["subject"] for m in r.get("marks", ())}
    return found


@drives("export")
def exported(ask: Ask) -> None:
    form, archived = ask.random.choice(("csv", "jsonl", "xlsx")), ask.random.random() < 0.15
    data = written(ask, form, archived)
    may = bool(ask.model.rights(ask.user, ask.entity, "export"))
    ask.allowed(may, data is not None, form)
    if data is None or not may:
        return
    rows = ask.visible(verb="export", archived=archived)
    if form == "jsonl":
        got = [json.loads(line) for line in data.decode().splitlines() if line]
        keys = [f for f in FIELDS[ask.entity] if f not in MANY]
        ask.compare(
            {(str(r["id"]), k) for r in rows for k in keys if r[k] is not None and k in ask.fields(r, verb="export")},
            {(g["id"], k) for g in got for k in keys if g.get(k) is not None},
            why="jsonl",
        )
        ask.compare({str(r["id"]) for r in rows}, {g["id"] for g in got}, why="jsonl")
    text = flat(data, form)
    if len(rows) > 100:
        return
    got = {w for w in every_word(ask) if w in text}
    inner = (
        {m["subject"] for r in rows if "marks" in ask.fields(r, verb="export") for m in r["marks"]}
        if ask.entity == "lab.child"
        else set()
    )
    must = inner if rows_leave(ask) else inner & got
    ask.compare(words(ask, rows) | must, got, ["archived" if archived else "live"], why=form)


def flat(data: bytes, form: str) -> set[str]:
    """Every cell of a file, and the words in it."""
    if form == "xlsx":
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        cells = [str(c) for sheet in book for line in sheet.iter_rows(values_only=True) for c in line if c is not None]
    elif form == "csv":
        cells = [c for line in csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";") for c in line]
    else:
        cells = [data.decode().replace('"', " ")]
    return {w for c in cells for w in (c, *c.replace(",", " ").split())}


@drives("print")
def printing(ask: Ask) -> None:
    """What the page to be printed holds."""
    entity = ask.site.catalog.entity(ask.entity)
    picks = [ask.any_record()["id"] for _ in range(8)] if ask.random.random() < 0.5 else None

    def work(view: Any) -> Any:
        wanted, query = printed(asked(view, entity, State.read(MultiDict())), picks)
        return wanted.paths, listing(view, ask.entity, query).records

    with ask.world.app.test_request_context(f"/{ask.entity.replace('.', '/')}"):
        g.actor = ask.actor
        found = ask.read(work)
    prints = bool(ask.model.rights(ask.user, ask.entity, "print"))
    ask.allowed(prints, found is not None)
    if found is None or not prints:
        return
    keys = [k for k in found[0] if k in FIELDS[ask.entity] and k not in MANY]
    ask.compare([], set(keys) - ask.somewhere(verb="print"), why="columns")
    rows = [r for r in ask.visible(verb="print") if picks is None or r["id"] in picks]
    ask.compare(
        {
            (r["id"], k)
            for r in rows
            for k in ("id", *keys)
            if r[k] is not None and (k == "id" or k in ask.fields(r, verb="print"))
        },
        {(r["id"], k) for r in found[1] for k in ("id", *keys) if r.get(k) is not None},
        why="printed",
    )


@drives("export_later")
def later(ask: Ask) -> None:
    """The job reads with the rights of the one who left it."""
    kept: list[bytes] = []

    def keep_file(name: str, kind: str, write: Any) -> None:
        out = io.BytesIO()
        write(out)
        kept.append(out.getvalue())

    arguments = {
        "entity": ask.entity,
        "format": "jsonl",
        "paths": None,
        "registry": "",
        "view": None,
        "filters": [],
        "where": [],
        "sort": [],
        "search": "",
        "archived": False,
    }
    layout = ask.site.catalog.registries[ask.entity][0]
    run = SimpleNamespace(
        site=ask.site,
        actor=ask.actor,
        language="ru",
        id="1",
        progress=lambda done: None,
        arguments={**arguments, "registry": layout.key},
        keep_file=keep_file,
    )
    try:
        perform(run)
    except Refusal:
        kept.clear()
    ask.allowed(bool(ask.model.rights(ask.user, ask.entity, "export")), bool(kept))
    got = [json.loads(line) for data in kept for line in data.decode().splitlines() if line]
    rows = ask.visible(verb="export")
    ask.compare(
        {
            (str(r["id"]), k, str(value(r[k])))
            for r in rows
            for k in ("name", "note", "health", "code")
            if r.get(k) and k in ask.fields(r, verb="export")
        }
        | {str(r["id"]) for r in rows},
        {(g["id"], k, g[k]) for g in got for k in ("name", "note", "health", "code") if g.get(k)}
        | {g["id"] for g in got},
    )


@drives("jobs")
def left(ask: Ask) -> None:
    """What somebody left for the background is theirs to look at."""
    other = ask.random.choice([u for u in ask.model.people if u != ask.user])
    them = ask.world.actor(other)
    if ask.actor.user_id is None:
        return

    def seen(uow: Any) -> bool:
        id = defer_export(uow, ask.entity, Query(), "csv", paths=None)
        view = View(uow.site, uow.catalog, uow.connection, them, "ru")
        return any(j.id == id for j in jobs.listing(view).jobs)

    done, found = ask.tried(seen)
    ask.allowed(False, bool(done and found), "another's job")


@drives("import_columns")
def columns(ask: Ask) -> None:
    """The columns that an import offers: what the person may write, and nothing of other fields."""
    imports = bool(ask.model.rights(ask.user, ask.entity, "import"))
    writes: frozenset[str] = frozenset().union(
        *(
            ask.model.writes(r, ask.entity)
            for verb in ("create", "edit")
            for r, _ in ask.model.rights(ask.user, ask.entity, verb)
        )
    )
    changes = any(ask.model.rights(ask.user, ask.entity, verb) for verb in ("create", "edit"))
    found = ask.read(lambda v: set(targets(v, verbs.entity_for(v, ask.entity))))
    ask.allowed(imports and changes, found is not None)
    if found and imports:
        heads = {p.split(".")[0] for p in found} & set(FIELDS[ask.entity])
        ask.compare([], heads - writes, why="columns")


@drives("import", "lab.child")
def imported(ask: Ask) -> None:
    """A table with one line that changes a stored record, or makes one: only what the person may."""
    row = ask.any_record(archived=False)
    word = ask.world.token("t")
    try:
        id = verbs.begin(
            ask.site,
            ask.actor,
            ask.entity,
            io.BytesIO(f"Имя;Заметка\n{row['name']};{word}\n".encode()),
            "t.csv",
            language="ru",
        )
    except Refusal:
        ask.allowed(
            bool(ask.model.rights(ask.user, ask.entity, "import"))
            and any(ask.model.rights(ask.user, ask.entity, verb) for verb in ("create", "edit")),
            False,
        )
        return
    try:
        figures = _check(ask, id)
    finally:
        keeping.forget(ask.site, id)
    if figures is None:
        return
    known = "name" in ask.model.everywhere(ask.user, ask.entity) and ask.model.sees(ask.user, ask.entity, row)
    covered = ask.model.covering(ask.user, ask.entity, row, "edit")  # no rule asks about the note
    writes: frozenset[str] = frozenset().union(*(ask.model.writes(r, ask.entity) for r, _ in covered))
    may = known and ask.model.sees(ask.user, ask.entity, row, "edit") and "note" in writes
    if figures["updated"] and not may:
        ask.allowed(False, True, ("changed by an import", row["name"]))
    else:
        ask.allowed(True, True)


def _check(ask: Ask, id: Any) -> dict[str, Any] | None:
    def work(view: Any) -> Any:
        entity = verbs.entity_for(view, ask.entity)
        one = keeping.one(view, entity, id)
        found = targets(view, entity)
        plan = verbs.proposed(view, entity, verbs.top_of(view, entity, one, found), found)
        plan.sheet, plan.head = one.plan.sheet, one.plan.head
        one.plan = plan
        return verbs.check(view, entity, one)

    try:
        return ask.site.read(ask.actor, work, language="ru")
    except Refusal:
        return None
