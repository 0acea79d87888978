"""Identifiers: UUIDv7 (RFC 9562), made anywhere and ordered by time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh id; later ids of one process compare greater."""
    return UUID(int=uuid_utils.uuid7().int)


def oldest_id(moment: datetime) -> UUID:
    """The least id that could have been made at `moment` (with a time zone) or later: a bound in time for indexes."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def parse_id(text: object) -> UUID | None:
    """The id that `text` spells in the usual 36 characters, or None. Other spellings are refused on purpose."""
    if isinstance(text, UUID):
        return text
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
