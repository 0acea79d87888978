"""Keys of people: what the journal says of somebody is readable as long as their key is there."""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields.column_types import Id, UtcDateTime
from engine.storage.system.base import METADATA, required

PERSON_KEY = sa.Table(
    "engine_person_key", METADATA,
    sa.Column("person_id", Id, primary_key=True),
    sa.Column("sealed", sa.LargeBinary),
    required("created_at", UtcDateTime),
    sa.Column("destroyed_at", UtcDateTime),
)
"""`sealed`: the key, under the ring of keys; NULL once it was destroyed. `person_id`: a record of whatever entity the
metadata names as the `subject` of others."""
