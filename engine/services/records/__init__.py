"""The verbs of records. Each checks the right, judges the values, writes rows and journal in one transaction."""

from engine.services.records.copying import copy
from engine.services.records.creating import create, create_many, weigh_new
from engine.services.records.editing import edit
from engine.services.records.editing_many import Done, Weighed, edit_many, weigh_edits
from engine.services.records.forms import new, opened, preview
from engine.services.records.history import history
from engine.services.records.life import annul, archive, post, restore, reverse
from engine.services.records.reading import LINKS, ROWS, Record, read, read_settings

__all__ = [
    "LINKS",
    "ROWS",
    "Done",
    "Record",
    "Weighed",
    "annul",
    "archive",
    "copy",
    "create",
    "create_many",
    "edit",
    "edit_many",
    "history",
    "new",
    "opened",
    "post",
    "preview",
    "read",
    "read_settings",
    "restore",
    "reverse",
    "weigh_edits",
    "weigh_new",
]
