"""Published sets of files: stored, numbered, one of them current."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from engine.loading import digest_of
from engine.storage.system.tables import REVISION

LIMIT = 256 * 1024 * 1024
"""Bytes that a stored set may unpack to."""


def current_number(connection: sa.Connection) -> int | None:
    """The revision that processes serve; None before the first publishing."""
    return connection.execute(CURRENT).scalar()


CURRENT = sa.select(REVISION.c.number).where(REVISION.c.is_current)
"""For those who read it together with something else."""


def store(connection: sa.Connection, files: Mapping[str, bytes | str], at: datetime | None = None,
          actor: UUID | None = None, note: str = "") -> int:
    """Keep `files` (path -> UTF-8 text) as the next revision and make it current; its number."""
    texts = {name: text if isinstance(text, str) else text.decode() for name, text in files.items()}
    number = (connection.execute(sa.select(sa.func.max(REVISION.c.number))).scalar() or 0) + 1
    connection.execute(sa.update(REVISION).where(REVISION.c.is_current).values(is_current=False))
    connection.execute(sa.insert(REVISION).values(
        number=number, digest=_digest(texts), created_at=at or datetime.now(UTC), created_by=actor, note=note or None,
        files=zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 6), is_current=True))
    return number


def load(connection: sa.Connection, number: int) -> dict[str, bytes]:
    """The files (path -> content) of a revision; KeyError when there is none, ValueError when it is damaged."""
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
    if _digest(files) != row.digest:
        raise ValueError(f"revision {number} is not what was stored")
    return {name: text.encode() for name, text in files.items()}


def current_digest(connection: sa.Connection) -> str | None:
    """The digest of the current set: equal sets need not be stored again."""
    return connection.execute(sa.select(REVISION.c.digest).where(REVISION.c.is_current)).scalar()


def digest_of_number(connection: sa.Connection, number: int) -> str:
    """The digest of a revision; KeyError when there is none."""
    found = connection.execute(sa.select(REVISION.c.digest).where(REVISION.c.number == number)).scalar()
    if found is None:
        raise KeyError(number)
    return found


def _digest(texts: Mapping[str, str]) -> str:
    return digest_of({name: text.encode() for name, text in texts.items()})


def earlier_numbers(connection: sa.Connection, before: int) -> list[int]:
    """Numbers below `before`, the latest first."""
    return list(connection.execute(
        sa.select(REVISION.c.number).where(REVISION.c.number < before).order_by(REVISION.c.number.desc())).scalars())
