"""The engine's own tables, and the triggers that keep the journal append-only."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import ByteText, Id, Json, UtcDateTime
from engine.storage.system.journal_guard import guard_journal

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "engine_api_key",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_api_key"),
    )
    op.create_index("ix_engine_api_key_user", "engine_api_key", ["user_id"])
    op.create_index("ux_engine_api_key_hash", "engine_api_key", ["key_hash"], unique=True)
    op.create_table(
        "engine_counter",
        sa.Column("series", sa.String(128), nullable=False),
        sa.Column("organisation_id", Id(), nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", "organisation_id", "period", name="pk_engine_counter"),
    )
    op.create_table(
        "engine_dictionary_item",
        sa.Column("id", Id(), nullable=False),
        sa.Column("dictionary", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("kk", sa.Text(), nullable=False),
        sa.Column("ru", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=True),
        sa.Column("parent", sa.String(64), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_engine_dictionary_item"),
    )
    op.create_index("ux_engine_dictionary_item_common", "engine_dictionary_item", ["dictionary", "code"], unique=True,
                    sqlite_where=sa.text("organisation_id IS NULL"),
                    postgresql_where=sa.text("organisation_id IS NULL"))
    op.create_index("ux_engine_dictionary_item_own", "engine_dictionary_item", [
                    "organisation_id", "dictionary", "code"], unique=True,
                    sqlite_where=sa.text("organisation_id IS NOT NULL"),
                    postgresql_where=sa.text("organisation_id IS NOT NULL"))
    op.create_table(
        "engine_file",
        sa.Column("id", Id(), nullable=False),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("entity", sa.String(64), nullable=False),
        sa.Column("field", sa.String(128), nullable=False),
        sa.Column("record_id", Id(), nullable=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(127), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_file"),
    )
    op.create_index("ix_engine_file_digest", "engine_file", ["organisation_id", "digest"])
    op.create_index("ix_engine_file_record", "engine_file", ["record_id"])
    op.create_table(
        "engine_idempotency",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("actor_id", Id(), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", "actor_id", name="pk_engine_idempotency"),
    )
    op.create_index("ix_engine_idempotency_at", "engine_idempotency", ["at"])
    op.create_table(
        "engine_journal",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", Id(), nullable=True),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("entity", sa.String(64), nullable=True),
        sa.Column("record_id", Id(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("changes", Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_journal"),
    )
    op.create_index("ix_engine_journal_organisation", "engine_journal", ["organisation_id", "id"])
    op.create_index("ix_engine_journal_record", "engine_journal", ["entity", "record_id", "id"])
    op.create_table(
        "engine_outbox",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_outbox"),
    )
    op.create_index("ix_engine_outbox_waiting", "engine_outbox", ["id"],
                    sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL"))
    op.create_table(
        "engine_revision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_engine_revision"),
    )
    op.create_index("ux_engine_revision_current", "engine_revision", ["is_current"], unique=True,
                    sqlite_where=sa.text("is_current"), postgresql_where=sa.text("is_current"))
    op.create_table(
        "engine_session",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("agent", sa.String(255), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=True),
        sa.Column("language", sa.String(2), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_engine_session"),
    )
    op.create_index("ix_engine_session_user", "engine_session", ["user_id"])
    op.create_table(
        "engine_state",
        sa.Column("key", ByteText(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_engine_state"),
    )
    guard_journal(op.get_bind())
