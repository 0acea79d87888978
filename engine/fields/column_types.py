"""Column types that behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from engine.ids import id_of

DIGITS = 18


def _from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else id_of(int.from_bytes(value, "big"))


class Id(sa.types.TypeDecorator):
    """A UUIDv7: `uuid` on PostgreSQL, 16 bytes on SQLite (half of the text form, and ordered by time)."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Uuid(as_uuid=True))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def bind_processor(self, dialect):
        if dialect.name == "postgresql":
            return None
        return lambda value: None if value is None else value.bytes

    def result_processor(self, dialect, coltype):
        if dialect.name == "postgresql":
            return None
        return _from_bytes

    def coerce_compared_value(self, op, value):
        return self

    @property
    def python_type(self):
        return UUID


class ScaledDecimal(sa.types.TypeDecorator):
    """An exact decimal of at most 18 digits, `places` of them after the point.

    NUMERIC on PostgreSQL. On SQLite a 64-bit integer of the smallest unit, because REAL drifts and its sums
    overflow silently (decisions.md, 6). Binding a number of more digits raises ValueError.
    """

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, places: int):
        super().__init__()
        self.places = places

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Numeric(DIGITS, self.places))
        return dialect.type_descriptor(sa.BigInteger())

    def bind_processor(self, dialect):
        places, limit = self.places, 10**DIGITS
        native, most = dialect.name == "postgresql", Decimal(limit).scaleb(-places)

        def bind(value):
            if value is None:
                return None
            number = value if isinstance(value, Decimal) else Decimal(value)
            if native:
                if abs(number) >= most:
                    raise ValueError(f"{value} has more than {DIGITS} digits")
                return number
            scaled = int(number.scaleb(places).to_integral_value("ROUND_HALF_UP"))
            if abs(scaled) >= limit:
                raise ValueError(f"{value} has more than {DIGITS} digits")
            return scaled

        return bind

    def result_processor(self, dialect, coltype):
        if dialect.name == "postgresql":
            return None
        places = -self.places
        return lambda value: None if value is None else Decimal(value).scaleb(places)

    def coerce_compared_value(self, op, value):
        return self


class UtcDateTime(sa.types.TypeDecorator):
    """A moment in UTC: `timestamptz` on PostgreSQL, ISO text of fixed width on SQLite so that it sorts as time."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.String(27))

    def bind_processor(self, dialect):
        if dialect.name == "postgresql":
            return None
        return lambda value: None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def result_processor(self, dialect, coltype):
        if dialect.name == "postgresql":
            return lambda value: None if value is None else value.astimezone(UTC)
        return lambda value: None if value is None else datetime.fromisoformat(value)

    def coerce_compared_value(self, op, value):
        return self


class Json(sa.types.TypeDecorator):
    """A JSON value: `jsonb` on PostgreSQL, text on SQLite. Python's None is NULL, never the JSON null."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(sa.JSON(none_as_null=True))


class ByteText(sa.types.TypeDecorator):
    """Text compared byte by byte on both databases: keys of the engine, never shown."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Text(collation="C"))
        return dialect.type_descriptor(sa.Text())


class Code(sa.types.TypeDecorator):
    """A short code (`paid`, `+77011234567`) compared byte by byte on both databases, so that it sorts alike."""

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int):
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.String(self.length, collation="C"))
        return dialect.type_descriptor(sa.String(self.length))
