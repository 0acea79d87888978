"""The Catalog that a process serves: read from the stored revision, kept when a newer one cannot be compiled."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.loading import Loaded, load_files
from engine.loading.shelf import Shelf
from engine.model import Catalog
from engine.storage import revisions
from engine.storage.database import Database
from engine.storage.purposes import BOOKKEEPING
from engine.storage.system.tables import REVISION

log = logging.getLogger(__name__)
Load = Callable[[Mapping[str, bytes], int], Loaded]


def _load(files: Mapping[str, bytes], number: int) -> Loaded:
    return load_files(files, number, trusted=True)


class CatalogHolder:
    """Shared by all threads of a process. `problems` says why the newest revision is not the one served.

    With a `shelf` the first Catalog of a process is taken from there, or put there for the next start.
    """

    def __init__(self, database: Database, load: Load = _load, shelf: Shelf | None = None):
        self._database = database
        self._load = load
        self._shelf = shelf
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None
        self._refused: int | None = None
        """The number that could not be compiled: not tried again with every request."""
        self.problems: tuple[Any, ...] = ()

    @property
    def catalog(self) -> Catalog | None:
        """What is served now; read from the database the first time. None before the first publishing."""
        return self._catalog or self.current(None)

    def current(self, number: int | None) -> Catalog | None:
        """The Catalog of revision `number` (None: ask the database), or the last good one when that cannot be compiled.

        Costs a comparison as long as the number has not moved.
        """
        served = self._catalog
        if served is not None and number in (served.revision, self._refused) and number is not None:
            return served
        with self._lock:
            if number is None:
                number = self._stored_number()
            served = self._catalog
            if number is None or (served is not None and number in (served.revision, self._refused)):
                return served
            self._take(number)
            return self._catalog

    def earlier(self, number: int) -> Catalog | None:
        """The Catalog of an earlier revision, compiled and not served; None when this engine cannot read it."""
        try:
            with self._database.reading(BOOKKEEPING) as connection:
                return self._load(revisions.load(connection, number), number).catalog
        except Exception:  # an old revision may use what is no longer known
            log.info("revision %s cannot be read any more", number)
            return None

    def _take(self, number: int) -> None:
        fresh = self._compile(number)
        if fresh is not None:
            self._catalog, self._refused, self.problems = fresh, None, ()
            return
        self._refused = number
        log.error("revision %s cannot be compiled; the last good one is served: %s", number,
                  "; ".join(str(problem) for problem in self.problems[:5]))
        if self._catalog is None:
            # A fresh process: the latest earlier revision that this version of the engine understands.
            said = self.problems
            with self._database.reading(BOOKKEEPING) as connection:
                earlier = revisions.earlier_numbers(connection, number)
            self._catalog = next((c for c in map(self._compile, earlier) if c is not None), None)
            self.problems = said

    def _compile(self, number: int) -> Catalog | None:
        # Later ones are neither taken nor put: no request waits for a file to be written.
        shelf = self._shelf if self._catalog is None else None
        try:
            with self._database.reading(BOOKKEEPING) as connection:
                kept = shelf.take(revisions.digest_of_number(connection, number), number) if shelf else None
                if kept is not None:
                    return kept
                files = revisions.load(connection, number)
            loaded = self._load(files, number)
        except Exception as error:  # whatever is wrong with a stored set must not stop the one being served
            log.exception("revision %s cannot be read", number)
            self.problems = (error,)
            return None
        if loaded.catalog is None:
            self.problems = tuple(loaded.errors)
        elif shelf is not None:
            shelf.put(loaded.catalog)
        return loaded.catalog

    def _stored_number(self) -> int | None:
        with self._database.reading(BOOKKEEPING) as connection:
            if self._catalog is None and not sa.inspect(connection).has_table(REVISION.name):
                return None
            return revisions.current_number(connection)
