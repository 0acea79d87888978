"""Entry grids: rows and columns read by the door of lists, cells written by the verbs of records, each for itself."""

from engine.services.grids.access import grid_at, may_enter, offered
from engine.services.grids.choosing import Choice, Chosen, choose
from engine.services.grids.entering import Entry, Outcome, enter
from engine.services.grids.sheet import Cell, Head, Line, Sheet, sheet
from engine.services.grids.texts import Texts
from engine.services.grids.totals import totals

__all__ = [
    "Cell",
    "Choice",
    "Chosen",
    "Entry",
    "Head",
    "Line",
    "Outcome",
    "Sheet",
    "Texts",
    "choose",
    "enter",
    "grid_at",
    "may_enter",
    "offered",
    "sheet",
    "totals",
]
