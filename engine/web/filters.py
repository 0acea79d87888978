"""Filters of a list: said as sentences, changed by an editor with the words and the inputs of the field."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from marshmallow import ValidationError

from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.model import Entity, Field
from engine.services.registries.conditions import Condition, Group, Place, place_of
from engine.services.registries.conditions.sentences import Named, condition_text, named_in
from engine.web.registries.filter_inputs import operators, value_input
from engine.web.state import Filter, State

UNKNOWN = N_("There is no field %(name)s in this list")


def field_at(view: Any, entity: Entity, path: str) -> Field:
    """The field at a path over links. BadRequest for none: hidden and unknown names are told alike."""
    fields, found = entity.fields, None
    for key in path.split("."):
        found = fields.get(key)
        if found is None:
            raise _unknown(path)
        targets = found.kind.targets(found)
        fields = view.catalog.entity(targets[0]).fields if len(targets) == 1 else {}
    return found  # type: ignore[return-value]


def filter_place(view: Any, entity: Entity, path: str) -> Place:
    """Where a filter looks: over links or into rows. BadRequest for what the actor does not see, and for nothing."""
    place = place_of(view, entity, path)
    if place is None:
        raise _unknown(path)
    return place


def _unknown(path: str) -> BadRequest:
    return BadRequest([Problem("field.unknown", UNKNOWN, "", {"name": path[:60]})])


def addable(view: Any, entity: Entity, state: State, paths: list[str]) -> list[dict[str, str]]:
    """Filters that may be added: their titles and where their editors open."""
    places = [place for path in paths if (place := place_of(view, entity, path)) is not None]
    return [{"title": p.field.title.in_(view.language), "url": state.url(entity.url, editing=p.path)} for p in places]


def chips(view: Any, entity: Entity, state: State) -> list[dict[str, str]]:
    """The filters as sentences, each with the URL of the list without it and the one where it can be changed.

    Linked records are named by one statement for each entity they are of. BadRequest for values that do not fit.
    """
    read = [(chosen, *_read(view, entity, chosen)) for chosen in state.filters]
    named = named_in(view, entity, Group("all", tuple(condition for *_, condition in read)))
    return [_chip(view, entity, state, chosen, place, condition, named) for chosen, place, condition in read]


def _read(view: Any, entity: Entity, chosen: Filter) -> tuple[Place, Condition]:
    place = filter_place(view, entity, chosen.path)
    f = place.field
    try:
        values = f.kind.filter_values(f, chosen.operator, list(chosen.texts), view.language)
    except (KeyError, ValidationError, ValueError, ArithmeticError):
        values = []  # the list itself refuses it, and says why
    return place, Condition(chosen.path, chosen.operator, tuple(values))


def _chip(view: Any, entity: Entity, state: State, chosen: Filter, place: Place, condition: Condition,
          named: Named) -> dict[str, str]:
    title = place.field.title.in_(view.language)
    text = condition_text(view, place, condition, named) if condition.values else title
    return {"text": text, "title": title, "off": state.url(entity.url, filters=state.without([chosen])),
            "url": state.url(entity.url, editing=chosen.path)}


def editor(view: Any, entity: Entity, state: State) -> SimpleNamespace | None:
    """The filter being made: its operators as words, and inputs of the field's own kind. None for a field unseen."""
    place = place_of(view, entity, state.editing)
    if place is None:
        return None
    f = place.field
    current = next((c for c in state.filters if c.path == state.editing), None)
    texts, chosen = (current.texts, current.operator) if current else ((), "")
    if current and any(o.name == chosen and o.takes == "yesno" for o in f.kind.operators_for(f)):
        chosen = f"{chosen}:{texts[0]}"
    pair = any(o.values == 2 for o in f.kind.operators_for(f))
    return SimpleNamespace(
        path=state.editing, title=f.title.in_(view.language), operators=operators(f, view.language), chosen=chosen,
        inputs=[value_input(view, entity, place, None, name, texts[n : n + 1])
                for n, name in enumerate(("_v", "_v2") if pair else ("_v",))],
    )
