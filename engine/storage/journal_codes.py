"""What proves that the journal is as it was written: a code for each entry, a chain over the codes.

Both are HMAC-SHA-256 under a key that is never in the database. An entry's code is made inside the transaction that
writes it, so nobody waits for anybody; the chain is made afterwards, by the sealer (`engine/services/journal`).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

COLUMNS = (
    "id", "at", "actor_id", "actor_kind", "session_id", "address", "request_id", "operation", "entity", "record_id",
    "version", "organisation_id", "changes",
)
"""What a code covers: every column of the journal but the code itself."""
LENGTH = 32
"""Bytes of a code and of a link."""
BEGINNING = bytes(LENGTH)
"""What the first link of a chain is linked to."""

_FRACTION = re.compile(rb"[:,\[]-?[0-9]+[.eE]")
"""Perhaps a number with a fraction or an exponent: such texts are settled, the others are as they should be."""


def code_of(key: bytes, entry: Mapping[str, Any]) -> bytes:
    """The code of an entry, from its columns as Python holds them. Both databases give back what gives this again.

    A lacking column counts as empty.
    """
    get = entry.get
    at: datetime = entry["at"]
    values = [get(name) for name in COLUMNS]
    if at.tzinfo is not UTC:
        values[1] = at.astimezone(UTC)
    text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    if _FRACTION.search(text):
        values[-1] = _settled(values[-1])
        text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    return hmac.digest(key, b"entry" + text, "sha256")


def linked(key: bytes, before: bytes, number: int, entry_id: UUID, at: datetime, adopted: bool, code: bytes) -> bytes:
    """The link of a seal: over the link `before` it and everything that the seal says."""
    told = [number, entry_id, at.astimezone(UTC), adopted, before.hex(), code.hex()]
    return hmac.digest(key, b"link" + orjson.dumps(told), "sha256")


def signed(key: bytes, told: Mapping[str, Any]) -> str:
    """The signature of what is kept outside the database: the head of the chain, a segment's foot."""
    return hmac.digest(key, b"head" + orjson.dumps(told, option=orjson.OPT_SORT_KEYS), "sha256").hex()


def _settled(value: Any) -> Any:
    """JSON whose numbers are written one way: `jsonb` turns 1e16 into digits, and the reader makes an integer of
    them."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and -(2**63) <= value < 2**64 else value
    if isinstance(value, Mapping):
        return {k: _settled(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(v) for v in value]
    return value
