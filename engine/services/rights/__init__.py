"""Rights explained both ways: why not, who sees it, what a role opens, what a change would give, how it was then."""

from engine.services.rights.change import Change, Gain, gain
from engine.services.rights.matrix import Cell, Matrix, matrix
from engine.services.rights.overseeing import oversees, require_overseer
from engine.services.rights.past import Then, then
from engine.services.rights.seers import Opened, Seer, opened_by, seers
from engine.services.rights.why import Answer, Reason, why
from engine.services.rights.words import in_words

__all__ = [
    "Answer",
    "Cell",
    "Change",
    "Gain",
    "Matrix",
    "Opened",
    "Reason",
    "Seer",
    "Then",
    "gain",
    "in_words",
    "matrix",
    "opened_by",
    "oversees",
    "require_overseer",
    "seers",
    "then",
    "why",
]
