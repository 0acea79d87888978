"""Where a person was and what they marked: a visit written after the page is there, stars put on and taken off."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.model import Entity
from engine.services import places
from engine.web import pages
from engine.web.asking import ask, do, entity_here
from engine.web.routes import blueprint

STARRED, UNSTARRED = N_("Starred: it stands on the first page and in the menu"), N_("The star is taken off")


@blueprint.post("/<module>/<slug>/<id>/visit")
@doors.declares_access("read")
def visit(module: str, slug: str, id: str) -> Response:
    """Asked for by a record's page once it is shown, so that the page itself costs no statement more. The answer is the
    star as it stands."""
    entity = entity_here(module, slug)

    def look(view: Any) -> tuple[bool, bool]:
        found = places.place_of(view, entity.address, id)
        return places.is_due(view, found), found is not None and found.starred

    due, starred = ask(look)
    if due:
        do(lambda uow: places.visit(uow, entity.address, places.parse_id(id)))
    return _star(entity, id, starred)


@blueprint.post("/<module>/<slug>/<id>/star")
@doors.declares_access("read")
def star(module: str, slug: str, id: str) -> Response:
    """Give the record a star or take it off; a form without scripts does not know which, so it turns it round."""
    entity = entity_here(module, slug)
    wanted = {"1": True, "0": False}.get(request.args.get("on", ""))
    on = do(lambda uow: places.star(uow, entity.address, id, wanted))
    if pages.partial():
        return _star(entity, id, on)
    pages.notice("done", pages.said(STARRED if on else UNSTARRED))
    return pages.see_other(f"{entity.url}/{id}")


def _star(entity: Entity, id: str, starred: bool) -> Response:
    return pages.page("places/star.html", block="star", record_url=f"{entity.url}/{id}", starred=starred, known=True)


@blueprint.get("/starred")
@doors.declares_access(doors.SIGNED_IN)
def starred() -> Response:
    """Everything that the person marked, and where they were lately."""
    found = ask(lambda view: places.places(view, places.KEPT, places.STARS))
    return pages.page("places/starred.html", block="marked", places=found, language=doors.language(),
                      listed=pages.partial())
