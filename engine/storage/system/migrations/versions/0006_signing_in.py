"""Policies of signing in: first passwords, second factors, attempts, links of letters, narrowed keys."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import Id, Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine_session", sa.Column("exempt", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("engine_api_key", sa.Column("expires_at", UtcDateTime(), nullable=True))
    op.add_column("engine_api_key", sa.Column("roles", Json(), nullable=True))
    op.add_column("engine_api_key", sa.Column("read_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "engine_account",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("first_until", UtcDateTime(), nullable=True),
        sa.Column("former", Json(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_engine_account"),
    )
    op.create_table(
        "engine_attempt",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.LargeBinary(32), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("of_day", sa.Integer(), nullable=False),
        sa.Column("shut_at", UtcDateTime(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_engine_attempt"),
    )
    op.create_index("ix_engine_attempt_at", "engine_attempt", ["at"])
    op.create_table(
        "engine_factor",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("id", name="pk_engine_factor"),
    )
    op.create_index("ix_engine_factor_user", "engine_factor", ["user_id"])
    op.create_table(
        "engine_recovery_code",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_recovery_code"),
    )
    op.create_index("ix_engine_recovery_code_user", "engine_recovery_code", ["user_id"])
    op.create_table(
        "engine_link",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_engine_link"),
    )
    op.create_index("ix_engine_link_user", "engine_link", ["user_id"])
    op.create_index("ux_engine_link_token", "engine_link", ["token_hash"], unique=True)
