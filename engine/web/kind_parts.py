"""Parts of a list that are asked for later: further cards of a column, the records below one of a tree."""

from __future__ import annotations

from flask import Response, request

from engine import doors
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.registries.asked import asked
from engine.web.routes import blueprint
from engine.web.state import State

NAME = 64


@blueprint.get("/<module>/<slug>/part")
@doors.declares_access("read")
def kind_part(module: str, slug: str) -> Response:
    """A fragment for htmx; without scripts the links beside these lead to ordinary lists."""
    entity, state = entity_here(module, slug), State.read(request.args)
    name = request.args.get("part", "")[:NAME]

    def work(view):
        wanted = asked(view, entity, state)
        template, context = wanted.kind.part(wanted, name)
        return pages.fragment(template, entity=entity, **context)

    return ask(work)
