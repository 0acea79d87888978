"""Filters of a list: said as sentences, changed by an editor with the words and the inputs of the field."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engine.errors import BadRequest, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity, Field
from engine.services.registries import choices
from engine.web import markup, pages
from engine.web.state import Filter, State

OFFERED = 50
"""Choices of a link that the editor lists before anybody searches."""
UNKNOWN = N_("There is no field %(name)s in this list")


def field_at(view: Any, entity: Entity, path: str) -> Field:
    """The field at a path over links. BadRequest for none: hidden and unknown names are told alike."""
    fields, found = entity.fields, None
    for key in path.split("."):
        found = fields.get(key)
        if found is None:
            raise BadRequest([Problem("field.unknown", UNKNOWN, "", {"name": path[:60]})])
        targets = found.kind.targets(found)
        fields = view.catalog.entity(targets[0]).fields if len(targets) == 1 else {}
    return found  # type: ignore[return-value]


def addable(view: Any, entity: Entity, state: State, paths: list[str]) -> list[dict[str, str]]:
    """Filters that may be added: their titles and where their editors open."""
    fields = [(p, field_at(view, entity, p)) for p in paths]
    return [{"title": f.title.in_(view.language), "url": state.url(entity.url, editing=p)}
            for p, f in fields if f.kind.operators_for(f)]


def chip(view: Any, entity: Entity, state: State, chosen: Filter) -> dict[str, str]:
    """One filter as a sentence, with the URL of the list without it and the one where it can be changed."""
    field = field_at(view, entity, chosen.path)
    values = field.kind.filter_values(field, chosen.operator, list(chosen.texts), view.language)
    operator = field.kind.operator(chosen.operator)
    if field.kind.targets(field) and operator.takes == "value":
        text = operator.say(field.title.in_(view.language), _linked_names(view, entity, chosen), view.language, values)
    else:
        text = field.kind.sentence(field, chosen.operator, values, view.language, view.names)
    return {"text": text, "title": field.title.in_(view.language),
            "off": state.url(entity.url, filters=state.without([chosen])),
            "url": state.url(entity.url, editing=chosen.path)}


def _linked_names(view: Any, entity: Entity, chosen: Filter) -> list[str]:
    """The linked records' names; only a filter by a link asks the database for them."""
    said = []
    for text in chosen.texts:
        id = parse_id(text.rpartition(":")[2])
        found = choices(view, entity.address, chosen.path, limit=1, include=id) if id else []
        said.append(next((c.text for c in found if c.id == text), "…"))
    return said


def editor(view: Any, entity: Entity, state: State) -> SimpleNamespace:
    """The filter being made: its operators as words, and inputs of the field's own kind."""
    field = field_at(view, entity, state.editing)
    current = next((f for f in state.filters if f.path == state.editing), None)
    operators = []
    for operator in field.kind.operators_for(field):
        if operator.takes == "yesno":
            operators += [(f"{operator.name}:{v}", _word(operator, view.language, v == "yes")) for v in ("yes", "no")]
        else:
            operators.append((operator.name, _word(operator, view.language, True)))
    texts = current.texts if current else ()
    chosen = current.operator if current else ""
    if current and field.kind.operator(chosen).takes == "yesno":
        chosen = f"{chosen}:{texts[0]}"
    pair = any(o.values == 2 for o in field.kind.operators_for(field))
    return SimpleNamespace(
        path=state.editing, title=field.title.in_(view.language), operators=operators, chosen=chosen,
        inputs=[_input(view, entity, field, state.editing, name, texts[n] if len(texts) > n else "")
                for n, name in enumerate(("_v", "_v2") if pair else ("_v",))],
    )


def _word(operator: Any, language: str, value: bool) -> str:
    """`since`, `contains`: the operator's sentence without its ends."""
    return operator.say("", "", language, (value,)).strip(" :–") or pages.said(N_("is"))


def _input(view: Any, entity: Entity, field: Field, path: str, name: str, text: str) -> SimpleNamespace:
    inner = next(iter(field.fields.values())) if field.fields and field.kind.targets(field) else field
    options = inner.kind.widget_options(inner, view.language, view.names)
    given = {"name": name, "id": name, "aria-label": field.title.in_(view.language)}
    if inner.kind.targets(inner):
        found = choices(view, entity.address, path, limit=OFFERED, include=parse_id(text.rpartition(":")[2]))
        options["choices"] = [(c.id, c.text) for c in found]
        given["data-suggest"] = f"{entity.url}/choices/{path}"
    widget = {"name": name, "id": name, "title": field.title.in_(view.language), "required": False, "text": text,
              "texts": [text], "value": None, "problems": [], "language": view.language, "files": [],
              "attributes": markup.attributes(given), **options}
    return SimpleNamespace(widget=SimpleNamespace(**widget), template=inner.kind.input_template)
