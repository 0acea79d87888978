"""The second net, on PostgreSQL: the database itself shows an organisation nothing of another one.

With a role for the application (`QURASTYR_DATABASE_ROLE`), which owns no table, every table with an
`organisation_id` gets row level security, forced for its owner too. Connections that serve somebody are told by two
settings whose rows they may see: `app.org`, and `app.units` for roles that reach into organisations below. A statement
that forgot its conditions then finds rows of its own organisation only. The engine's own work says `app.org = '*'`.

The first net is `services/access`; links inside an organisation are composite foreign keys on both databases.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from engine.model import Catalog
from engine.storage.names import closure_table
from engine.storage.tables import tables_of

ALL = "*"
ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
APPEND_ONLY = ("engine_journal", "engine_seal")
OWN = "(current_setting('app.org', true) = '*' OR organisation_id::text = current_setting('app.org', true))"
Scope = tuple[str, str]
"""`app.org` and `app.units` of a connection."""


def check_role(name: str) -> str:
    """The name of the application's role. ValueError for one that is no plain name."""
    if not ROLE.fullmatch(name):
        raise ValueError(f"QURASTYR_DATABASE_ROLE={name!r}: a role is named by small letters, digits and _")
    return name


def raise_net(connection: sa.Connection, catalog: Catalog, role: str) -> None:
    """Make the role if it is missing, give it the tables, and draw the policies of every table; may be done again.

    For the transaction that publishes. The role may read and write rows; it may not change tables, nor the journal.
    """
    name = check_role(role)
    found = connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).first()
    if found is None:
        connection.exec_driver_sql(f"CREATE ROLE {name} NOLOGIN NOSUPERUSER NOBYPASSRLS")
    connection.exec_driver_sql(f"GRANT {name} TO CURRENT_USER")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
    connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
    for table in APPEND_ONLY:
        connection.exec_driver_sql(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {name}")
    for table, is_tree_of_organisations in _tables(catalog):
        for statement in _policies(table, catalog, is_tree_of_organisations):
            connection.exec_driver_sql(statement)


def _policies(table: str, catalog: Catalog, makes_organisations: bool) -> list[str]:
    pairs = closure_table(catalog.entities["system.unit"].table)
    below = (  # names come from the Catalog
        f"EXISTS (SELECT 1 FROM {pairs} AS below WHERE below.descendant_id = organisation_id"  # noqa: S608
        " AND below.ancestor_id = ANY (coalesce(nullif(current_setting('app.units', true), ''), '{}')::uuid[]))"
    )
    # A new organisation is its own: whoever may make one is judged by access.
    written = f"({OWN} OR id = organisation_id)" if makes_organisations else OWN
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS q_own ON {table}",
        f"DROP POLICY IF EXISTS q_below ON {table}",
        f"CREATE POLICY q_own ON {table} USING ({OWN}) WITH CHECK ({written})",
        f"CREATE POLICY q_below ON {table} FOR SELECT USING ({below})",
    ]


def _tables(catalog: Catalog) -> list[tuple[str, bool]]:
    """Tables of entities and of their rows that belong to organisations."""
    tables = tables_of(catalog)
    found = []
    for entity in catalog.entities.values():
        if "organisation" not in entity.fields:
            continue
        found.append((entity.table, entity.address == "system.unit"))
        waiting = list(entity.row_fields)
        while waiting:
            f = waiting.pop()
            found.append((tables.rows(f).name, False))
            waiting += f.row_fields
    return found
