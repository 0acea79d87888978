"""What a process remembers between requests as long as a stamp stays (storage/stamps.py)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 1_000


class Remembered:
    """Safe to share between threads: at worst two of them read the same thing."""

    def __init__(self) -> None:
        self._under: tuple[str, dict[Hashable, Any]] = ("", {})

    def get(self, stamp: str, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` found under this stamp. `key` names everything else that it depends on; nobody changes what they
        are given."""
        under, found = self._under
        if under != stamp or len(found) >= MOST:
            found = {}
            self._under = stamp, found
        if key not in found:
            found[key] = read()
        return found[key]
