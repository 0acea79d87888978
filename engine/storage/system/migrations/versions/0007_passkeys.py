"""Passkeys: the name under which a device knows a factor, and challenges of sessions."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine_factor", sa.Column("handle", sa.LargeBinary(32), nullable=True))
    op.create_index("ux_engine_factor_handle", "engine_factor", ["handle"], unique=True)
    op.create_table(
        "engine_challenge",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("value", sa.LargeBinary(32), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", "purpose", name="pk_engine_challenge"),
    )
