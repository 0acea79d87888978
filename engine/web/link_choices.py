"""Choices of a link while somebody types into its list: the page asks, with the other inputs as parameters."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from marshmallow import ValidationError

from engine import doors
from engine.services.registries import choices
from engine.web.asking import ask, entity_here
from engine.web.routes import blueprint
from engine.web.widgets import CHOICES


@blueprint.get("/<module>/<slug>/choices/<path>")
@doors.declares_access("read")
def link_choices(module: str, slug: str, path: str) -> Response:
    """Records that a link may lead to, for the search in its list; the other inputs of the form are parameters."""
    entity, language = entity_here(module, slug), doors.language()
    record: dict[str, Any] = {}
    row: dict[str, Any] = {}
    outer, _, inner = path.partition(".")
    for name in request.args:
        key = name.rpartition("-")[2]
        inside = "-" in name
        fields = entity.fields[outer].fields if inside and outer in entity.fields else entity.fields
        if key in fields and fields[key].is_input:
            raw = fields[key].kind.from_form(fields[key], request.args.getlist(name), language)
            try:
                value = None if raw is None else fields[key].kind.schema(fields[key]).deserialize(raw)
            except ValidationError:
                continue  # half typed: it filters nothing yet
            (row if inside else record)[key] = value
    found = ask(lambda view: choices(view, entity.address, path, search=request.args.get("q", "")[:200],
                                      values=record, limit=CHOICES, row=row if inner else None,
                                      any_of_them=request.args.get("any") == "1"))
    answer = jsonify(items=[{"value": c.id, "text": c.text} for c in found])
    answer.headers["Cache-Control"] = "no-store"
    return answer
