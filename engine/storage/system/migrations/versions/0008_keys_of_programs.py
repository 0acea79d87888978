"""API keys: the entities that they are narrowed to, what they begin with, who made them."""

import sqlalchemy as sa
from alembic import op

from engine.fields.column_types import Id, Json

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("engine_api_key", sa.Column("entities", Json(), nullable=True))
    op.add_column("engine_api_key", sa.Column("begins", sa.String(12), nullable=True))
    op.add_column("engine_api_key", sa.Column("made_by", Id(), nullable=True))
