"""The journal as a whole: sealing it, proving it, keeping its head. Entries are written by `engine/services/audit.py`.

See docs/journal.md.
"""

from engine.services.journal.heads import Head, head_of, keep_head, read_head
from engine.services.journal.sealing import Turn, accept_head, seal
from engine.services.journal.verifying import Finding, Verified, verify

__all__ = [
    "Finding", "Head", "Turn", "Verified", "accept_head", "head_of", "keep_head", "read_head", "seal", "verify",
]
