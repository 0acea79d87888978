"""Seeding: reference records by natural key, made-up data by recipe, and everything a site needs before it serves.

Records come in through the verbs of records, judged and journalled like anybody's. Not for imports by people.
"""

from engine.services.seeding.filling import is_empty, load_reference, make_demo
from engine.services.seeding.preparing import prepare
from engine.services.seeding.signins import SignIn

__all__ = ["SignIn", "is_empty", "load_reference", "make_demo", "prepare"]
