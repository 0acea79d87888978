"""Lists of records: one door for screens, the API, exports and everything else that shows more than one record."""

from engine.services.registries.choices import Choice, choices
from engine.services.registries.counting import counts
from engine.services.registries.everywhere import everywhere
from engine.services.registries.grouping import Groups, groups
from engine.services.registries.listing import figures, listing, stream
from engine.services.registries.printing import note_print
from engine.services.registries.query import Page, Query

__all__ = [
    "Choice", "Groups", "Page", "Query", "choices", "counts", "everywhere", "figures", "groups", "listing",
    "note_print", "stream",
]
