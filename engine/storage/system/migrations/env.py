"""Lets the plain `alembic` command show and draft scripts; a running installation is upgraded by `system.upgrade`."""

from alembic import context

from engine.config import Settings
from engine.storage.database import Database
from engine.storage.purposes import MIGRATING
from engine.storage.system.tables import METADATA
from engine.storage.system.upgrade import VERSION_TABLE

if context.is_offline_mode():
    context.configure(url=Settings.of().database_url, target_metadata=METADATA, version_table=VERSION_TABLE)
    context.run_migrations()
else:
    database = Database(Settings.of().prepare().database_url)
    with database.altering(MIGRATING) as connection:
        context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE)
        context.run_migrations()
