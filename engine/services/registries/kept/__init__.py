"""Lists as people keep them: saved views, mine and shared, and the columns that somebody chose.

What is kept is only how to look: filters, order, columns. Everything is read with the reader's own rights each time
(`fitting`), so a view never shows more than its reader may see.
"""

from engine.services.registries.kept.columns import Column, column_at, columns_offered
from engine.services.registries.kept.fitting import Fitted, fit
from engine.services.registries.kept.reading import NOTHING, Kept, SavedView, kept, may_share
from engine.services.registries.kept.writing import (
    change_view,
    keep_columns,
    remove_view,
    restore_view,
    save_view,
    set_default,
)

__all__ = [
    "NOTHING",
    "Column",
    "Fitted",
    "Kept",
    "SavedView",
    "change_view",
    "column_at",
    "columns_offered",
    "fit",
    "keep_columns",
    "kept",
    "may_share",
    "remove_view",
    "restore_view",
    "save_view",
    "set_default",
]
