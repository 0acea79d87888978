"""Rows marked by a rule of the view: a colour at the edge of the row; the view's name says what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.web.registries.asked import Asked

Mark = Callable[[Mapping[str, Any]], str | None]
COLOURS = ("red", "gold", "green", "blue", "grey")


def marks(asked: Asked) -> tuple[Mark | None, tuple[str, ...]]:
    """How rows are marked, and the fields that the marks read. A mark over links is not drawn."""
    chosen, seen = asked.chosen, asked.seen
    if chosen is None or not chosen.mark:
        return None, ()
    rules = [
        (c, r) for c, r in chosen.mark.items() if c in COLOURS and all(len(p) == 1 and p[0] in seen for p in r.paths)
    ]
    needs = tuple(sorted({p[0] for _, r in rules for p in r.paths if p[0] in asked.entity.fields}))
    context = asked.view.context({})

    def mark(record: Mapping[str, Any]) -> str | None:
        context.record = record
        return next((colour for colour, rule in rules if rule.evaluate(context)), None)

    return mark, needs
