"""The engine's own tables: fixed, made by alembic scripts, named `engine_*`."""

from engine.storage.system.tables import METADATA
from engine.storage.system.upgrade import upgrade

__all__ = ["METADATA", "upgrade"]
