"""What a site remembers of how it was filled: digests and progress, in the engine's own table."""

from __future__ import annotations

import hashlib
from pathlib import Path

import sqlalchemy as sa

from engine.storage.database import Database
from engine.storage.purposes import BOOKKEEPING
from engine.storage.system.tables import STATE

FACTORY = "factory set"
"""Digest of the shipped set that was published last: equal to the current one while nobody changed anything."""
REFERENCE = "reference records"
"""Digest of the files of seed/reference that were loaded last."""
DEMO = "demo school"
MAKING, DONE = "making", "done"


def remembered(database: Database, key: str) -> str | None:
    with database.reading(BOOKKEEPING) as connection:
        return connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == key))


def remember(database: Database, key: str, value: str) -> None:
    with database.writing(BOOKKEEPING) as connection:
        if not connection.execute(sa.update(STATE).where(STATE.c.key == key).values(value=value)).rowcount:
            connection.execute(sa.insert(STATE).values(key=key, value=value))


def digest_of_folder(folder: Path) -> str:
    """SHA-256 over the names and contents below a folder."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()
