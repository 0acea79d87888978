"""Rows marked by rules: a colour, an icon and a text, so that the colour alone says nothing; with a legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.language import N_
from engine.web import pages
from engine.web.registries.asked import Asked

COLOURS = {"red": "alert-circle", "gold": "alert-triangle", "green": "circle-check", "blue": "flag", "grey": "point"}
"""Colour -> its icon: marks differ by their shape too."""
WORDS = {
    "red": N_("Urgent"), "gold": N_("Needs attention"), "green": N_("In order"), "blue": N_("Worth noting"),
    "grey": N_("Out of use"),
}


@dataclass(frozen=True)
class Said:
    """A mark as it is shown."""

    colour: str
    icon: str
    text: str


class Marks:
    """The rules that mark records of one list; the first that holds counts."""

    def __init__(self, asked: Asked, rules: Sequence[tuple[Said, Any]]):
        self._rules = rules
        self.needs = tuple(sorted({p[0] for _, r in rules for p in r.paths if p[0] in asked.entity.fields}))
        """Fields that the rules read."""
        self.legend = [said for said, _ in rules]
        self._context = asked.view.context({})

    def of(self, record: Mapping[str, Any]) -> Said | None:
        self._context.record = record
        return next((said for said, rule in self._rules if rule.evaluate(self._context)), None)


def marks(asked: Asked) -> Marks:
    """How records are marked in the view, or in the whole registry. A mark over links or hidden fields is not drawn."""
    own = asked.chosen is not None and asked.chosen.mark
    written, titles = (asked.chosen.mark, asked.chosen.mark_titles) if own else (asked.layout.mark,
                                                                                 asked.layout.mark_titles)
    rules = []
    for colour, icon in COLOURS.items():
        rule = written.get(colour)
        if rule is None or not all(len(p) == 1 and p[0] in asked.seen for p in rule.paths):
            continue
        title = titles.get(colour)
        text = title.in_(asked.view.language) if title else pages.said(WORDS[colour])
        rules.append((Said(colour, icon, text), rule))
    return Marks(asked, rules)
