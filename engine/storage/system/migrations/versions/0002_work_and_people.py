"""Work in the background; what people keep for themselves or say beside records."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import Id, Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNFINISHED = "state IN ('waiting', 'running')"


def upgrade() -> None:
    op.create_table(
        "engine_job",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("arguments", Json(), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("key", sa.String(255), nullable=True),
        sa.Column("schedule", sa.String(128), nullable=True),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("most_attempts", sa.Integer(), nullable=False, server_default=sa.text("3")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("worker", sa.String(64), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("said", Json(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("result", Json(), nullable=True),
        sa.Column("file", Json(), nullable=True),
        sa.Column("error", Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_job"),
    )
    op.create_index("ix_engine_job_user", "engine_job", ["user_id", "id"])
    op.create_index("ix_engine_job_organisation", "engine_job", ["organisation_id", "id"])
    op.create_index("ix_engine_job_working", "engine_job", ["user_id"],
                    sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED))
    op.create_index("ix_engine_job_waiting", "engine_job", ["not_before"],
                    sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED))
    op.create_index("ux_engine_job_key", "engine_job", ["key"], unique=True,
                    sqlite_where=sa.text(UNFINISHED), postgresql_where=sa.text(UNFINISHED))
    op.create_table(
        "engine_schedule",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=True),
        sa.Column("last_job_id", Id(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("name", name="pk_engine_schedule"),
    )
    op.create_table(
        "engine_notice",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("tone", sa.String(8), nullable=False),
        sa.Column("text", Json(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("job_id", Id(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_notice"),
    )
    op.create_index("ix_engine_notice_user", "engine_notice", ["user_id", "id"])
    op.create_index("ix_engine_notice_unread", "engine_notice", ["user_id"],
                    sqlite_where=sa.text("read_at IS NULL"), postgresql_where=sa.text("read_at IS NULL"))
    op.create_table(
        "engine_saved_view",
        sa.Column("id", Id(), nullable=False),
        sa.Column("entity", sa.String(64), nullable=False),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("owner_id", Id(), nullable=False),
        sa.Column("audience", sa.String(16), nullable=False),
        sa.Column("role", sa.String(64), nullable=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("state", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_engine_saved_view"),
    )
    op.create_index("ix_engine_saved_view_entity", "engine_saved_view", ["entity", "organisation_id"])
    op.create_table(
        "engine_preference",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_engine_preference"),
    )
    op.create_table(
        "engine_place",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("entity", sa.String(64), nullable=False),
        sa.Column("record_id", Id(), nullable=False),
        sa.Column("visited_at", UtcDateTime(), nullable=True),
        sa.Column("starred_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "entity", "record_id", name="pk_engine_place"),
    )
    op.create_index("ix_engine_place_visited", "engine_place", ["user_id", "visited_at"])
    op.create_table(
        "engine_draft",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("entity", sa.String(64), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("record_version", sa.Integer(), nullable=True),
        sa.Column("values", Json(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "entity", "place", name="pk_engine_draft"),
    )
    op.create_table(
        "engine_comment",
        sa.Column("id", Id(), nullable=False),
        sa.Column("entity", sa.String(64), nullable=False),
        sa.Column("record_id", Id(), nullable=False),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("author_id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_comment"),
    )
    op.create_index("ix_engine_comment_record", "engine_comment", ["entity", "record_id", "id"])
    op.create_table(
        "engine_import",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("organisation_id", Id(), nullable=True),
        sa.Column("entity", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.Column("corrections", Json(), nullable=True),
        sa.Column("found", Json(), nullable=True),
        sa.Column("job_id", Id(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_engine_import"),
    )
    op.create_index("ix_engine_import_user", "engine_import", ["user_id", "id"])
    op.create_index("ix_engine_journal_request", "engine_journal", ["request_id"])
