"""Proving the journal: every entry against its code, every seal against the chain, the end against the kept head.

What is found names the entry. Nothing here changes anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.language import N_, translate
from engine.services.journal.heads import Broken, Head, place_of, read_head, stands
from engine.storage.journal_codes import BEGINNING, COLUMNS, code_of, linked
from engine.storage.system.tables import JOURNAL, SEAL

BATCH = 2_000
LATE = timedelta(minutes=5)
"""How long a seal may stand before the kept head has followed it."""
FEW = 10
"""Entries of which none may fit its code before the key is doubted rather than each of them."""
PAIRED = 300
"""Changed entries among which exchanged ones are looked for."""

SENTENCES = {
    "edited": N_("The entry was changed after it was written"),
    "swapped": N_("The entry changed places with another one"),
    "deleted": N_("The entry was removed; its seal is still there"),
    "inserted": N_("The entry was put in by somebody who has no key"),
    "seal missing": N_("A seal was removed after this entry"),
    "seal changed": N_("The seal of this entry was changed, removed or put in by somebody who has no key"),
    "cut": N_("The end of the journal was cut off: it reached up to this entry"),
    "other key": N_("Not one code fits: the key in secrets/journal is not that of this journal"),
    "head missing": N_("The head kept outside the database is not there: a cut end would not be noticed"),
    "head broken": N_("The head kept outside the database was changed"),
    "head moved": N_("The head kept outside the database is of another journal"),
    "head behind": N_("The head kept outside the database is an old one"),
}
"""What can be found, in words."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written. `entry` is what can still be said of it: at, operation, entity..."""

    kind: str
    entry_id: UUID | None = None
    number: int | None = None
    entry: dict[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return translate(SENTENCES[self.kind], language)


@dataclass
class Verified:
    """What a look at the whole journal came to."""

    findings: list[Finding] = field(default_factory=list)
    entries: int = 0
    sealed: int = 0
    adopted: int = 0
    """Entries older than codes: proved from their first sealing on."""
    fitting: int = 0
    """Entries that fit their codes."""
    waiting: int = 0
    """Entries with a good code that no seal stands over yet."""
    waiting_since: datetime | None = None
    last: Head | None = None
    """The newest seal."""

    @property
    def whole(self) -> bool:
        return not self.findings


def verify(connection: sa.Connection, key: bytes, folder: Path, now: datetime,
           heads: Sequence[Path] = ()) -> Verified:
    """Look at every entry and seal that `connection` (a snapshot) sees. `heads`: copies of the head kept elsewhere.

    Memory does not grow with the journal, but for what is found.
    """
    result = Verified()
    changed: list[tuple[Any, str]] = []
    _judge_seals(connection, key, result, changed)
    _judge_unsealed(connection, key, result, changed)
    _tell_changed(key, result, changed)
    _judge_head(connection, key, place_of(folder), now, result)
    for path in heads:
        _judge_head(connection, key, path, None, result)
    return result


def _judge_seals(connection: sa.Connection, key: bytes, result: Verified, changed: list[tuple[Any, str]]) -> None:
    number, before = 0, None
    chains = {BEGINNING}
    """What the next link may be linked to: the stored link, and what it had to be. More than one only after a seal that
    was told of already, so that one changed seal does not make its neighbour look changed. Empty after a gap."""
    for row in sealed_entries(connection):
        if row.number != number + 1:
            result.findings.append(Finding("seal missing", before, number + 1))
            chains = set()
        stored = {row.chain}
        if row.id is None:
            result.findings.append(Finding("deleted", row.entry_id, row.number))
        else:
            result.entries += 1
            own = code_of(key, row._mapping)
            links = {linked(key, c, row.number, row.entry_id, row.sealed_at, row.adopted, own) for c in chains}
            held = not chains or row.chain in links
            fits = row.code is not None and hmac.compare_digest(own, row.code)
            result.fitting += fits
            if row.code is not None and not fits:
                changed.append((row, "edited"))
            elif row.code is None and not row.adopted:
                changed.append((row, "edited" if held else "inserted"))  # its code was taken away, or never was
            elif not held and row.adopted and _follows(connection, key, row):
                changed.append((row, "edited"))
            elif not held:
                result.findings.append(Finding("seal changed", row.entry_id, row.number, _said(row)))
                stored |= links
        result.sealed += 1
        result.adopted += bool(row.adopted)
        number, chains, before = row.number, stored, row.entry_id
        result.last = Head(row.number, row.entry_id, row.sealed_at, row.chain)


def _follows(connection: sa.Connection, key: bytes, row: Any) -> bool:
    """Does the next seal hold this one's link? Then the link is genuine, and the entry under it is what changed."""
    after = connection.execute(
        sa.select(SEAL.c.at.label("sealed_at"), SEAL.c.number, SEAL.c.entry_id, SEAL.c.adopted, SEAL.c.chain, *_ENTRY)
        .join(JOURNAL, JOURNAL.c.id == SEAL.c.entry_id).where(SEAL.c.number == row.number + 1)).first()
    if after is None:
        return True
    code = code_of(key, after._mapping)
    link = linked(key, row.chain, after.number, after.entry_id, after.sealed_at, after.adopted, code)
    return hmac.compare_digest(link, after.chain)


def _judge_unsealed(connection: sa.Connection, key: bytes, result: Verified, changed: list[tuple[Any, str]]) -> None:
    for row in _unsealed(connection):
        result.entries += 1
        if row.code is None:
            if result.sealed:
                changed.append((row, "inserted"))
                continue
        elif not hmac.compare_digest(code_of(key, row._mapping), row.code):
            changed.append((row, "inserted"))
            continue
        result.fitting += row.code is not None
        result.waiting += 1
        result.waiting_since = min(result.waiting_since or row.at, row.at)


def _tell_changed(key: bytes, result: Verified, changed: list[tuple[Any, str]]) -> None:
    """Changed entries, those that hold the words of one another told apart."""
    if len(changed) > FEW and not result.fitting:
        result.findings.append(Finding("other key"))
    swapped: set[UUID] = set()
    if 1 < len(changed) <= PAIRED:
        codes = {row.code for row, _ in changed} - {None}
        for row, _ in changed:
            for other, _ in changed:
                if other is not row and code_of(key, {**row._mapping, "id": other.id}) in codes:
                    swapped |= {row.id, other.id}
    for row, kind in changed:
        number = row._mapping.get("number")
        result.findings.append(Finding("swapped" if row.id in swapped else kind, row.id, number, _said(row)))


def _judge_head(connection: sa.Connection, key: bytes, path: Path, now: datetime | None, result: Verified) -> None:
    last = result.last
    try:
        kept = read_head(key, path)
    except Broken:
        result.findings.append(Finding("head broken"))
        return
    if kept is None:
        if last is not None:
            result.findings.append(Finding("head missing"))
        return
    if kept.number > (last.number if last else 0):
        result.findings.append(Finding("cut", kept.entry_id, kept.number))
    elif not stands(connection, kept):
        result.findings.append(Finding("head moved", kept.entry_id, kept.number))
    elif now is not None:
        next_at = connection.scalar(sa.select(SEAL.c.at).where(SEAL.c.number == kept.number + 1))
        if next_at is not None and now - next_at > LATE:
            result.findings.append(Finding("head behind", kept.entry_id, kept.number))


def _said(row: Any) -> dict[str, Any]:
    return {"at": row.at, "operation": row.operation, "entity": row.entity, "record_id": row.record_id,
            "actor_id": row.actor_id}


_ENTRY = [JOURNAL.c[name] for name in (*COLUMNS, "code")]


def sealed_entries(connection: sa.Connection, after_number: int = -1, until_number: int | None = None) -> Iterator[Any]:
    """Seals in order with their entries, some at a time: those after one number, up to another."""
    after = sa.bindparam("after", type_=SEAL.c.number.type)
    statement = (
        sa.select(SEAL.c.number, SEAL.c.entry_id, SEAL.c.at.label("sealed_at"), SEAL.c.adopted, SEAL.c.chain, *_ENTRY)
        .select_from(SEAL.outerjoin(JOURNAL, JOURNAL.c.id == SEAL.c.entry_id))
        .where(SEAL.c.number > after).order_by(SEAL.c.number).limit(BATCH))
    if until_number is not None:
        statement = statement.where(SEAL.c.number <= until_number)
    last = after_number
    while rows := connection.execute(statement, {"after": last}).all():
        yield from rows
        last = rows[-1].number


def _unsealed(connection: sa.Connection) -> Iterator[Any]:
    statement = sa.select(*_ENTRY).where(~sa.exists().where(SEAL.c.entry_id == JOURNAL.c.id))
    statement = statement.order_by(JOURNAL.c.id).limit(BATCH)
    last = None
    while rows := connection.execute(
            statement if last is None else statement.where(JOURNAL.c.id > last)).all():
        yield from rows
        last = rows[-1].id
