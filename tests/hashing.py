"""Hashes of passwords that cost nothing: tests sign people in thousands of times, and few ask about the hash itself."""

from __future__ import annotations

from argon2 import PasswordHasher

from engine.services.identity import passwords

_REAL = passwords._hasher, passwords._nobody
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def quicken() -> None:
    """From now on this process hashes without cost, for people and for nobody alike."""
    passwords._hasher, passwords._nobody = _QUICK, _QUICK.hash("the password of nobody")


def as_in_production(monkeypatch) -> None:
    """The hasher and the hash of nobody that the engine came with."""
    for name, value in zip(("_hasher", "_nobody"), _REAL, strict=True):
        monkeypatch.setattr(passwords, name, value)
