"""The small form of an action on many records: the entity's own inputs, empty. What is filled in is set everywhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import request

from engine import doors
from engine.model import Entity, Field
from engine.services.access import writable
from engine.services.display import show_links
from engine.services.registries import choices
from engine.services.validation import Draft, parse
from engine.web import pages, typed
from engine.web.rows import Edited
from engine.web.typed import EMPTY
from engine.web.widgets import CHOICES, Drawing

CLEAR = "_clear"


def fields_of(view: Any, entity: Entity) -> list[Field]:
    """The fields that may be given one value for many records: single inputs of what the actor may write.

    Not what tells records apart, what is set once, and texts in languages, where an empty one would wipe the others.
    """
    allowed = writable(view.catalog, view.actor, entity, "edit")
    return [
        f for f in entity.input_fields
        if f.key in allowed and not (f.unique or f.once or f.readonly or f.translated or f.kind.secret)
        and not f.kind.by_line and f.kind.upload(f) is None
    ]


def drawn_fields(view: Any, entity: Entity) -> list[SimpleNamespace]:
    """The inputs, those of the list's columns first; the rest is folded away."""
    fields = fields_of(view, entity)

    def ask(path: str, values: Any, row: Any) -> Any:
        return choices(view, entity.address, path, values={}, limit=CHOICES, row=row)

    raw, keys = _typed(entity), frozenset(f.key for f in fields)
    # What was typed stays in its input, a linked record by its name.
    values, _ = parse(view.catalog, entity, {k: v for k, v in raw.items() if k in keys}, keys)
    show_links(view, entity, [values])
    drawing = Drawing(view, entity, Draft(entity, values), keys, choices=ask, edited=Edited(raw), readable=frozenset())
    layout = pages.registry_for(view.catalog, view.actor, entity)
    first = set(layout.columns) | set(layout.filters)
    cleared = request.form.getlist(CLEAR)
    made = []
    for f in sorted(fields, key=lambda f: f.key not in first):
        drawn = drawing.draw(f)
        if getattr(drawn.widget, "checkbox", False):
            drawn.widget.checkbox = False  # an unticked box could not mean "as it is"
        if isinstance(raw.get(f.key), list):
            drawn.widget.texts = raw[f.key]
        made.append(SimpleNamespace(
            drawn=drawn, clear=not f.required, cleared=f.key in cleared, first=f.key in first or len(fields) <= 8,
            given=raw.get(f.key) not in EMPTY or f.key in cleared))
    return made


def asked_for(view: Any, entity: Entity) -> dict[str, Any]:
    """What is to be set: the inputs that were filled in, and nothing for those whose `empty` is ticked."""
    allowed = {f.key: f for f in fields_of(view, entity)}
    raw = {k: v for k, v in _typed(entity).items() if k in allowed and v not in EMPTY}
    return raw | {k: [] if allowed[k].is_many else None for k in request.form.getlist(CLEAR) if k in allowed}


def _typed(entity: Entity) -> dict[str, Any]:
    return typed.typed(entity.fields, request.form, doors.language())


def summary_of(view: Any, entity: Entity, raw: dict[str, Any]) -> list[str]:
    """Titles of what will be changed."""
    return [entity.fields[k].title.in_(view.language) for k in raw]
