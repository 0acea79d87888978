"""The verbs of records. Each checks the right, judges the values, writes rows and journal in one transaction."""

from engine.services.records.copying import copy
from engine.services.records.creating import create, create_many, weigh_new
from engine.services.records.editing import edit
from engine.services.records.editing_many import Done, Weighed, edit_many, weigh_edits
from engine.services.records.forms import new, opened, preview, step_problems
from engine.services.records.history import history
from engine.services.records.life import annul, archive, post, restore, reverse
from engine.services.records.life_many import act_many, weigh_acts
from engine.services.records.reading import LINKS, ROWS, Record, read, read_settings
from engine.services.records.undoing import Action, Undone, action_of, undo

__all__ = [
    "LINKS",
    "ROWS",
    "Action",
    "Done",
    "Record",
    "Undone",
    "Weighed",
    "act_many",
    "action_of",
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
    "step_problems",
    "undo",
    "weigh_acts",
    "weigh_edits",
    "weigh_new",
]
