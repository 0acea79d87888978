"""Moving a record within its tree: below another one or to the top, an ordinary edit of `parent` with its version."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotAllowed, NotFound, Refusal
from engine.language import N_
from engine.model import Entity
from engine.services import records
from engine.services.registries import choices
from engine.services.registries.branches import PARENT
from engine.web import pages
from engine.web.asking import ask, entity_here, version_sent
from engine.web.moving import refused, state_of
from engine.web.registry import list_page
from engine.web.routes import blueprint
from engine.web.widgets import CHOICES, Drawing

PLACED = N_("Moved: %(name)s → %(place)s")
ON_TOP = N_("top of the tree")


def _tree_here(module: str, slug: str) -> Entity:
    entity = entity_here(module, slug)
    if not entity.tree:
        raise NotFound()
    return entity


@blueprint.get("/<module>/<slug>/<id>/place")
@doors.declares_access("edit")
def place_page(module: str, slug: str, id: str) -> Response:
    """Where the record may go: to the top, one step up, below a record that is chosen."""
    entity = _tree_here(module, slug)
    back = state_of(request.args.get("list", ""))

    def work(view: Any) -> Response:
        record, draft = records.opened(view, entity.address, id)
        if PARENT not in record.writable:
            raise NotAllowed()
        parent = record.values.get(PARENT)
        above = records.read(view, entity.address, parent).values if parent is not None else {}

        def offered(path: str, values: Any, of_row: Any) -> Any:
            return choices(view, entity.address, path, values=draft.values, limit=CHOICES, row=of_row)

        drawing = Drawing(view, entity, draft, frozenset({PARENT}), id=record.id, choices=offered,
                          readable=frozenset(record.values))
        return pages.page(
            "registries/place.html", record=record, name=record.display(view.language, view.names),
            here=record.values.get(f"@{PARENT}") or "", up=above.get(PARENT), up_name=above.get(f"@{PARENT}") or "",
            has_parent=parent is not None, drawn=drawing.draw(entity.fields[PARENT]),
            url=f"{entity.url}/{record.id}/place", list=request.args.get("list", ""), back_url=back.url(entity.url),
            title_text=pages.list_title(view.catalog, view.actor, entity).in_(view.language),
            module_title=view.catalog.modules[entity.module].title.in_(view.language), module_url=f"/{entity.module}",
        )

    return ask(work)


@blueprint.post("/<module>/<slug>/<id>/place")
@doors.declares_access("edit")
def place(module: str, slug: str, id: str) -> Response:
    """Put the record below `parent` (empty: on top); the tree again, or a note why it stays where it was."""
    entity = _tree_here(module, slug)
    back = state_of(request.form.get("list", ""))
    action = f"{doors.request_id()}-{secrets.token_hex(12)}"

    def work(uow: Any) -> Any:
        f = entity.fields[PARENT]
        raw = f.kind.from_form(f, request.form.getlist(PARENT), uow.language)
        records.edit(uow, entity.address, id, {PARENT: raw}, version_sent())
        return records.read(uow, entity.address, id)

    status = 200
    try:
        record = doors.site().write(doors.current_actor(), work, language=doors.language(), request_id=action)
    except NotFound:
        raise
    except Refusal as refusal:
        status = refusal.status
        refused(entity, id, refusal)
    else:
        name = ask(lambda view: record.display(view.language, view.names))
        place = record.values.get(f"@{PARENT}") or pages.said(ON_TOP)
        undo = {"url": f"{entity.url}/actions/{action}/undo", "back": back.url(entity.url)}
        pages.notice("done", pages.said(PLACED, name=name, place=place), undo)
    if not pages.partial():
        return pages.see_other(back.url(entity.url))
    answer = ask(lambda view: list_page(view, entity, replace(back, after=None, before=None)))
    answer.status_code = status
    answer.set_data(answer.get_data(as_text=True) + pages.notices_beside())
    return answer
