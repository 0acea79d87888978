"""Names of columns that are put together from several keys. PostgreSQL keeps 63 bytes of a name and drops the rest."""

from __future__ import annotations

import hashlib

LIMIT = 63


def fitted(name: str) -> str:
    """`name`, or its beginning with a hash of the whole when it is longer than 63 bytes."""
    if len(name.encode()) <= LIMIT:
        return name
    return f"{name[: LIMIT - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
