"""The organisations of the installation: legal units, each of which owns its data."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from engine.storage.purposes import ORGANISATIONS
from engine.storage.tables import tables_of

UNIT = "system.unit"


def organisations(site) -> list[UUID]:
    """Ids of those that are not archived, the oldest first."""
    table = tables_of(site.catalog).of(UNIT)
    with site.database.reading(ORGANISATIONS) as connection:
        return list(connection.scalars(sa.select(table.c.id).where(table.c.legal, table.c.archived_at.is_(None))
                                       .order_by(table.c.id)))
