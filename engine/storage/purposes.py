"""What a connection is opened for. A statement on one that was opened for nothing is refused, on both databases.

Every connection carries a `Purpose` as its stamp, put on by `Database` where it is opened. People's requests carry
`FOR_AN_ACTOR`, which only `Database.serving` gives; what the engine does by itself names its purpose from this list.
`BOOKKEEPING` opens the engine's own tables and nothing else: a statement that names a table of an entity is refused.
`tests/security/test_unstamped_statement.py` holds who may use which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.storage.named_tables import strange_table
from engine.storage.system.base import METADATA

STAMP = "engine_stamp"
"""The execution option of a connection that holds its purpose."""
REMEMBERED = 2_000
"""Texts of statements that were judged already and may be run again."""


@dataclass(frozen=True)
class Purpose:
    """Why a connection is opened; `records`: may it touch the tables of entities?"""

    name: str
    records: bool = True


BOOKKEEPING = Purpose("bookkeeping", records=False)
"""Revisions, jobs, sessions, the journal, state: tables whose definitions stand in `engine/storage/system/`."""
FOR_AN_ACTOR = Purpose("for an actor")
"""Verbs, whose statements `services/access` narrows. Given by `Database.serving` alone."""
SIGNING_IN = Purpose("signing in")
"""Who is it? Asked before there is an actor, of the users of all organisations."""
WORKING_DAYS = Purpose("working days")
"""The working calendar, which all organisations share and every process keeps."""
ORGANISATIONS = Purpose("organisations")
"""Which organisations there are: what the clock begins is begun for each of them."""
MIGRATING = Purpose("migrating")
"""Tables are made and changed, and what they hold is carried over."""
SEEDING = Purpose("seeding")
"""Is the site empty, and who are the people of the sample school?"""
ROTATING_KEYS = Purpose("rotating keys")
"""Encrypted cells pass from one key to another."""


class UnstampedStatement(RuntimeError):
    """A mistake in the program: a statement that nobody answers for. Never shown to people, never to be caught."""


def watch(engine: sa.Engine) -> None:
    """Judge every statement of the engine's connections just before it goes to the driver.

    `before_execute` would not do: `exec_driver_sql` and COPY pass it by.
    """
    judged: dict[str, None] = {}

    @sa.event.listens_for(engine, "before_cursor_execute")
    def judge(connection: sa.Connection, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        purpose = connection.get_execution_options().get(STAMP)
        if type(purpose) is not Purpose:
            raise UnstampedStatement(
                "a statement on a connection opened for nothing: open it by Site.read or Site.write for an actor, or by"
                f" Database.reading(PURPOSE) (engine/storage/purposes.py): {statement[:200]}")
        if purpose.records or statement in judged:
            return
        if strange := strange_table(statement, METADATA.tables):
            raise UnstampedStatement(f"{purpose.name} may not touch {strange}: {statement[:200]}")
        if len(judged) >= REMEMBERED:
            judged.clear()
        judged[statement] = None
