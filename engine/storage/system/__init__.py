"""The engine's own tables: fixed, made by alembic scripts, named `engine_*`."""

from engine.storage.system.tables import METADATA
from engine.storage.system.upgrade import is_up_to_date, upgrade

__all__ = ["METADATA", "is_up_to_date", "upgrade"]
