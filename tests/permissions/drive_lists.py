"""Drivers of lists: what stands in them, how many, in which order, in which groups, and what they come to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.services.registries import Query, counts, figures, groups, listing
from engine.services.registries.branches import below, children_of, roots
from engine.services.registries.neighbours import neighbour
from engine.services.registries.parts import divide, firsts
from engine.services.registries.sets import matching
from tests.permissions.asking import MANY, NOTHING, Ask, drives
from tests.permissions.lab import DISPLAY, FIELDS, SEARCH, TARGETS
from tests.permissions.model import Row

ALL = 200
SORTED = {
    "lab.klass": ("name",),
    "lab.child": ("score", "note", "health", "name", "stage"),
    "lab.visit": ("cost", "note", "code"),
    "lab.act": ("sum", "note"),
    "lab.review": ("spring", "autumn"),
}
SUMMED = {"lab.child": ("score",), "lab.visit": ("cost",), "lab.act": ("sum",), "lab.review": ("spring", "autumn")}
PARTED = {
    "lab.child": ("stage", "klass"),
    "lab.visit": ("child",),
    "lab.act": ("state", "child"),
    "lab.klass": ("parent",),
    "lab.review": ("child",),
}


def page(ask: Ask, address: str = "", **query: Any) -> list[dict[str, Any]] | None:
    """The records of a list, None where it is refused."""
    asked = Query(limit=query.pop("limit", ALL), **query)
    found = ask.read(lambda v: listing(v, address or ask.entity, asked))
    return None if found is None else found.records


def told(records: list[dict[str, Any]] | None, keys: Any) -> set[tuple[Any, ...]]:
    """(id, field, value) of everything that records tell."""
    return {(r["id"], k, value(r[k])) for r in records or () for k in ("id", *keys) if r.get(k) is not None}


def value(found: Any) -> Any:
    return found.normalize() if isinstance(found, Decimal) else found


def shown(ask: Ask, rows: list[Row], keys: Any, address: str = "", verb: str = "read") -> set[tuple[Any, ...]]:
    """The same of the model."""
    return {
        (r["id"], k, value(r[k]))
        for r in rows
        for k in ("id", *(k for k in keys if k in ask.fields(r, address, verb)))
        if r[k] is not None
    }


@drives("list")
def whole(ask: Ask) -> None:
    archived = ask.random.random() < 0.2
    keys = ask.plain()
    ask.compare(
        shown(ask, ask.visible(archived=archived), keys),
        told(page(ask, archived=archived), keys),
        ["archived" if archived else "live"],
    )


@drives("list")
def chosen(ask: Ask) -> None:
    """Named columns; one that the person never sees is refused."""
    keys = ask.random.sample(ask.plain(), ask.random.randint(1, 2))
    found = page(ask, fields=tuple(keys))
    if not ask.somewhere() >= set(keys):
        ask.allowed(False, found is not None, keys)
    else:
        ask.compare(shown(ask, ask.visible(), keys), told(found, keys))


@drives("pages")
def walked(ask: Ask) -> None:
    seen: list[Any] = []
    token = None
    for _ in range(30):
        query = Query(fields=(), limit=7, after=token, shown=False)
        found = ask.read(lambda v, q=query: listing(v, ask.entity, q))
        if found is None:
            break
        seen += [r["id"] for r in found.records]
        token = found.next
        if token is None:
            break
    ask.compare((r["id"] for r in ask.visible()), seen)
    ask.equal(len(set(seen)), len(seen), "twice")


@drives("count")
def counted(ask: Ask) -> None:
    how = ask.random.randrange(4)
    bound = ask.random.choice((3, 1000))
    if how == 0:
        found = ask.read(lambda v: listing(v, ask.entity, Query(count=True, limit=1)).count, 0)
    elif how == 1:
        found = ask.read(lambda v: figures(v, ask.entity, Query()).count, 0)
    elif how == 2:
        found = ask.read(lambda v: counts(v, [(ask.entity, Query())])[0], 0)
    else:
        found = ask.read(lambda v: figures(v, ask.entity, Query(bound=bound)).count, 0)
    ask.equal(min(len(ask.visible()), bound if how == 3 else ALL), found)


@drives("sort")
def ordered(ask: Ask) -> None:
    key, down = ask.random.choice(SORTED[ask.entity]), ask.random.random() < 0.5
    found = page(ask, fields=(key,) if key in ask.somewhere() else (), sort=(f"-{key}" if down else key,), shown=False)
    if key not in ask.somewhere():
        ask.allowed(False, found is not None, key)
        return
    rows = sorted(ask.visible(), key=lambda r: r["id"].bytes, reverse=down)
    filled = [r for r in rows if ask.value(r, key) is not None]
    filled.sort(key=lambda r: r[key], reverse=down)
    ids = [r["id"] for r in (*filled, *(r for r in rows if ask.value(r, key) is None))]
    ask.compare(enumerate(ids), enumerate(r["id"] for r in found or ()), why=("order", key, down))


@drives("neighbours")
def turned(ask: Ask) -> None:
    rows = sorted(ask.visible(), key=lambda r: r["id"].bytes, reverse=True)
    here = ask.any_record(archived=False)
    back = ask.random.random() < 0.5
    found = ask.read(lambda v: neighbour(v, ask.entity, Query(), here["id"], back))
    ids = [r["id"] for r in rows]
    expected = None
    if here["id"] in ids:
        at = ids.index(here["id"]) + (-1 if back else 1)
        expected = ids[at] if 0 <= at < len(ids) else None
    ask.compare([] if expected is None else [expected], [] if found is None else [found])


FILTERS = {
    "lab.klass": ("name", "teacher"),
    "lab.child": ("score", "stage", "health", "note", "klass", "keeper"),
    "lab.visit": ("cost", "child", "note", "code"),
    "lab.act": ("sum", "child", "state", "note"),
    "lab.review": ("spring", "child"),
}


@drives("filter")
def filtered(ask: Ask) -> None:
    key = ask.random.choice(FILTERS[ask.entity])
    sample = ask.any_record(archived=False)[key]
    if sample is None or ask.random.random() < 0.25:
        wanted = ask.random.random() < 0.5
        condition, fits = (key, "empty", ["yes" if wanted else "no"]), lambda v: (v is None) is wanted
    elif not isinstance(sample, str | int | Decimal) or isinstance(sample, str):
        condition, fits = (key, "is", [str(sample)]), lambda v: v == sample
    else:
        condition, fits = (key, "ge", [str(sample)]), lambda v: v is not None and v >= sample
    found = page(ask, fields=(), filters=[condition], shown=False)
    if key not in ask.somewhere() and key != "state":
        ask.allowed(False, found is not None, condition)
        return
    ask.compare(
        (r["id"] for r in ask.visible() if seen(ask, r, key) and fits(r[key])),
        (r["id"] for r in found or ()),
        why=condition,
    )


def seen(ask: Ask, row: Row, key: str) -> bool:
    return key == "state" or key in ask.fields(row)


@drives("group")
def grouped(ask: Ask) -> None:
    key = ask.random.choice(PARTED[ask.entity])
    found = ask.read(lambda v: groups(v, ask.entity, Query(), [key]))
    if key not in (*ask.somewhere(), "state"):
        ask.allowed(False, found is not None, key)
        return
    rows = ask.visible()
    expected = {(v, n) for v, n in tallied(ask, rows, key).items()}
    ask.compare(expected, [(g.values[0], g.count) for g in found.rows] if found else (), why=("groups by", key))
    target = TARGETS.get((ask.entity, key))
    if target and found:
        names = {i: ask.model.records[target][i] for i, _ in expected if i is not None}
        named = {
            (i, label(ask, target, r))
            for i, r in names.items()
            if ask.model.names(ask.user, target, r, (DISPLAY[target],))
        }
        ask.compare(
            named,
            {(g.values[0], g.texts[0]) for g in found.rows if g.texts[0] not in ("", "…")}
            | {(i, "") for i, text in named if text == ""},
            why=("names of groups", key),
        )


def tallied(ask: Ask, rows: list[Row], key: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for r in rows:
        v = r[key] if key == "state" else ask.value(r, key)
        found[v] = found.get(v, 0) + 1
    return found


def label(ask: Ask, address: str, record: Row) -> str:
    """What a record is called for the person."""
    key = DISPLAY[address]
    if (address, key) not in TARGETS:
        return record[key] or ""
    target = TARGETS[address, key]
    inner = ask.model.records[target].get(record[key])
    return label(ask, target, inner) if ask.model.names(ask.user, target, inner, (DISPLAY[target],)) else ""


@drives("totals", *SUMMED)
def summed(ask: Ask) -> None:
    key = ask.random.choice(SUMMED[ask.entity])
    kind = ask.random.choice(("sum", "count", "max", "min"))
    by = ask.random.random() < 0.3 and ask.entity in ("lab.child", "lab.act")
    part = {"lab.child": "stage", "lab.act": "state"}.get(ask.entity, "")
    query = Query(totals=((key, kind),))
    if by and part in (*ask.somewhere(), "state"):
        found = ask.read(lambda v: groups(v, ask.entity, query, [part]))
        got = None if found is None else {(g.values[0], value(g.totals[key])) for g in found.rows}
        wholes = {
            p: [r for r in ask.visible() if (r[part] if part == "state" else ask.value(r, part)) == p]
            for p in tallied(ask, ask.visible(), part)
        }
        expected = {(p, total(ask, rows, key, kind)) for p, rows in wholes.items()}
    else:
        found = ask.read(lambda v: figures(v, ask.entity, query))
        got = None if found is None else {("", value(found.totals[key]))}
        expected = {("", total(ask, ask.visible(), key, kind))}
    if key not in ask.somewhere():
        ask.allowed(False, got is not None, key)
    else:
        ask.compare(expected, got or NOTHING, why=(kind, key))


def total(ask: Ask, rows: list[Row], key: str, kind: str) -> Any:
    filled = [r[key] for r in rows if ask.value(r, key) is not None]
    if kind == "count":
        return len(filled)
    if not filled:
        return None
    return value({"sum": sum, "max": max, "min": min}[kind](filled))


@drives("parts", "lab.child", "lab.act")
def parted(ask: Ask) -> None:
    key = {"lab.child": "stage", "lab.act": "state"}[ask.entity]
    options = {"stage": ("open", "shut"), "state": ("draft", "posted")}[key]
    if key not in (*ask.somewhere(), "state"):
        ask.allowed(False, ask.read(lambda v: divide(v, ask.entity, Query(), key)) is not None, key)
        return
    found = ask.read(lambda v: divide(v, ask.entity, Query(), key), [])
    ask.compare(tallied(ask, ask.visible(), key).items(), [(p.value, p.count) for p in found], why="parts")
    conditions = [[(key, "is", [o])] for o in options]
    pages = ask.read(lambda v: firsts(v, ask.entity, Query(fields=(), limit=ALL), conditions), [])
    ask.compare(
        {(o, r["id"]) for o in options for r in ask.visible() if seen(ask, r, key) and r[key] == o},
        {(o, r["id"]) for o, p in zip(options, pages, strict=False) for r in p.records},
        why="columns",
    )


@drives("branches", "lab.klass")
def branched(ask: Ask) -> None:
    rows = ask.visible()
    if "parent" not in ask.somewhere():
        ask.allowed(False, ask.read(lambda v: roots(v, ask.entity, Query())) is not None, "parent")
        return
    ids, parents = {r["id"] for r in rows}, {r["id"]: ask.value(r, "parent") for r in rows}
    top = ask.read(lambda v: roots(v, ask.entity, Query(fields=(), limit=ALL)).records, [])
    ask.compare((id for id, parent in parents.items() if parent not in ids), (r["id"] for r in top), why="on top")
    every = list(ask.model.records["lab.klass"])
    under = {id: parent for id, parent in parents.items() if parent}
    found = ask.read(lambda v: below(v, ask.entity, Query(fields=(), limit=ALL), every).records, [])
    ask.compare(under, (r["id"] for r in found), why="below")
    numbers = ask.read(lambda v: children_of(v, ask.entity, Query(), every), {})
    ask.compare(
        {(p, sum(q == p for q in under.values())) for p in under.values()}, numbers.items(), why="how many below"
    )


@drives("rows", "lab.child")
def lined(ask: Ask) -> None:
    """Rows stand in lists only where every right shows them; never where none does."""
    found = page(ask, fields=("marks",), rows=True, shown=False)
    if "marks" not in ask.somewhere():
        ask.allowed(False, found is not None, "marks")
        return
    may = {(r["id"], m["subject"]) for r in ask.visible() if "marks" in ask.fields(r) for m in r["marks"]}
    got = {(r["id"], m["subject"]) for r in found or () for m in r.get("marks") or ()}
    ask.compare(may if "marks" in ask.model.everywhere(ask.user, ask.entity) else may & got, got, why="rows")


@drives("link_names", "lab.child", "lab.visit", "lab.act", "lab.review")
def linked(ask: Ask) -> None:
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    if key not in ask.somewhere():
        return ask.allowed(False, page(ask, fields=(key,)) is not None, key)
    expected = set()
    for r in ask.visible():
        there = ask.model.linked(ask.entity, key, r)
        if key in ask.fields(r) and ask.model.names(ask.user, target, there, (DISPLAY[target],)):
            expected.add((r["id"], label(ask, target, there)))
    found = page(ask, fields=(key,))
    return ask.compare(expected, {(r["id"], r[f"@{key}"]) for r in found or () if r.get(f"@{key}")}, why="names")


@drives("beyond", "lab.child", "lab.visit", "lab.act", "lab.review")
def beyond(ask: Ask) -> None:
    """A column behind a link: fields that every right of the person shows there, and only of what they may name."""
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    inner = ask.random.choice([f for f in FIELDS[target] if f not in MANY])
    found = page(ask, fields=(f"{key}.{inner}",))
    if key not in ask.somewhere() or inner not in ask.model.everywhere(ask.user, target):
        return ask.allowed(False, found is not None, (key, inner))
    expected = set()
    for r in ask.visible():
        there = ask.model.linked(ask.entity, key, r)
        if key in ask.fields(r) and ask.model.names(ask.user, target, there, (DISPLAY[target],)):
            expected.add((r["id"], value(there[inner])))
    return ask.compare(
        {e for e in expected if e[1] is not None},
        {(r["id"], value(r[f"{key}.{inner}"])) for r in found or () if r.get(f"{key}.{inner}") is not None},
        why=("beyond", key, inner),
    )


@drives("bulk")
def matched(ask: Ask) -> None:
    ask.compare((r["id"] for r in ask.visible()), ask.read(lambda v: matching(v, ask.entity, Query()), []))


@drives("search", "lab.child", "lab.klass", "lab.visit", "lab.act")
def sought(ask: Ask) -> None:
    word = searched(ask, ask.entity)
    found = page(ask, fields=(), search=word, shown=False)
    ask.compare(
        (r["id"] for r in ask.visible() if holds(ask, ask.entity, r, word)),
        (r["id"] for r in found or ()),
        why=("search", word),
    )


def searched(ask: Ask, address: str) -> str:
    """A word of some record, also one that may not be searched; or what many begin with."""
    record = ask.any_record(address, archived=False)
    words = [record[k] for k in ("name", "note", "health", "code") if record.get(k)]
    child = ask.model.records["lab.child"].get(record.get("child"))
    words += [child["name"], child["note"]] if child else []
    word = ask.random.choice(words)
    return word if ask.random.random() < 0.8 else word[:4]


def holds(ask: Ask, address: str, record: Row, word: str, depth: int = 0) -> bool:
    """Is the word in a text that every right of the person shows, or in one of a record that a shown link leads to?"""
    everywhere = ask.model.everywhere(ask.user, address)
    for key in SEARCH[address]:
        if key not in everywhere:
            continue
        if (address, key) in TARGETS:
            target = TARGETS[address, key]
            there = ask.model.linked(address, key, record)
            if not depth and ask.model.sees(ask.user, target, there) and holds(ask, target, there, word, 1):
                return True
        elif record[key] and word in record[key]:
            return True
    return False
