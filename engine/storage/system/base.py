"""What all definitions of the engine's own tables share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


def required(name: str, kind: Any, **more: Any) -> sa.Column:
    """A column that is never NULL."""
    return sa.Column(name, kind, nullable=False, **more)
