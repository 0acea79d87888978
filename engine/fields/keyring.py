"""The ring of keys that seal fields, and the file that holds it, outside the database and outside its backups.

A line is `NUMBER HEX STATE`: `active` seals and makes blind indexes, `old` ones are still readable, `new` waits to be
made active. A process looks at the file whenever it seals or opens something, so keys change under a running server.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NEW, ACTIVE, OLD = STATES = ("new", "active", "old")
KEY_BYTES = 32
HIGHEST = 255
"""A ciphertext begins with the number of its key, in one byte."""


@dataclass(frozen=True)
class KeyRing:
    """Master keys by number (1 to 255). New values use `current`; all of them stay readable."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int
    blind: int
    """The number of the key behind new blind indexes."""
    waiting: tuple[int, ...] = ()
    """Keys that nothing was sealed with yet."""
    stated: bool = True
    """False for a file without states: its last key is current, its first one is behind all blind indexes."""

    @property
    def older_blinds(self) -> tuple[int, ...]:
        """Keys that blind indexes made earlier may still stand under, while they are being made anew."""
        return tuple(n for n in self.keys if n != self.blind and n not in self.waiting) if self.stated else ()

    def state(self, number: int) -> str:
        return NEW if number in self.waiting else ACTIVE if number == self.current else OLD

    @classmethod
    def read(cls, text: str) -> KeyRing:
        """A ring from lines `NUMBER HEX STATE` (64 hex digits), or all of them without a state.

        ValueError when a line is no key: the message names the line, never its content.
        """
        keys: dict[int, bytes] = {}
        states: dict[int, str] = {}
        for place, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                name, secret, *state = line.split()
                key, number = bytes.fromhex(secret), int(name)
                if len(key) != KEY_BYTES or not 1 <= number <= HIGHEST or number in keys:
                    raise ValueError
                if state and (len(state) > 1 or state[0] not in STATES):
                    raise ValueError
            except ValueError:
                raise ValueError(
                    f"Key file, line {place}: write a new number (1-255), 64 hex digits and {', '.join(STATES)}"
                ) from None
            keys[number] = key
            states[number] = state[0] if state else ""
        if not keys:
            raise ValueError("The key file holds no key")
        if not any(states.values()):
            return cls(keys, current=list(keys)[-1], blind=next(iter(keys)), stated=len(keys) == 1)
        active = [number for number, state in states.items() if state == ACTIVE]
        if len(active) != 1 or not all(states.values()):
            raise ValueError("The key file needs a state on every line, and exactly one key that is active")
        return cls(keys, active[0], active[0], tuple(n for n, state in states.items() if state == NEW))

    def write(self) -> str:
        """The text that `read` reads."""
        return "".join(f"{n} {key.hex()} {self.state(n)}\n" for n, key in self.keys.items())

    def with_new(self) -> KeyRing:
        """The ring with one more key that waits. ValueError when all numbers are taken."""
        number = max(self.keys) + 1
        if number > HIGHEST:
            number = next((n for n in range(1, HIGHEST + 1) if n not in self.keys), 0)
        if not number:
            raise ValueError("The ring is full: retire old keys first")
        keys = {**self.keys, number: os.urandom(KEY_BYTES)}
        return KeyRing(keys, self.current, self.current, (*self.waiting, number))

    def turned(self) -> KeyRing:
        """The newest waiting key made active, all others old. ValueError when none waits."""
        if not self.waiting:
            raise ValueError("No key waits: add one first")
        return KeyRing(self.keys, self.waiting[-1], self.waiting[-1])

    def without(self, number: int) -> KeyRing:
        """The ring less one key, which is not the current one."""
        return KeyRing({n: k for n, k in self.keys.items() if n != number}, self.current, self.blind,
                       tuple(n for n in self.waiting if n != number))

    @staticmethod
    def new_line(number: int, state: str = "") -> str:
        """A line with a fresh key for a key file."""
        return f"{number} {os.urandom(KEY_BYTES).hex()} {state}".rstrip() + "\n"


class KeyFile:
    """A file with a ring. Only one process at a time may change it; any number read."""

    def __init__(self, path: Path):
        self.path = path

    def stamp(self) -> tuple[int, ...]:
        """What tells one state of the file from another."""
        now = os.stat(self.path)
        return now.st_ino, now.st_mtime_ns, now.st_size

    def read(self) -> KeyRing:
        return KeyRing.read(self.path.read_text(encoding="utf-8"))

    def write(self, ring: KeyRing) -> None:
        """Replace the file in one step that survives a loss of power: nothing is sealed with a key that may vanish."""
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(ring.write())
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.path)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
