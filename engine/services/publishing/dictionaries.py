"""Shipped items of dictionaries enter the table of items; what people of the site changed stays as they left it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from engine.ids import new_id
from engine.model import Catalog
from engine.storage.stamps import DICTIONARIES, move
from engine.storage.system.tables import DICTIONARY_ITEM

KEPT = ("kk", "ru", "en", "parent", "since", "until", "position")

CALENDAR = "system.calendar_day"
"""The entity whose records are the working days; a change of one makes every process read them anew."""


def fill_dictionaries(connection: sa.Connection, catalog: Catalog, today: date) -> int:
    """Insert and update the shipped items; how many changed.

    An item that is no longer shipped can be chosen until yesterday: records that hold its code stay readable.
    """
    wanted = {
        (dictionary.address, item.code): {
            "kk": item.title.kk, "ru": item.title.ru, "en": item.title.en or None, "parent": item.parent,
            "since": item.since, "until": item.until, "position": position,
        }
        for dictionary in catalog.dictionaries.values()
        for position, item in enumerate(dictionary.items.values())
    }
    c = DICTIONARY_ITEM.c
    found = {
        (row["dictionary"], row["code"]): row
        for row in connection.execute(sa.select(DICTIONARY_ITEM).where(c.organisation_id.is_(None))).mappings()
    }
    new: list[dict[str, Any]] = [
        {"id": new_id(), "dictionary": key[0], "code": key[1], "shipped": True, "edited": False} | values
        for key, values in wanted.items() if key not in found
    ]
    changed = [
        {"_id": found[key]["id"]} | values for key, values in wanted.items()
        if key in found and not found[key]["edited"]
        and {name: found[key][name] for name in KEPT} | {"shipped": found[key]["shipped"]} != values | {"shipped": True}
    ]
    gone = [
        row["id"] for key, row in found.items()
        if key not in wanted and row["shipped"] and not row["edited"]
    ]
    if new:
        connection.execute(sa.insert(DICTIONARY_ITEM), new)
    if changed:
        connection.execute(
            sa.update(DICTIONARY_ITEM).where(c.id == sa.bindparam("_id"))
            .values({name: sa.bindparam(name) for name in KEPT} | {"shipped": True}), changed)
    ended = today - timedelta(days=1)
    ends = sa.case((c.until < ended, c.until), else_=sa.literal(ended, sa.Date))
    for start in range(0, len(gone), 500):
        connection.execute(sa.update(DICTIONARY_ITEM).where(c.id.in_(gone[start:start + 500]))
                           .values(until=ends, shipped=False))
    if new or changed or gone:
        move(connection, DICTIONARIES)
    return len(new) + len(changed) + len(gone)
