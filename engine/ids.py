"""Identifiers: UUIDv7 (RFC 9562), made anywhere and ordered by time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, SafeUUID

import uuid_utils

_UNKNOWN, _set = SafeUUID.unknown, object.__setattr__  # looked up once: a member of an Enum is found by a call


def new_id() -> UUID:
    """A fresh id; later ids of one process compare greater."""
    return id_of(uuid_utils.uuid7().int)


def id_of(number: int) -> UUID:
    """The id that a number of 128 bits stands for, without the checks of its constructor: works make thousands."""
    found = UUID.__new__(UUID)
    _set(found, "int", number)
    _set(found, "is_safe", _UNKNOWN)
    return found


def oldest_id(moment: datetime) -> UUID:
    """The least id that could have been made at `moment` (with a time zone) or later: a bound in time for indexes."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def parse_id(text: object) -> UUID | None:
    """The id that `text` spells in the usual 36 characters, or None. Other spellings are refused on purpose."""
    if isinstance(text, UUID):
        return text
    if not isinstance(text, str) or len(text) != 36:
        return None
    digits = text.replace("-", "")
    try:
        return id_of(int(digits, 16)) if len(digits) == 32 else UUID(text)
    except ValueError:
        return None
