"""Encryption of single fields: AES-256-GCM under a ring of keys, and a blind index for search by equality.

The keys come from outside the database and are handed in once by `install`. A ciphertext is bound to its field and
its row, so that nobody can move one person's number to another one unnoticed. The blind index is an HMAC of the
value under a key of its own, different for each field; it tells equal values and nothing else.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.fields import operators as op
from engine.model.field import Field

NONCE = 12


class CipherMissing(RuntimeError):
    """There is an encrypted field but no key ring was installed when the application started."""

    def __init__(self) -> None:
        super().__init__(
            "An encrypted field is used but no keys are installed: start the application with a key file "
            "(engine.fields.cipher.install).")


class Unreadable(ValueError):
    """A ciphertext that was changed, moved to another row, or made with a key that the ring no longer holds."""


@dataclass(frozen=True)
class KeyRing:
    """Master keys by number (1 to 255). New values use `current`; old ones stay readable."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int
    blind: int
    """The number of the key behind all blind indexes; changing it means computing them anew."""

    @classmethod
    def read(cls, text: str) -> KeyRing:
        """A ring from lines `NUMBER HEX` (64 hex digits); the last one is current, the first one is the blind key.

        ValueError when a line is no key: the message names the line, never its content.
        """
        keys: dict[int, bytes] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                name, secret = line.split()
                key = bytes.fromhex(secret)
                if len(key) != 32 or not 1 <= int(name) <= 255 or int(name) in keys:
                    raise ValueError
            except ValueError:
                raise ValueError(f"Key file, line {number}: write a new number (1-255) and 64 hex digits") from None
            keys[int(name)] = key
        if not keys:
            raise ValueError("The key file holds no key")
        return cls(keys, current=list(keys)[-1], blind=next(iter(keys)))

    @staticmethod
    def new_line(number: int) -> str:
        """A line with a fresh key for a key file."""
        return f"{number} {os.urandom(32).hex()}\n"


class Cipher:
    """Seals and opens values; derives a key for each purpose from the ring."""

    def __init__(self, ring: KeyRing):
        self.current = ring.current
        self._sealing = {number: AESGCM(_derived(key, b"seal")) for number, key in ring.keys.items()}
        self._blind = _derived(ring.keys[ring.blind], b"blind")

    def seal(self, text: str, place: str) -> bytes:
        """Key number, nonce and ciphertext of `text`, bound to `place`."""
        nonce = os.urandom(NONCE)
        return bytes([self.current]) + nonce + self._sealing[self.current].encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """The text again; `Unreadable` when it does not belong to `place` or its key is gone."""
        try:
            key = self._sealing[sealed[0]]
            return key.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], place.encode()).decode()
        except (KeyError, IndexError, InvalidTag, ValueError):
            raise Unreadable(f"The encrypted value at {place} cannot be opened") from None

    def blind(self, text: str, column: str) -> bytes:
        """The blind index of `text` in `column`: 32 bytes."""
        return hmac.digest(self._blind, f"{column}\0{text}".encode(), "sha256")


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"qurastyr field " + purpose).derive(key)


_installed: Cipher | None = None


def install(cipher: Cipher | None) -> None:
    """Make `cipher` the one that all encrypted fields use (None takes it away)."""
    global _installed
    _installed = cipher


def current() -> Cipher:
    if _installed is None:
        raise CipherMissing
    return _installed


class Encryptable:
    """Storage of a text type under `encrypted: yes`: columns `key_cipher` and `key_blind`."""

    cipher_operators = (op.IS, op.IN, op.EMPTY)

    def cipher_columns(self, field: Field) -> list[sa.Column]:
        return [sa.Column(f"{field.key}_cipher", sa.LargeBinary), sa.Column(f"{field.key}_blind", sa.LargeBinary(32))]

    def blind_text(self, value: str) -> str:
        """What two values must share to be found as equal."""
        return " ".join(value.casefold().split())

    def to_cipher(self, field: Field, value: str | None, row: UUID | None) -> dict[str, Any]:
        if value is None:
            return {f"{field.key}_cipher": None, f"{field.key}_blind": None}
        if row is None:
            raise ValueError(f"{field.address} is encrypted: to_columns needs the id of the row")
        cipher = current()
        return {
            f"{field.key}_cipher": cipher.seal(value, f"{field.owner}|{field.key}|{row}"),
            f"{field.key}_blind": cipher.blind(self.blind_text(value), f"{field.owner}|{field.key}"),
        }

    def from_cipher(self, field: Field, row: Mapping[str, Any]) -> str | None:
        sealed = row[f"{field.key}_cipher"]
        return None if sealed is None else current().open(bytes(sealed), f"{field.owner}|{field.key}|{row['id']}")

    def cipher_expression(self, field: Field, table: sa.FromClause) -> sa.ColumnElement:
        return table.c[f"{field.key}_blind"]

    def cipher_clause(
        self, field: Field, table: sa.FromClause, operator: str, values: Sequence[Any]
    ) -> sa.ColumnElement:
        found = next((o for o in self.cipher_operators if o.name == operator), None)
        if found is None:
            raise KeyError(operator)
        if operator != "empty":
            blind = current().blind
            values = [blind(self.blind_text(value), f"{field.owner}|{field.key}") for value in values]
        return found.clause(self.cipher_expression(field, table), values)
