"""Two people edited one record: what changed on one side merges by itself, what changed on both is asked.

`base_values` takes the journal back to the version that the second person had opened; `three_way.merge` compares it
with what stands now and with what was typed, field by field, rows by their ids, cell by cell. Pure values, as JSON
says them; the save itself is an ordinary `records.edit` against the new version.
"""

from engine.services.merging.base import base_values
from engine.services.merging.snapshots import snapshot, typed_snapshot
from engine.services.merging.three_way import MINE, THEIRS, Conflict, Merged, Taken, merge

__all__ = ["MINE", "THEIRS", "Conflict", "Merged", "Taken", "base_values", "merge", "snapshot", "typed_snapshot"]
