"""The engine's own tables brought to this version, with an entry in the journal (Order 456, 5(14))."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.ids import new_id
from engine.storage.journal_codes import code_of
from engine.storage.system import upgrade
from engine.storage.system.tables import JOURNAL
from engine.storage.system.upgrade import version_now


def upgrade_tables(connection: sa.Connection, journal_key: bytes | None, moment: datetime) -> None:
    """As `upgrade`; a database that was there before is told of. New ones tell of their publishing only."""
    before = version_now(connection)
    upgrade(connection)
    after = version_now(connection)
    if before is None or before == after:
        return
    entry = {"id": new_id(), "at": moment, "actor_kind": "system", "operation": "database upgrade",
             "changes": {"version": [before, after]}}
    code = None if journal_key is None else code_of(journal_key, entry)
    connection.execute(sa.insert(JOURNAL).values(**entry, code=code))
