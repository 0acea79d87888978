"""Encryption of single fields: AES-256-GCM under a ring of keys, and a blind index for search by equality.

The keys come from outside the database and are handed in once by `install`. A ciphertext is bound to its field and
its row, so that nobody can move one person's number to another one unnoticed. The blind index is an HMAC of the
value under a key of its own, different for each field; it tells equal values and nothing else.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.fields import operators as op
from engine.fields.keyring import KeyFile, KeyRing
from engine.model.field import Field

NONCE = 12
CIPHER = "_cipher"
"""How the column of a ciphertext ends."""


class CipherMissing(RuntimeError):
    """There is an encrypted field but no key ring was installed when the application started."""

    def __init__(self) -> None:
        super().__init__(
            "An encrypted field is used but no keys are installed: start the application with a key file "
            "(engine.fields.cipher.install).")


class Unreadable(ValueError):
    """A ciphertext that was changed, moved to another row, or made with a key that the ring no longer holds."""


class Cipher:
    """Seals and opens values; derives a key for each purpose from the ring."""

    def __init__(self, ring: KeyRing):
        self.current = ring.current
        self._sealing = {number: AESGCM(_derived(key, b"seal")) for number, key in ring.keys.items()}
        self._blinds = [_derived(ring.keys[number], b"blind") for number in (ring.blind, *ring.older_blinds)]

    @property
    def turning(self) -> bool:
        """True while blind indexes may stand under more than one key."""
        return len(self._blinds) > 1

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
        return self.blinds(text, column)[0]

    def blinds(self, text: str, column: str) -> list[bytes]:
        """All blind indexes that `text` may be found by: the one it is written with first, older ones after it."""
        told = f"{column}\0{text}".encode()
        return [hmac.digest(key, told, "sha256") for key in self._blinds]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"qurastyr field " + purpose).derive(key)


class _Watched:
    """The cipher of a key file, made anew whenever the file is another one."""

    def __init__(self, file: KeyFile):
        self._file = file
        self._made: tuple[tuple[int, ...], Cipher] | None = None

    def cipher(self) -> Cipher:
        stamp = self._file.stamp()
        made = self._made
        if made is None or made[0] != stamp:
            made = self._made = stamp, Cipher(self._file.read())
        return made[1]


_installed: Cipher | _Watched | None = None


def install(cipher: Cipher | KeyFile | None) -> None:
    """Make `cipher`, or that of a key file, the one that all encrypted fields use (None takes it away)."""
    global _installed
    _installed = _Watched(cipher) if isinstance(cipher, KeyFile) else cipher
    current_if_any()  # a key file that cannot be read stops the start, not somebody's save


def current() -> Cipher:
    """The installed cipher, with the keys that its file holds at this moment. Raises CipherMissing."""
    found = current_if_any()
    if found is None:
        raise CipherMissing
    return found


def current_if_any() -> Cipher | None:
    return _installed.cipher() if isinstance(_installed, _Watched) else _installed


def place_of(owner: str, key: str, row: Any) -> str:
    """What the ciphertext of a field is bound to: its table, its column, its row."""
    return f"{owner}|{key}|{row}"


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
            f"{field.key}_cipher": cipher.seal(value, place_of(field.owner, field.key, row)),
            f"{field.key}_blind": cipher.blind(self.blind_text(value), f"{field.owner}|{field.key}"),
        }

    def from_cipher(self, field: Field, row: Mapping[str, Any]) -> str | None:
        sealed = row[f"{field.key}_cipher"]
        return None if sealed is None else current().open(bytes(sealed), place_of(field.owner, field.key, row["id"]))

    def cipher_expression(self, field: Field, table: sa.FromClause) -> sa.ColumnElement:
        return table.c[f"{field.key}_blind"]

    def cipher_clause(
        self, field: Field, table: sa.FromClause, operator: str, values: Sequence[Any]
    ) -> sa.ColumnElement:
        found = next((o for o in self.cipher_operators if o.name == operator), None)
        if found is None:
            raise KeyError(operator)
        if operator != "empty":
            blinds, column = current().blinds, f"{field.owner}|{field.key}"
            values = [blind for value in values for blind in blinds(self.blind_text(value), column)]
            if len(values) > 1:
                found = op.IN
        return found.clause(self.cipher_expression(field, table), values)
