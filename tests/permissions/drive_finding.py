"""Drivers of finding: conditions, search, choices, pasted names, related lists, what lists offer, places."""

from __future__ import annotations

from typing import Any

from engine.model.form import Related
from engine.model.text import Text
from engine.services.access import visible_entities
from engine.services.cells import LinkNames
from engine.services.home import blocks_of
from engine.services.places import places
from engine.services.recent import recent
from engine.services.records.holding import holders, mark_of
from engine.services.registries import Query, choices, everywhere, listing
from engine.services.registries.conditions import offered
from engine.services.registries.kept import columns_offered, fit
from engine.web.related import related_list
from tests.permissions.asking import MANY, Ask, drives
from tests.permissions.drive_lists import holds, label, searched
from tests.permissions.lab import DISPLAY, FIELDS, SEARCH, TARGETS
from tests.permissions.model import Row

# -- conditions -------------------------------------------------------------------------------------------------------

Clause = tuple[str, tuple[str, ...], Any]
"""A rule, the paths that it reads (`klass.name`), and what it says in Python of a record."""


def clauses(ask: Ask) -> list[Clause]:
    row, model = ask.any_record(archived=False), ask.model
    there = {k: model.linked(ask.entity, k, row) or {} for e, k in TARGETS if e == ask.entity}

    def of(key: str, inner: str) -> Any:
        return lambda r: (model.linked(ask.entity, key, r) or {}).get(inner)

    name = there.get("klass", {}).get("name", "k0"), there.get("child", {}).get("name", "n0")
    health = there.get("child", {}).get("health", "h0")
    visits = model.records["lab.visit"].values()
    return {
        "lab.klass": [
            (f'name == "{row.get("name")}"', ("name",), lambda r: r["name"] == row.get("name")),
            ("empty(teacher)", ("teacher",), lambda r: r["teacher"] is None),
        ],
        "lab.child": [
            ("score >= 4", ("score",), lambda r: r["score"] is not None and r["score"] >= 4),
            ("empty(score)", ("score",), lambda r: r["score"] is None),
            (f'health == "{row.get("health")}"', ("health",), lambda r: r["health"] == row["health"]),
            (f'not (health == "{row.get("health")}")', ("health",), lambda r: r["health"] != row["health"]),
            (
                'stage == "open" or score > 8',
                ("stage", "score"),
                lambda r: r["stage"] == "open" or (r["score"] or 0) > 8,
            ),
            (f'klass.name == "{name[0]}"', ("klass.name",), lambda r: of("klass", "name")(r) == name[0]),
            (
                "any(visits, cost > 40)",
                ("visits.cost",),
                lambda r: any(v["child"] == r["id"] and (v["cost"] or 0) > 40 for v in visits),
            ),
            ("max(marks.points) >= 3", ("marks",), lambda r: any((m["points"] or 0) >= 3 for m in r["marks"])),
        ],
        "lab.visit": [
            ("cost > 40", ("cost",), lambda r: (r["cost"] or 0) > 40),
            (f'child.name == "{name[1]}"', ("child.name",), lambda r: of("child", "name")(r) == name[1]),
            (f'child.health == "{health}"', ("child.health",), lambda r: of("child", "health")(r) == health),
            ("child.score > 4", ("child.score",), lambda r: (of("child", "score")(r) or 0) > 4),
        ],
        "lab.act": [
            ('state == "posted"', (), lambda r: r["state"] == "posted"),
            ("sum > 40", ("sum",), lambda r: (r["sum"] or 0) > 40),
            ("child.score > 4", ("child.score",), lambda r: (of("child", "score")(r) or 0) > 4),
        ],
        "lab.review": [
            ("spring > 2", ("spring",), lambda r: (r["spring"] or 0) > 2),
            (f'child.name == "{name[1]}"', ("child.name",), lambda r: of("child", "name")(r) == name[1]),
        ],
    }[ask.entity]


def askable(ask: Ask, path: str) -> bool:
    """May a condition read it: seen on some record here, and on every record behind a link?"""
    key, _, inner = path.partition(".")
    if key not in ask.somewhere():
        return False
    if not inner:
        return True
    target = "lab.visit" if key == "visits" else TARGETS[ask.entity, key]
    return inner in ask.model.unconditional(ask.user, target)


@drives("condition")
def condition(ask: Ask) -> None:
    text, paths, holds_of = ask.random.choice(clauses(ask))
    query = Query(fields=(), where=text, limit=200, shown=False)
    found = ask.read(lambda v: listing(v, ask.entity, query))
    if not all(askable(ask, p) for p in paths) or not ask.model.rights(ask.user, ask.entity):
        return ask.allowed(False, found is not None, text)
    heads = {p.partition(".")[0] for p in paths}
    expected = [r["id"] for r in ask.visible() if heads <= ask.fields(r) and holds_of(r)]
    return ask.compare(expected, [r["id"] for r in found.records] if found else [], why=text)


@drives("condition", "lab.visit", "lab.act", "lab.review", "lab.child")
def filtered_behind(ask: Ask) -> None:
    """A filter of a field behind a link."""
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    inner = ask.random.choice(("name",) if target == "lab.klass" else ("name", "health", "note"))
    wanted = ask.any_record(target)[inner]
    query = Query(fields=(), filters=[(f"{key}.{inner}", "is", [wanted])], limit=200, shown=False)
    found = ask.read(lambda v: listing(v, ask.entity, query))
    if not askable(ask, f"{key}.{inner}"):
        return ask.allowed(False, found is not None, (key, inner))
    expected = [
        r["id"]
        for r in ask.visible()
        if key in ask.fields(r) and (ask.model.linked(ask.entity, key, r) or {}).get(inner) == wanted
    ]
    return ask.compare(expected, [r["id"] for r in found.records] if found else [], why=(key, inner))


@drives("offered")
def fields_offered(ask: Ask) -> None:
    """What the builder of conditions and the chooser of columns name: nothing that is hidden."""

    def entity(view: Any) -> Any:
        return view.catalog.entity(ask.entity)

    own = set(ask.somewhere())
    behind = {
        f"{k}.{i}"
        for (e, k), target in TARGETS.items()
        if e == ask.entity and k in own
        for i in ask.model.unconditional(ask.user, target)
    }
    paths = {p.path for _, found in ask.read(lambda v: offered(v, entity(v)), []) for p in found}
    ask.compare(
        [],
        beyond_known(ask, paths)
        - own
        - behind
        - {
            p
            for p in paths
            if p.partition(".")[0] in ("marks", "visits") and p.partition(".")[0] in own and visits_seen(ask, p)
        },
        why="conditions",
    )
    ask.compare(
        own - MANY - {"photo", "paper"} - {k for k in own if k == "parent"},
        paths & own - {"parent"} - MANY - {"photo", "paper"},
        why="conditions",
    )
    shown = {
        f"{k}.{i}"
        for (e, k), target in TARGETS.items()
        if e == ask.entity and k in own
        for i in ask.model.everywhere(ask.user, target)
    }
    columns = {c.path for c in ask.read(lambda v: columns_offered(v, entity(v)), [])}
    ask.compare(
        {p for p in shown | own if p.rpartition(".")[2] not in MANY and p.partition(".")[0] != "visits"},
        {p for p in beyond_known(ask, columns) if p.rpartition(".")[2] not in MANY},
        why="columns",
    )


def visits_seen(ask: Ask, path: str) -> bool:
    key, _, inner = path.partition(".")
    return key == "marks" or inner in ask.model.unconditional(ask.user, "lab.visit")


def beyond_known(ask: Ask, paths: set[str]) -> set[str]:
    """Of the paths those that end in a field that rights are written about; the rest is built in."""
    found = set()
    for path in paths:
        key, _, inner = path.partition(".")
        target = "lab.visit" if key == "visits" else TARGETS.get((ask.entity, key))
        if (key in FIELDS[ask.entity] and not inner) or (target and inner in FIELDS[target]) or key == "marks":
            found.add(path)
    return found


@drives("saved_views")
def fitted(ask: Ask) -> None:
    """A view that somebody else saved opens without what is hidden from its reader."""
    keys = [f for f in FIELDS[ask.entity] if f not in MANY and f not in ("photo", "paper", "parent")]
    key = ask.random.choice(keys)
    state = {"columns": [key], "sort": [key], "filters": [[key, "empty", ["yes"]]], "where": f"empty({key})"}
    made = ask.read(lambda v: fit(v, v.catalog.entity(ask.entity), v.catalog.registries[ask.entity][0], state))
    left = {key} & {*made.paths, *(s.lstrip("-") for s in made.sort), *(f[0] for f in made.filters)}
    if key in made.where:
        left.add(key)
    ask.compare({key} & ask.somewhere(), left, why="saved view")


# -- search, choices and names -----------------------------------------------------------------------------------------


@drives("everywhere", "lab.child", "lab.klass", "lab.visit", "lab.act")
def everything(ask: Ask) -> None:
    word = searched(ask, ask.entity)
    word = word if len(word) > 4 else ask.any_record("lab.child", archived=False)["note"]
    found = ask.read(lambda v: everywhere(v, word, groups=9, each=200), [])
    got = {(g.entity.address, id, text) for g in found for id, text in g.records if g.entity.address in FIELDS}
    expected = set()
    for address in SEARCH:
        for r in ask.visible(address) if SEARCH[address] else ():
            if ask.model.names(ask.user, address, r, (DISPLAY[address],)) and holds(ask, address, r, word):
                expected.add((address, r["id"], label(ask, address, r) or titles(ask, address)))
    ask.compare(expected, got, why=word)


def titles(ask: Ask, address: str) -> str:
    return ask.site.catalog.entity(address).title.in_(ask.actor.language or "kk")


@drives("choices", "lab.child", "lab.visit", "lab.act", "lab.review", "lab.klass")
def chosen(ask: Ask) -> None:
    key = {"lab.child": "klass", "lab.klass": "parent"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    row = ask.any_record(target, archived=False)
    word = ask.random.choice(("", row["name"], row.get("note") or row["name"]))
    include = ask.any_record(target)["id"] if ask.random.random() < 0.3 else None
    found = ask.read(lambda v: choices(v, ask.entity, key, word, limit=50, include=include))
    if key not in ask.somewhere():
        return ask.allowed(False, found is not None, key)
    may = [
        r
        for r in ask.model.records[target].values()
        if ask.model.names(ask.user, target, r, (DISPLAY[target],))
        and (r["id"] == include or (not r["archived"] and (not word or holds(ask, target, r, word))))
    ]
    got = {(c.id, c.text) for c in found or ()}
    expected = {(str(r["id"]), label(ask, target, r) or str(r["id"])) for r in may}
    if len(expected) > 50:
        expected = (expected & got) | {e for e in got if e in expected}
    return ask.compare(expected, got, why=("choices", key, word))


@drives("paste", "lab.visit", "lab.child")
def pasted(ask: Ask) -> None:
    """A name in a cell finds only what may be named."""
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    row = ask.any_record(target)
    entity = ask.site.catalog.entity(ask.entity)

    def work(view: Any) -> Any:
        return LinkNames(view).find(entity, key, entity.fields[key], [row["name"]])[row["name"]].raw

    found = ask.read(work)
    ask.allowed(ask.model.names(ask.user, target, row, (DISPLAY[target],)), found == str(row["id"]), row["name"])


@drives("known", "lab.child", "lab.visit")
def known(ask: Ask) -> None:
    """An import knows stored records by their keys: only those shown, and only by keys that are shown on them."""
    key = {"lab.child": "name", "lab.visit": "code"}[ask.entity]
    entity = ask.site.catalog.entity(ask.entity)
    row = ask.any_record()

    def work(view: Any) -> Any:
        mark = mark_of(entity, (key,), {key: row[key]})
        return {h.id for found in holders(view, entity, (key,), {mark}).values() for h in found}

    named = ask.model.names(ask.user, ask.entity, row, (key,))
    ask.compare([row["id"]] if named else [], ask.read(work, []), why=row[key])


@drives("related", "lab.visit", "lab.act")
def related(ask: Ask) -> None:
    child = ask.any_record("lab.child")
    column = {"lab.visit": "note", "lab.act": "note"}[ask.entity]
    asked = Related(ask.entity, "child", Text("Т", "Т", "T"), columns=(column,), limit=50)
    with ask.world.app.test_request_context("/"):  # a document without a number is named in the language of the page
        found = ask.read(lambda v: related_list(v, child["id"], asked))
    if "child" not in ask.somewhere() or not ask.model.rights(ask.user, ask.entity):
        return ask.allowed(False, found is not None)
    rows = [r for r in ask.visible() if r["child"] == child["id"] and "child" in ask.fields(r)]
    got = {row.url.rpartition("/")[2] for row in found.rows} if found else set()
    ask.compare({str(r["id"]) for r in rows}, got, why="related")
    texts = {c.text for row in found.rows for c in row.cells} if found else set()
    return ask.compare(
        {r[column] for r in rows if column in ask.fields(r)}, texts - {"", "…"} - nameless(ask), why="cells"
    )


def nameless(ask: Ask) -> set[str]:
    """How a document without a number is named, in each language."""
    return {"no number yet", "әзірге нөмірсіз", "без номера"}


# -- places -----------------------------------------------------------------------------------------------------------


def nameable(ask: Ask, found: list[tuple[str, Any]]) -> set[tuple[str, Any]]:
    return {(a, i) for a, i in found if ask.model.names(ask.user, a, ask.model.records[a][i], (DISPLAY[a],))}


@drives("places")
def opened(ask: Ask) -> None:
    been = ask.world.visited.get(ask.user, [])
    kept = ask.read(lambda v: places(v, recent=40, starred=40))
    ask.compare(nameable(ask, been), {(p.entity.address, p.id) for p in kept.recent}, why="recent")
    ask.compare(nameable(ask, been), {(p.entity.address, p.id) for p in kept.starred}, why="starred")
    for p in kept.recent:
        row: Row = ask.model.records[p.entity.address][p.id]
        text = label(ask, p.entity.address, row) or titles(ask, p.entity.address)
        ask.compare([text], [p.title], why="name of a place")


@drives("recent", "lab.child")
def changed(ask: Ask) -> None:
    if ask.random.random() < 0.8 and ask.world.edited:
        ask.user = ask.random.choice(list(ask.world.edited))
        ask.actor = ask.world.actor(ask.user)
    found = ask.read(lambda v: recent(v, 40), [])
    done = list(dict.fromkeys(ask.world.edited.get(ask.user, [])))
    expected = {(i, label(ask, a, ask.model.records[a][i])) for a, i in nameable(ask, done)}
    ask.compare({e for e in expected if e[1]}, {(c.id, c.title) for c in found})


@drives("menu")
def menu(ask: Ask) -> None:
    """Menus, palettes and the first page name the lists of which something may be read."""
    found = {e.address for e in visible_entities(ask.site.catalog, ask.actor)} & set(FIELDS)
    expected = {a for a in FIELDS if ask.model.rights(ask.user, a)}
    ask.compare(expected, found)
    blocks = {b.entity for b in blocks_of(ask.site.catalog, ask.actor) if b.entity}
    ask.compare(expected & {"lab.child", "lab.visit"}, blocks & set(FIELDS), why="first page")
