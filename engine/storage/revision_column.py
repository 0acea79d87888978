"""The stored revision as a column, so that a statement a verb needs anyway re-reads it."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.system.tables import REVISION

CURRENT_REVISION = sa.select(REVISION.c.number).where(REVISION.c.is_current).scalar_subquery()
