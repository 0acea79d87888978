"""The head of the chain, kept outside the database: without it nobody could tell that the end was cut off.

`journal.head` in the data folder: JSON of one seal, signed with the journal's key. It only ever moves forward.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from engine.ids import parse_id
from engine.storage.journal_codes import BEGINNING, LENGTH, signed
from engine.storage.system.tables import SEAL

FILE = "journal.head"


class Broken(ValueError):
    """The kept head cannot be read, or somebody without the key wrote it."""


@dataclass(frozen=True)
class Head:
    """One seal: its number, entry, moment and link. Number 0 stands before the first: sealing has begun here."""

    number: int
    entry_id: UUID
    at: datetime
    chain: bytes

    def told(self) -> dict[str, Any]:
        return {"number": self.number, "entry": str(self.entry_id), "at": self.at.isoformat(),
                "chain": self.chain.hex()}


def no_seal_yet(at: datetime) -> Head:
    return Head(0, UUID(int=0), at, BEGINNING)


def head_of(connection: sa.Connection) -> Head | None:
    """The newest seal of the database; None while nothing is sealed."""
    row = connection.execute(sa.select(SEAL).order_by(SEAL.c.number.desc()).limit(1)).first()
    return None if row is None else Head(row.number, row.entry_id, row.at, row.chain)


def place_of(folder: Path) -> Path:
    return Path(folder) / FILE


def read_head(key: bytes, path: Path) -> Head | None:
    """The head that the file holds; None when there is no file. Raises Broken."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        told = orjson.loads(text)
        signature = told.pop("signature")
        head = Head(int(told["number"]), _id(told["entry"]), datetime.fromisoformat(told["at"]),
                    bytes.fromhex(told["chain"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Broken(path.name) from error
    genuine = hmac.compare_digest(signed(key, head.told()), str(signature))
    if not genuine or head.told() != told or len(head.chain) != LENGTH:
        raise Broken(path.name)
    return head


def keep_head(key: bytes, folder: Path, head: Head) -> None:
    """Put `head` in the place of the kept one: wholly or not at all, and on the disk before this returns."""
    write_signed(place_of(folder), key, head.told())


def write_signed(path: Path, key: bytes, told: Mapping[str, Any]) -> None:
    """A small signed JSON file, replaced in one step."""
    text = orjson.dumps({**told, "signature": signed(key, told)}, option=orjson.OPT_INDENT_2)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(handle, "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def stands(connection: sa.Connection, head: Head) -> bool:
    """Is the kept head a seal of this database, link for link?"""
    if head.number == 0:
        return True
    row = connection.execute(sa.select(SEAL.c.entry_id, SEAL.c.chain).where(SEAL.c.number == head.number)).first()
    return row is not None and row.entry_id == head.entry_id and hmac.compare_digest(row.chain, head.chain)


def _id(text: Any) -> UUID:
    found = parse_id(text)
    if found is None:
        raise ValueError(text)
    return found
