"""Published sets of files: stored, numbered, one of them current."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa

from engine.storage.system.tables import REVISION

LIMIT = 256 * 1024 * 1024
"""Bytes that a stored set may unpack to."""


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256 of the set, whatever the order of its files."""
    return sha256(json.dumps(sorted(files.items()), ensure_ascii=False).encode()).hexdigest()


def current_number(connection: sa.Connection) -> int | None:
    """The revision that processes serve; None before the first publishing."""
    return connection.execute(CURRENT).scalar()


CURRENT = sa.select(REVISION.c.number).where(REVISION.c.is_current)
"""For those who read it together with something else."""


def store(connection: sa.Connection, files: Mapping[str, str], at: datetime | None = None,
          actor: UUID | None = None, note: str = "") -> int:
    """Keep `files` (path -> text) as the next revision and make it current; its number."""
    number = (connection.execute(sa.select(sa.func.max(REVISION.c.number))).scalar() or 0) + 1
    connection.execute(sa.update(REVISION).where(REVISION.c.is_current).values(is_current=False))
    connection.execute(sa.insert(REVISION).values(
        number=number, digest=digest_of(files), created_at=at or datetime.now(UTC), created_by=actor, note=note or None,
        files=zlib.compress(json.dumps(dict(files), ensure_ascii=False).encode(), 6), is_current=True))
    return number


def load(connection: sa.Connection, number: int) -> dict[str, str]:
    """The files of a revision; KeyError when there is none, ValueError when what is stored is damaged."""
    row = connection.execute(
        sa.select(REVISION.c.files, REVISION.c.digest).where(REVISION.c.number == number)).first()
    if row is None:
        raise KeyError(number)
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(row.files, LIMIT)
        if not unpacker.eof:
            raise ValueError("larger than a set of files may be, or cut short")
        files = json.loads(text)
    except (zlib.error, ValueError) as error:
        raise ValueError(f"revision {number} cannot be read: {error}") from error
    if digest_of(files) != row.digest:
        raise ValueError(f"revision {number} is not what was stored")
    return files


def earlier_numbers(connection: sa.Connection, before: int) -> list[int]:
    """Numbers below `before`, the latest first."""
    return list(connection.execute(
        sa.select(REVISION.c.number).where(REVISION.c.number < before).order_by(REVISION.c.number.desc())).scalars())
