"""Who saw what must stay between few: looks at restricted fields are journalled like changes are (Order 456, 5(13)).

A look is noted where values leave the services: a record, a page of a list, its groups, a history, a file, an entry
grid. It is written before the answer leaves, in a small transaction of its own - once for a session, a record and
its fields in `AGAIN`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from engine.logs import log
from engine.model import Entity, Field
from engine.services.actor import Actor
from engine.services.audit import Entry, add_entries, rows_of
from engine.storage.purposes import BOOKKEEPING

RESTRICTED = frozenset({"medical"})
"""Levels of sensitivity whose looks are journalled; so are looks at whole values of masked fields."""
LOOK = "read"
"""The operation of such entries; `changes.fields` names the fields."""
AGAIN = timedelta(minutes=10)
"""The same look of the same session so soon leaves no second entry."""
EMPTY: tuple[Any, ...] = (None, "", [])
REMEMBERED = 50_000
"""Looks that a process remembers for that."""
PATIENCE = 1.0
"""Seconds between attempts to write looks down while another writer holds SQLite."""

Seen = dict[tuple[str, UUID | None], set[str]]
"""(entity, record; None where it was many at once) -> restricted fields."""
_RESTRICTED: WeakKeyDictionary[Entity, frozenset[str]] = WeakKeyDictionary()


def restricted(entity: Entity) -> frozenset[str]:
    """Fields of the entity that must stay between few, or whose rows hold one that must."""
    found = _RESTRICTED.get(entity)
    if found is None:
        found = _RESTRICTED[entity] = frozenset(f.key for f in entity.fields.values() if _is_restricted(f))
    return found


def _is_restricted(f: Field) -> bool:
    return f.masked or f.sensitivity in RESTRICTED or any(_is_restricted(i) for i in f.fields.values())


def saw(view: Any, entity: Entity, fields: Iterable[str], ids: Iterable[UUID | None]) -> None:
    """Note that the actor is shown these fields of these records. Costs nothing where none is restricted."""
    kept = restricted(entity)
    if kept and (found := kept.intersection(fields)) and not view.actor.is_system:
        for id in ids:
            view.seen.setdefault((entity.address, id), set()).update(found)


def saw_record(view: Any, entity: Entity, values: Mapping[str, Any]) -> None:
    """As `saw`, for a record as the actor may see it: fields that hold something."""
    saw(view, entity, (key for key in restricted(entity) if values.get(key) not in EMPTY), (values["id"],))


def saw_page(view: Any, entity: Entity, records: Sequence[Mapping[str, Any]]) -> None:
    """As `saw`, for records of a list. A field that is empty there, hidden on that record or masked was not seen."""
    if not records or view.actor.is_system:
        return
    keys = records[0].keys()
    for key in restricted(entity).intersection(keys):
        if entity.fields[key].masks_within:
            continue
        saw(view, entity, (key,), (r["id"] for r in records if r.get(key) not in EMPTY and "id" in r))
    for path in keys:
        if "." in path:
            _saw_beyond(view, entity, path, records)


def _saw_beyond(view: Any, entity: Entity, path: str, records: Sequence[Mapping[str, Any]]) -> None:
    link, _, key = path.partition(".")
    f = entity.fields.get(link)
    targets = f.kind.targets(f) if f is not None else ()
    target = view.catalog.entities.get(targets[0]) if len(targets) == 1 else None
    if target is None or key not in restricted(target) or target.fields[key].masks_within:
        return
    for record in records:
        if record.get(path) not in EMPTY:
            if record.get(link) is not None:
                saw(view, target, (key,), (record[link],))
            elif "id" in record:  # the list shows the field and not the link: what is known is the record that has it
                view.seen.setdefault((entity.address, record["id"]), set()).add(path)


class Looks:
    """What was seen lately in this process, and what could not be written down yet. Threads share it."""

    def __init__(self, site: Any):
        self._site = site
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], tuple[datetime, frozenset[str]]] = OrderedDict()
        self._waiting: deque[list[dict[str, Any]]] = deque()
        self._writer: threading.Thread | None = None

    def entries(self, actor: Actor, seen: Seen, now: datetime) -> list[Entry]:
        """Entries of what was not seen a moment ago already."""
        who = actor.session_id or actor.user_id
        found = []
        with self._lock:
            for (address, id), fields in seen.items():
                key = (who, address, id)
                at, before = self._known.get(key, (None, frozenset()))
                if at is None or not timedelta() <= now - at < AGAIN:
                    at, before = now, frozenset()
                if fields <= before:
                    continue
                self._known[key] = at, before | fields
                self._known.move_to_end(key)
                found.append(Entry(LOOK, address, id, changes={"fields": sorted(fields - before)}))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def write(self, view: Any) -> None:
        """Write down what the view showed. Where a long import holds SQLite it is written as soon as that ends, and
        the answer does not wait; any other failure is the request's failure too."""
        entries = self.entries(view.actor, view.seen, view.now)
        if not entries:
            return
        rows = rows_of(view, entries)
        if not self._write(rows):
            self.later(rows)

    def later(self, rows: list[dict[str, Any]]) -> None:
        """Write rows of the journal as soon as the database lets them in; nobody waits for it."""
        self._waiting.append(rows)
        self._begin()

    def _write(self, rows: list[dict[str, Any]]) -> bool:
        key = self._site.journal_key
        return self._site.database.write_if_free(lambda connection: add_entries(connection, key, rows), BOOKKEEPING)

    def _begin(self) -> None:
        with self._lock:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._drain, name="looks", daemon=True)
                self._writer.start()

    def _drain(self) -> None:
        pause = threading.Event()
        while self._waiting:
            try:
                if self._write(self._waiting[0]):
                    self._waiting.popleft()
                    continue
            except Exception as error:
                log.error("looks unwritten", error=type(error).__qualname__, entries=len(self._waiting))
            pause.wait(PATIENCE)

    @property
    def waiting(self) -> Collection[Any]:
        """What is not written down yet."""
        return tuple(self._waiting)
