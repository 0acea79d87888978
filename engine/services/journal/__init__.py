"""The journal as a whole: sealing and proving it, reading it, counting it. Entries are written by
`engine/services/audit.py`.

See docs/journal.md.
"""

from engine.services.journal.checking import Outcome, defer_proof, last_proof
from engine.services.journal.database_events import watch
from engine.services.journal.figures import (
    COUNTED,
    CUTS,
    Figures,
    drop_figures,
    figures,
    keep_figures,
    kept_figures,
    title_of,
)
from engine.services.journal.heads import Head, head_of, keep_head, read_head
from engine.services.journal.looking import Asked, Line, Lines, Told, entries, entry
from engine.services.journal.operations import KINDS, OTHER, OTHER_TITLE
from engine.services.journal.rights import reach
from engine.services.journal.sealing import Turn, accept_head, seal
from engine.services.journal.segments import TERM_MONTHS, export_segment, verify_segment
from engine.services.journal.tables import export_entries, export_figures
from engine.services.journal.verifying import Finding, Verified, verify

__all__ = [
    "COUNTED", "CUTS", "KINDS", "OTHER", "OTHER_TITLE", "TERM_MONTHS", "Asked", "Figures", "Finding", "Head", "Line",
    "Lines", "Outcome", "Told", "Turn", "Verified", "accept_head", "defer_proof", "drop_figures", "entries", "entry",
    "export_entries", "export_figures", "export_segment", "figures", "head_of", "keep_figures", "keep_head",
    "kept_figures", "last_proof", "reach", "read_head", "seal", "title_of", "verify", "verify_segment", "watch",
]
