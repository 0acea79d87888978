"""The twin's tables, written out by hand: the columns it uses of the tables that the engine made."""

from __future__ import annotations

import sqlalchemy as sa

# How one database keeps an id, an exact number and a moment is the tables' business, so both sides read them alike.
from engine.fields.column_types import ByteText, Id, ScaledDecimal, UtcDateTime

metadata = sa.MetaData()

counterparty = sa.Table(
    "directory_counterparty", metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("organisation_id", Id),
    sa.Column("archived_at", UtcDateTime),
    sa.Column("name", sa.String(250)),
)
service = sa.Table(
    "accounting_service", metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("organisation_id", Id),
    sa.Column("archived_at", UtcDateTime),
    sa.Column("name_ru", sa.String(200)),
    sa.Column("kind", sa.String(64)),
    sa.Column("price", ScaledDecimal(2)),
    sa.Column("active", sa.Boolean),
)
invoice = sa.Table(
    "accounting_invoice", metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("organisation_id", Id),
    sa.Column("version", sa.BigInteger),
    sa.Column("created_at", UtcDateTime),
    sa.Column("created_by_id", Id),
    sa.Column("updated_at", UtcDateTime),
    sa.Column("updated_by_id", Id),
    sa.Column("archived_at", UtcDateTime),
    sa.Column("number", sa.String(60)),
    sa.Column("number__key", ByteText),
    sa.Column("date", sa.Date),
    sa.Column("state", sa.String(64)),
    sa.Column("posted_at", UtcDateTime),
    sa.Column("reverses_id", Id),
    sa.Column("payer_id", Id),
    sa.Column("purpose", sa.String(64)),
    sa.Column("due", sa.Date),
    sa.Column("total", ScaledDecimal(2)),
    sa.Column("note", sa.Text),
)
lines = sa.Table(
    "accounting_invoice__lines", metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("owner_id", Id),
    sa.Column("organisation_id", Id),
    sa.Column("position", sa.Integer),
    sa.Column("service_id", Id),
    sa.Column("quantity", ScaledDecimal(3)),
    sa.Column("price", ScaledDecimal(2)),
    sa.Column("amount", ScaledDecimal(2)),
)
