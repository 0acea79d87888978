"""The words and the inputs of one field's filter, as its own room draws them: for the chips and for the builder."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from engine.fields.operators import Operator
from engine.ids import parse_id
from engine.language import N_
from engine.model import Entity, Field
from engine.services.registries import choices
from engine.services.registries.conditions import Place
from engine.web import markup, pages

OFFERED = 50
"""Choices of a link that are listed before anybody searches."""


def operators(f: Field, language: str) -> list[tuple[str, str]]:
    """The operators of the field as (value, word); one that takes yes or no stands twice."""
    found = []
    for operator in f.kind.operators_for(f):
        if operator.takes == "yesno":
            found += [(f"{operator.name}:{v}", word(operator, language, v == "yes")) for v in ("yes", "no")]
        else:
            found.append((operator.name, word(operator, language)))
    return found


def word(operator: Operator, language: str, value: bool = True) -> str:
    """`since`, `contains`: the operator's sentence without its ends."""
    return operator.say("", "", language, (value,)).strip(" :–«»") or pages.said(N_("is"))


def value_input(
    view: Any, entity: Entity, place: Place, operator: Operator | None, name: str, texts: Sequence[str], title: str = ""
) -> SimpleNamespace:
    """An input for the value of a filter: the field's own, a line for a part of a text, a list for several values."""
    f, several = place.field, operator is not None and operator.values is None
    sought = f.kind.sought(f)
    said = title or f.title.in_(view.language)
    widget: dict[str, Any] = {
        "name": name, "id": name, "title": said, "required": False, "text": texts[0] if texts else "",
        "texts": list(texts) or [""], "value": None, "problems": [], "language": view.language, "files": [],
    }
    given = {"name": name, "id": name, "aria-label": said, "autocomplete": "off"}
    if operator is not None and operator.takes == "text":
        return _plain(widget, given)
    targets = sought.kind.targets(sought)
    options = sought.kind.widget_options(sought, view.language, view.names)
    if targets:
        options["choices"], given["data-suggest"] = _linked(view, entity, place, texts)
    if several and "choices" not in options:
        return _plain({**widget, "text": "\n".join(texts)}, given, lines=3)
    if several:
        options["multiple"] = True
        if len(options["choices"]) <= SHORT and not targets:
            options["kind"] = "checkboxes"
        given["multiple"] = "multiple"
    elif len(widget["texts"]) < 2:
        widget["texts"] = [*widget["texts"], ""]  # an input of two parts draws both
    made = {**widget, **options, "attributes": markup.attributes(given)}
    return SimpleNamespace(widget=SimpleNamespace(**made), template=sought.kind.input_template)


SHORT = 12
"""Choices that are all shown at once."""


def _plain(widget: dict[str, Any], given: dict[str, str], lines: int = 1) -> SimpleNamespace:
    drawn = {**widget, "maxlength": 2_000, "lines": lines, "mask": None, "languages": (),
             "attributes": markup.attributes(given)}
    return SimpleNamespace(widget=SimpleNamespace(**drawn), template="fields/text/input.html")


def _linked(
    view: Any, entity: Entity, place: Place, texts: Sequence[str]
) -> tuple[list[tuple[str, str]], str]:
    """Records to choose from, the chosen ones among them, and where more are asked for."""
    address, path = choices_at(entity, place)
    owner = view.catalog.entities.get(address, entity)
    ids = [id for text in texts if (id := parse_id(text.rpartition(":")[2]))]
    found = choices(view, address, path, limit=OFFERED, include=ids[0] if ids else None, any_of_them=True)
    known = {c.id for c in found}
    more = [
        c for id, text in zip(ids[1:], texts[1:], strict=False) if text not in known
        for c in choices(view, address, path, limit=1, include=id, any_of_them=True) if c.id == text
    ]
    return [(c.id, c.text) for c in (*found, *more)], f"{owner.url}/choices/{path}?any=1"


def choices_at(entity: Entity, place: Place) -> tuple[str, str]:
    """The entity that holds the link and its path there: what `choices` is asked for."""
    module, key, *rows = place.address.split(".")
    return f"{module}.{key}", ".".join([*rows, place.path.split(".")[-1]])
