"""The secret of a factor as it is stored: encrypted, bound to its row and to its person."""

from __future__ import annotations

from uuid import UUID

from engine.fields import cipher
from engine.storage.system.ciphers import factor_place


def sealed(id: UUID, user_id: UUID, secret: str) -> bytes:
    """`secret` of the factor `id`. The person stands inside: a row given to somebody else opens for nobody."""
    return cipher.current().seal(f"{user_id} {secret}", factor_place({"id": id}))


def opened(id: UUID, user_id: UUID, kept: bytes) -> str:
    """The secret again. Raises `cipher.Unreadable` for one that was changed or moved to another row or person."""
    owner, _, secret = cipher.current().open(bytes(kept), factor_place({"id": id})).partition(" ")
    if owner != str(user_id):
        raise cipher.Unreadable(f"The factor {id} belongs to somebody else")
    return secret
