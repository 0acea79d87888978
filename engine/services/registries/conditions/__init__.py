"""The filter of a list as people build it: groups of conditions, said as a rule, as a sentence and as inputs.

The rule is what is kept and what runs (`where`); the tree is only a way to look at it. Whatever in a rule is no
condition of a field stays in the tree as it was written, so every rule can be opened.
"""

from engine.services.registries.conditions.places import Place, offered, place_of, takes_days
from engine.services.registries.conditions.reading import read_rule
from engine.services.registries.conditions.sentences import day_text, sentence
from engine.services.registries.conditions.tree import Condition, Day, Group, Part, Written, normal
from engine.services.registries.conditions.writing import write_rule

__all__ = [
    "Condition", "Day", "Group", "Part", "Place", "Written", "day_text", "normal", "offered", "place_of", "read_rule",
    "sentence", "takes_days", "write_rule",
]
