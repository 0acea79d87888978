"""Codes of journal entries, and the chain that seals them."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import Id, UtcDateTime
from engine.storage.system.journal_guard import guard, revoke_changes

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine_journal", sa.Column("code", sa.LargeBinary(32), nullable=True))
    op.create_table(
        "engine_seal",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("entry_id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_engine_seal"),
    )
    op.create_index("ux_engine_seal_entry", "engine_seal", ["entry_id"], unique=True)
    guard(op.get_bind(), "engine_seal", "number", "entry_id")
    revoke_changes(op.get_bind(), "engine_journal", "engine_seal")
