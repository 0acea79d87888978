"""The sealer: chains committed entries within a second, so that writers never wait for each other.

It reads ids and codes only. An entry may commit late, with an id older than ones that are sealed (a long import): each
turn looks back a little beyond the newest sealed entry, some turns far, one an hour at everything.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.ids import id_of
from engine.logs import log
from engine.services.actor import system
from engine.services.audit import Entry
from engine.services.journal.heads import Broken, Head, head_of, keep_head, no_seal_yet, place_of, read_head, stands
from engine.storage.journal_codes import BEGINNING, code_of, linked
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queries.writing import insert_many
from engine.storage.system.tables import JOURNAL, SEAL

BATCH = 1_000
"""Entries sealed by one transaction: other writers on SQLite wait for no more than that."""
NEAR, FAR = timedelta(seconds=20), timedelta(hours=2)
"""How far beyond the newest sealed entry a turn looks back."""
FAR_EVERY, THOROUGH_EVERY = 60.0, 3600.0
"""Seconds between turns that look far back, and at everything."""
REST, SHARE = 1.0, 4
"""Seconds between two turns; and a turn is followed by at least `SHARE` times its own length of rest."""
LOCK = 0x71736561
"""The key of PostgreSQL's advisory lock: one sealer at a time."""


def seal(site, back: timedelta | None = NEAR) -> int:
    """Seal what is committed and was not sealed yet; how many entries that were. Then move the kept head.

    `back`: how far before the newest sealed entry to look; None looks at all entries. Gives up early, and leaves the
    rest to the next turn, where another sealer or writer is at work.
    """
    adopting = _adopting(site)
    sealed = 0
    while _waits(site, back):
        part: list[int] = []
        free = site.database.write_if_free(
            lambda connection, part=part: part.append(_batch(site, connection, back, adopting)), BOOKKEEPING)
        sealed += sum(part)
        if not free or sum(part) < BATCH:
            break
    _follow(site)
    return sealed


def _adopting(site) -> bool:
    """Is this the first sealing of the site? Only then are entries without a code taken over: they are older than
    codes. Later one is foreign. A killed first sealing goes on where it was."""
    try:
        kept = read_head(site.journal_key, place_of(site.settings.data))
    except Broken:
        return False
    with site.database.reading(BOOKKEEPING) as connection:
        if kept is not None:
            return kept.number == 0 and not _any_of_today(connection)
        if head_of(connection) is not None:
            return False
    keep_head(site.journal_key, site.settings.data, no_seal_yet(site.clock.now()))
    return True


def _any_of_today(connection: sa.Connection) -> bool:
    return connection.scalar(sa.select(sa.true()).where(SEAL.c.adopted.is_(False)).limit(1)) is not None


def _waits(site, back: timedelta | None) -> bool:
    """Is there anything to seal? Asked before the write lock is taken: most seconds of a night bring nothing."""
    with site.database.reading(BOOKKEEPING) as connection:
        return connection.execute(_unsealed(connection, back, (JOURNAL.c.id,)).limit(1)).first() is not None


def _batch(site, connection: sa.Connection, back: timedelta | None, adopting: bool) -> int:
    if connection.dialect.name == "postgresql" and not connection.scalar(
            sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))):
        return 0
    last, key, now = head_of(connection), site.journal_key, site.clock.now()
    number, chain = (last.number, last.chain) if last else (0, BEGINNING)
    columns = tuple(JOURNAL.c) if adopting else (JOURNAL.c.id, JOURNAL.c.code)
    seals: list[dict[str, Any]] = []
    for row in connection.execute(_unsealed(connection, back, columns)):
        adopted = adopting and row.code is None
        code = code_of(key, row._mapping) if adopted else row.code or b""
        number += 1
        chain = linked(key, chain, number, row.id, now, adopted, code)
        seals.append({"number": number, "entry_id": row.id, "at": now, "adopted": adopted, "chain": chain})
    if seals:
        insert_many(connection, SEAL, seals)
    return len(seals)


def _unsealed(connection: sa.Connection, back: timedelta | None, columns: tuple[sa.Column, ...]) -> sa.Select:
    statement = sa.select(*columns).where(~sa.exists().where(SEAL.c.entry_id == JOURNAL.c.id))
    newest = connection.scalar(sa.select(SEAL.c.entry_id).order_by(SEAL.c.entry_id.desc()).limit(1))
    if back is not None and newest is not None:
        statement = statement.where(JOURNAL.c.id > earlier(newest, back))
    return statement.order_by(JOURNAL.c.id).limit(BATCH)


def earlier(id: UUID, by: timedelta) -> UUID:
    """The least id that is `by` older than `id`: an id begins with its moment in milliseconds."""
    moment = (id.int >> 80) - int(by.total_seconds() * 1000)
    return id_of(max(moment, 0) << 80)


def _follow(site) -> None:
    """Move the kept head to the newest seal, unless the kept one is not of this chain: then somebody must look."""
    folder, key = site.settings.data, site.journal_key
    with site.database.reading(BOOKKEEPING) as connection:
        newest = head_of(connection)
        if newest is None:
            return
        try:
            kept = read_head(key, place_of(folder))
        except Broken:
            log.error("journal head broken")
            return
        if kept is None:
            log.error("journal head lost", number=newest.number)
            return
        if kept.chain == newest.chain:
            return
        if not stands(connection, kept):
            log.error("journal head not found in the chain", number=kept.number)
            return
        if kept.number > newest.number:  # another sealer went on meanwhile
            return
    keep_head(key, folder, newest)


def accept_head(site) -> tuple[Head | None, Head | None]:
    """Take the newest seal for the head, whatever was kept: after a restore, or when the file was lost. (before, now)

    The journal keeps an entry of it, with the number that was kept before.
    """
    before: Head | None = None
    broken = False
    try:
        before = read_head(site.journal_key, place_of(site.settings.data))
    except Broken:
        broken = True
    told = {"head": [None if before is None else before.number, None], "broken": [broken, False]}
    site.write(system(), lambda uow: uow.record(Entry("journal head", "", None, changes=told)))
    seal(site, None)
    with site.database.reading(BOOKKEEPING) as connection:
        now = head_of(connection)
    if now is not None:
        keep_head(site.journal_key, site.settings.data, now)
    return before, now


@dataclass
class Turn:
    """The sealer's work of one second, for a thread that takes turns: which look is due, and how long to rest."""

    site: Any
    far: float = 0.0
    thorough: float = 0.0

    def take(self) -> float:
        """Seal; the seconds to rest before the next turn."""
        begun = time.monotonic()
        back: timedelta | None = NEAR
        if not self.thorough or begun - self.thorough > THOROUGH_EVERY:
            self.thorough = self.far = begun
            back = None
        elif begun - self.far > FAR_EVERY:
            self.far, back = begun, FAR
        seal(self.site, back)
        return max(REST, SHARE * (time.monotonic() - begun))

