"""What all definitions of the engine's own tables share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


class Json(sa.types.TypeDecorator):
    """A JSON value: `jsonb` on PostgreSQL, text on SQLite. Python's None is NULL, never the JSON null."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(sa.JSON(none_as_null=True))


def required(name: str, kind: Any, **more: Any) -> sa.Column:
    """A column that is never NULL."""
    return sa.Column(name, kind, nullable=False, **more)
