"""Keys of people, under which the journal keeps what it says of them."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import Id, UtcDateTime

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "engine_person_key",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name="pk_engine_person_key"),
    )
