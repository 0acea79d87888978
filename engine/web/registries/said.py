"""The built filter of a list, said above it: as a sentence, and as the rule that it is."""

from __future__ import annotations

from types import SimpleNamespace

from engine.expression import RuleProblem
from engine.services.registries.conditions import read_rule, sentence
from engine.web.registries.asked import Asked


def said(asked: Asked) -> SimpleNamespace | None:
    """The sentence, the rule, and the URL of the list without it; None for a list that is not filtered so."""
    where = asked.state.where
    if not where:
        return None
    try:
        text = sentence(asked.view, asked.entity, read_rule(asked.view, asked.entity, where))
    except RuleProblem:
        text = where  # the list itself refuses it, and says why
    return SimpleNamespace(text=text, rule=where, off=asked.state.url(asked.entity.url, where=""))
