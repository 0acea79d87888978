"""The engine's own tables. Entities never live here: their tables are built from the Catalog.

`tests/storage/test_system.py` holds the alembic scripts and these definitions equal.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.fields.column_types import ByteText, Id, Json, UtcDateTime
from engine.storage.system.base import METADATA
from engine.storage.system.base import required as _required
from engine.storage.system.person_keys import PERSON_KEY
from engine.storage.system.personal import COMMENT, DRAFT, IMPORT, PLACE, PREFERENCE, SAVED_VIEW
from engine.storage.system.sealed import SEAL
from engine.storage.system.signing import ACCOUNT, API_KEY, ATTEMPT, CHALLENGE, FACTOR, LINK, RECOVERY_CODE, SESSION
from engine.storage.system.work import JOB, NOTICE, SCHEDULE

__all__ = [
    "ACCOUNT", "API_KEY", "ATTEMPT", "CHALLENGE", "COMMENT", "COUNTER", "DICTIONARY_ITEM", "DRAFT", "FACTOR",
    "FILE", "IDEMPOTENCY", "IMPORT", "JOB", "JOURNAL", "LINK", "METADATA", "NOTICE", "OUTBOX", "PERSON_KEY",
    "PLACE", "PREFERENCE", "RECOVERY_CODE", "REVISION", "SAVED_VIEW", "SCHEDULE", "SEAL", "SESSION", "STATE",
    "Id", "Json",
]

REVISION = sa.Table(
    "engine_revision", METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _required("digest", sa.String(64)),
    _required("created_at", UtcDateTime),
    sa.Column("created_by", Id),
    sa.Column("note", sa.Text),
    _required("files", sa.LargeBinary),
    _required("is_current", sa.Boolean),
)
"""Published sets of files (`files`: zlib of JSON, path -> text). One row is current."""
sa.Index("ux_engine_revision_current", REVISION.c.is_current, unique=True,
         sqlite_where=sa.text("is_current"), postgresql_where=sa.text("is_current"))

JOURNAL = sa.Table(
    "engine_journal", METADATA,
    sa.Column("id", Id, primary_key=True),
    _required("at", UtcDateTime),
    sa.Column("actor_id", Id),
    _required("actor_kind", sa.String(16)),
    sa.Column("session_id", sa.String(64)),
    sa.Column("address", sa.String(45)),
    sa.Column("request_id", sa.String(64)),
    _required("operation", sa.String(32)),
    sa.Column("entity", sa.String(64)),
    sa.Column("record_id", Id),
    sa.Column("version", sa.Integer),
    sa.Column("organisation_id", Id),
    sa.Column("changes", Json),
    sa.Column("code", sa.LargeBinary(32)),
)
"""Who did what, when, from where, and what it changed. `code`: its proof (`engine/storage/journal_codes.py`), empty in
entries older than codes. Triggers refuse UPDATE, DELETE and TRUNCATE."""
sa.Index("ix_engine_journal_record", JOURNAL.c.entity, JOURNAL.c.record_id, JOURNAL.c.id)
sa.Index("ix_engine_journal_organisation", JOURNAL.c.organisation_id, JOURNAL.c.id)
sa.Index("ix_engine_journal_request", JOURNAL.c.request_id)

COUNTER = sa.Table(
    "engine_counter", METADATA,
    sa.Column("series", sa.String(128), primary_key=True),
    sa.Column("organisation_id", Id, primary_key=True),
    sa.Column("period", sa.String(16), primary_key=True),
    _required("value", sa.BigInteger),
)
"""The last number given in a series; `period` is empty where the series never restarts."""

OUTBOX = sa.Table(
    "engine_outbox", METADATA,
    sa.Column("id", Id, primary_key=True),
    _required("at", UtcDateTime),
    _required("kind", sa.String(64)),
    _required("payload", Json),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("done_at", UtcDateTime),
    _required("attempts", sa.Integer, server_default=sa.text("0")),
    sa.Column("error", sa.Text),
)
"""What the world outside has to hear after the commit; written inside the business transaction."""
sa.Index("ix_engine_outbox_waiting", OUTBOX.c.id, sqlite_where=sa.text("done_at IS NULL"),
         postgresql_where=sa.text("done_at IS NULL"))

FILE = sa.Table(
    "engine_file", METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("organisation_id", Id),
    _required("entity", sa.String(64)),
    _required("field", sa.String(128)),
    sa.Column("record_id", Id),
    _required("name", sa.String(255)),
    _required("media_type", sa.String(127)),
    _required("size", sa.BigInteger),
    _required("digest", sa.String(64)),
    _required("created_at", UtcDateTime),
    sa.Column("created_by", Id),
)
"""Uploaded files. `id` is random (it stands in URLs); `record_id` is NULL until the record that holds it is saved."""
sa.Index("ix_engine_file_record", FILE.c.record_id)
sa.Index("ix_engine_file_digest", FILE.c.organisation_id, FILE.c.digest)

DICTIONARY_ITEM = sa.Table(
    "engine_dictionary_item", METADATA,
    sa.Column("id", Id, primary_key=True),
    _required("dictionary", sa.String(64)),
    _required("code", sa.String(64)),
    sa.Column("organisation_id", Id),
    _required("kk", sa.Text),
    _required("ru", sa.Text),
    sa.Column("en", sa.Text),
    sa.Column("parent", sa.String(64)),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    _required("position", sa.Integer, server_default=sa.text("0")),
    _required("shipped", sa.Boolean),
    _required("edited", sa.Boolean),
)
"""Items of dictionaries; `organisation_id` NULL: for everybody. `shipped`: it comes with the metadata; `edited`:
people changed it, so that publishing leaves it alone."""
sa.Index("ux_engine_dictionary_item_common", DICTIONARY_ITEM.c.dictionary, DICTIONARY_ITEM.c.code, unique=True,
         sqlite_where=sa.text("organisation_id IS NULL"), postgresql_where=sa.text("organisation_id IS NULL"))
sa.Index("ux_engine_dictionary_item_own", DICTIONARY_ITEM.c.organisation_id, DICTIONARY_ITEM.c.dictionary,
         DICTIONARY_ITEM.c.code, unique=True, sqlite_where=sa.text("organisation_id IS NOT NULL"),
         postgresql_where=sa.text("organisation_id IS NOT NULL"))

IDEMPOTENCY = sa.Table(
    "engine_idempotency", METADATA,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("actor_id", Id, primary_key=True),
    _required("request_digest", sa.String(64)),
    _required("status", sa.SmallInteger),
    sa.Column("response", sa.LargeBinary),
    _required("at", UtcDateTime),
)
"""Answers already given, so that a request sent twice acts once."""
sa.Index("ix_engine_idempotency_at", IDEMPOTENCY.c.at)

STATE = sa.Table(
    "engine_state", METADATA,
    sa.Column("key", ByteText, primary_key=True),
    _required("value", Json),
)
"""Small facts about the installation: the stamp of dictionary edits, the tables that the planner made."""
