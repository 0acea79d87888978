"""Passwords: argon2id, at most four hashes at a time because each takes 64 MiB."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid, Problem
from engine.language import N_

LEAST, MOST = 12, 128
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_gate = threading.BoundedSemaphore(4)
# Of a random password that nobody kept, with the parameters above: made anew it would cost every start half a second.
_nobody = "$argon2id$v=19$m=65536,t=3,p=1$xrJ6NAeLkyX/B7NmQd8rmw$LDaaY1Fo0r5D3IpQVR2XX5LnCm4arYoYS+j7JPf1RP8"


def hash_password(password: str, least: int = LEAST) -> str:
    """The argon2id hash. Raises Invalid for a password that is too short or too long."""
    if not least <= len(password) <= MOST:
        raise Invalid(
            [
                Problem(
                    "password.length",
                    N_("A password has %(least)s to %(most)s characters"),
                    "password",
                    {"least": least, "most": MOST},
                )
            ]
        )
    with _gate:
        return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Is it the password? Takes as long for a user who does not exist."""
    with _gate:
        try:
            return _hasher.verify(stored or _nobody, password[:MOST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
