"""Drivers of the doors: REST with a key of the person, and its OpenAPI; printing from the page of a list."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from tests.permissions.asking import MANY, Ask, drives
from tests.permissions.drive_lists import SUMMED, tallied, total
from tests.permissions.lab import FIELDS, TARGETS
from tests.permissions.model import Row

_turns = count(1)


def keyed(ask: Ask) -> bool:
    """Ask as somebody who has a key."""
    ask.user = ask.random.choice(list(ask.world.keys))
    ask.actor = ask.world.actor(ask.user)
    return True


def get(ask: Ask, path: str) -> Any:
    """The answer to a request with the person's key; None where it is refused."""
    key = ask.world.keys[ask.user]
    # Each from an address of its own: keys of closed accounts are refused here by the hundred while the clock stands.
    turn = next(_turns)
    address = f"10.{turn >> 16 & 255}.{turn >> 8 & 255}.{turn & 255}"
    answer = ask.world.app.test_client().get(
        f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"}, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code in (200, 400, 401, 403, 404), (answer.status_code, answer.get_data(as_text=True)[:300])
    return json.loads(answer.get_data(as_text=True)) if answer.status_code == 200 else None


def url(ask: Ask) -> str:
    return ask.entity.replace(".", "/")


def pairs(rows: list[dict[str, Any]], keys: Any) -> set[tuple[str, str]]:
    return {(r["id"], k) for r in rows for k in ("id", *keys) if r.get(k) is not None}


def told(ask: Ask, rows: list[Row], keys: Any, address: str = "") -> set[tuple[str, str]]:
    return {
        (str(r["id"]), k)
        for r in rows
        for k in ("id", *(k for k in keys if k in ask.fields(r, address)))
        if r[k] is not None
    }


@drives("rest_list")
def rest_list(ask: Ask) -> None:
    keyed(ask)
    keys = ask.plain()
    found = get(ask, f"{url(ask)}?limit=200&count=yes")
    ask.allowed(bool(ask.model.rights(ask.user, ask.entity)), found is not None)
    if found:
        ask.compare(told(ask, ask.visible(), keys), pairs(found["data"], keys))


@drives("rest_read")
def rest_read(ask: Ask) -> None:
    keyed(ask)
    record = ask.any_record()
    found = get(ask, f"{url(ask)}/{record['id']}")
    ask.compare(
        told(ask, [record], ask.plain()) if ask.model.sees(ask.user, ask.entity, record) else [],
        pairs([found], ask.plain()) if found else [],
        ["archived" if record["archived"] else "live"],
    )
    history = get(ask, f"{url(ask)}/{record['id']}/history")
    ask.allowed(
        ask.model.sees(ask.user, ask.entity, record) and ask.model.sees(ask.user, ask.entity, record, "history"),
        history is not None,
        "history",
    )


@drives("rest_expand", "lab.child", "lab.visit", "lab.act", "lab.review")
def rest_expand(ask: Ask) -> None:
    keyed(ask)
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    found = get(ask, f"{url(ask)}?limit=200&expand={key}")
    if key not in ask.somewhere() or not ask.model.rights(ask.user, target):
        refused = (
            key in ask.somewhere()
            and found is not None
            and all(not isinstance(r.get(key), dict) for r in found["data"])
        )
        return ask.allowed(False, found is not None and not refused, key)
    keys = ask.plain(target)
    expected = set()
    for r in ask.visible():
        there = ask.model.linked(ask.entity, key, r)
        if key in ask.fields(r) and there is not None and ask.model.sees(ask.user, target, there):
            expected |= {(str(r["id"]), *one) for one in told(ask, [there], keys, target)}
    got = {
        (r["id"], *one)
        for r in (found["data"] if found else [])
        if isinstance(r.get(key), dict)
        for one in pairs([r[key]], keys)
    }
    return ask.compare(expected, got, why=("expand", key))


@drives("rest_expand", "lab.child", "lab.visit", "lab.act", "lab.review")
def rest_behind(ask: Ask) -> None:
    """A single field behind a link."""
    keyed(ask)
    key = {"lab.child": "klass"}.get(ask.entity, "child")
    target = TARGETS[ask.entity, key]
    inner = ask.random.choice([f for f in FIELDS[target] if f not in MANY])
    found = get(ask, f"{url(ask)}?limit=200&fields={key}.{inner}")
    if key not in ask.somewhere() or inner not in ask.somewhere(target):
        return ask.allowed(False, found is not None, (key, inner))
    expected = set()
    for r in ask.visible():
        there = ask.model.linked(ask.entity, key, r)
        if (
            key in ask.fields(r)
            and there is not None
            and inner in ask.fields(there, target)
            and there[inner] is not None
        ):
            expected.add(str(r["id"]))
    got = {r["id"] for r in (found["data"] if found else []) if r.get(f"{key}.{inner}") is not None}
    return ask.compare(expected, got, why=("behind", key, inner))


@drives("rest_sums", *SUMMED)
def rest_sums(ask: Ask) -> None:
    keyed(ask)
    key = ask.random.choice(SUMMED[ask.entity])
    found = get(ask, f"{url(ask)}?limit=1&totals={key}:count&count=yes")
    if key not in ask.somewhere():
        return ask.allowed(False, found is not None, key)
    rows = ask.visible()
    ask.equal(total(ask, rows, key, "count"), found["totals"][key] if found else None, key)
    if ask.entity == "lab.act":
        grouped = get(ask, f"{url(ask)}?groups=state")
        ask.compare(
            tallied(ask, rows, "state").items(),
            [(g["key"]["state"], g["count"]) for g in grouped["groups"]] if grouped else [],
            why="groups",
        )
    return None


@drives("openapi")
def openapi(ask: Ask) -> None:
    """The description of the API for whoever asks names what they may read, and nothing else."""
    keyed(ask)
    found = get(ask, "openapi.json") or {"paths": {}}
    paths = {p.strip("/") for p in found["paths"]}
    named = {a for a in FIELDS if any(p == a.replace(".", "/") or p.endswith("/" + a.replace(".", "/")) for p in paths)}
    ask.compare({a for a in FIELDS if ask.model.rights(ask.user, a)}, named, why="entities")
    parts = found.get("components", {}).get("schemas", {})
    for address in named:
        shown = next(
            (s for n, s in parts.items() if n.lower().replace("_", ".") in (address, address.replace(".", ""))), None
        )
        if shown is not None:
            keys = set(shown.get("properties", ())) & set(FIELDS[address])
            ask.compare(
                ask.somewhere(address) - {"visits"}, keys - {"visits"}, why=("fields of", address), address=address
            )
