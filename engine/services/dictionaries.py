"""Dictionary items and working days as the site has them: read once, kept until their stamp moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from engine.expression import Calendar
from engine.fields.base import ROLES
from engine.model import Catalog, Text
from engine.storage.purposes import BOOKKEEPING, WORKING_DAYS
from engine.storage.system.tables import DICTIONARY_ITEM

T = TypeVar("T")
CALENDAR = "system.calendar_day"


@dataclass(frozen=True, slots=True)
class Listed:
    """One item of a dictionary as the site has it."""

    code: str
    title: Text
    since: date | None
    until: date | None
    parent: str | None


class SiteNames:
    """Titles and choices of all dictionaries at one moment; satisfies `fields.base.Names`."""

    def __init__(self, items: Mapping[str, Mapping[str, Listed]]):
        self.items = items
        self._kept: dict[Hashable, Any] = {}

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` built with these titles the first time: formatters of a list, parts of a display.

        Newer titles are a new object, so nothing here is ever stale. Keys are names of the metadata, never of requests.
        """
        try:
            return self._kept[key]
        except KeyError:
            return self._kept.setdefault(key, make())

    def title(self, dictionary: str, code: str, language: str) -> str:
        """The item's title; a code that is not there any more stays readable as itself."""
        item = self.items.get(dictionary, {}).get(code)
        return item.title.in_(language) if item else code

    def choices(self, dictionary: str, language: str, on: date | None = None) -> list[tuple[str, str]]:
        """(code, title) of the items that may be chosen on a day."""
        return [
            (i.code, i.title.in_(language))
            for i in self.items.get(dictionary, {}).values()
            if on is None or ((i.since is None or i.since <= on) and (i.until is None or on <= i.until))
        ]


class Dictionaries:
    """Shared by all requests. `stale` is called by whoever changes an item or a day of the calendar."""

    def __init__(self, database: Any):
        self.database = database
        self.stamp: Any = None
        self._names: tuple[Any, SiteNames] | None = None
        self._calendar: tuple[Any, Calendar] | None = None
        self._lock = threading.Lock()

    def seen(self, stamp: Any) -> None:
        """The stamp that this request's first statement read: a newer one drops what was kept."""
        self.stamp = stamp

    def names(self, catalog: Catalog) -> SiteNames:
        key = (catalog.revision, self.stamp)
        with self._lock:
            if self._names is None or self._names[0] != key:
                self._names = (key, self._read_names(catalog))
            return self._names[1]

    def _read_names(self, catalog: Catalog) -> SiteNames:
        found: dict[str, dict[str, Listed]] = {
            d.address: {i.code: Listed(i.code, i.title, i.since, i.until, i.parent) for i in d.items.values()}
            for d in catalog.dictionaries.values()
        }
        # Roles are chosen like the items of a dictionary; they are in no file and no table of their own.
        found[ROLES] = {r.key: Listed(r.key, r.title, None, None, None) for r in catalog.roles.values()}
        found[ROLES] = {r.key: Listed(r.key, r.title, None, None, None) for r in catalog.roles.values()}
        c = DICTIONARY_ITEM.c
        with self.database.reading(BOOKKEEPING) as connection:
            rows = connection.execute(
                sa.select(c.dictionary, c.code, c.kk, c.ru, c.en, c.since, c.until, c.parent).order_by(
                    c.dictionary, c.position, c.code
                )
            ).all()
        for dictionary, code, kk, ru, en, since, until, parent in rows:
            found.setdefault(dictionary, {})[code] = Listed(code, Text(kk, ru, en or ""), since, until, parent)
        return SiteNames(found)

    def calendar(self, catalog: Catalog, today: date) -> Calendar:
        key = (catalog.revision, self.stamp)
        with self._lock:
            if self._calendar is None or self._calendar[0] != key:
                self._calendar = (key, self._read_calendar(catalog, today))
            return self._calendar[1]

    def _read_calendar(self, catalog: Catalog, today: date) -> Calendar:
        """Monday to Friday with the site's holidays and moved days, from three years back to three ahead."""
        from engine.storage.tables import tables_of

        entity = catalog.entities.get(CALENDAR)
        holidays, worked, years = [], [], [today.year]
        if entity is not None:
            table = tables_of(catalog).of(entity)
            with self.database.reading(WORKING_DAYS) as connection:
                rows = connection.execute(
                    sa.select(table.c.day, table.c.kind).where(table.c.archived_at.is_(None))
                ).all()
            for day, kind in rows:
                (worked if kind == "working" else holidays).append(day)
                years.append(day.year)
        return Calendar.of_weeks(date(min(years) - 3, 1, 1), date(max(years) + 3, 12, 31), holidays, worked)
