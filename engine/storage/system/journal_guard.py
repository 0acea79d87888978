"""Triggers that make the journal append-only, whoever writes the SQL."""

from __future__ import annotations

import sqlalchemy as sa

SQLITE = [
    """CREATE TRIGGER engine_journal_no_update BEFORE UPDATE ON engine_journal
       BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER engine_journal_no_delete BEFORE DELETE ON engine_journal
       BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    # REPLACE deletes the old row without asking the DELETE trigger, so a taken id is refused first.
    """CREATE TRIGGER engine_journal_no_replace BEFORE INSERT ON engine_journal
       WHEN EXISTS (SELECT 1 FROM engine_journal WHERE id = new.id)
       BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION engine_journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN RAISE EXCEPTION ''the journal is append-only'' USING ERRCODE = ''restrict_violation''; END'""",
    """CREATE TRIGGER engine_journal_no_change BEFORE UPDATE OR DELETE ON engine_journal
       FOR EACH ROW EXECUTE FUNCTION engine_journal_refuse()""",
    """CREATE TRIGGER engine_journal_no_truncate BEFORE TRUNCATE ON engine_journal
       FOR EACH STATEMENT EXECUTE FUNCTION engine_journal_refuse()""",
]


def guard_journal(connection: sa.Connection) -> None:
    """Create the triggers on the journal of this database."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
