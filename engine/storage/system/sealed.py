"""The chain over the journal."""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields.column_types import Id, UtcDateTime
from engine.storage.system.base import METADATA, required

SEAL = sa.Table(
    "engine_seal", METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    required("entry_id", Id),
    required("at", UtcDateTime),
    required("adopted", sa.Boolean),
    required("chain", sa.LargeBinary(32)),
)
"""One seal a journal entry, numbered from 1 without gaps in the order in which the sealer saw them. `chain`: the link
over the seal before and this entry's code (`engine/storage/journal_codes.py`). `adopted`: the entry is older than
codes. Triggers refuse UPDATE, DELETE and TRUNCATE. No foreign key: what is missing must be told, not prevented."""
sa.Index("ux_engine_seal_entry", SEAL.c.entry_id, unique=True)
