"""The rule language as SQL: `clause` for WHERE, `value` for a selected or ordered value. Equal to `Rule.evaluate`."""

from engine.storage.rules.protocol import Binds, Source
from engine.storage.rules.reading import clause, value

__all__ = ["Binds", "Source", "clause", "value"]
