"""The next and the previous record of the list that somebody came from.

The list is known by its address (`?list=…`, its own query), or by the page that led here. Its rows are looked at only
when somebody turns on, so that opening a record costs nothing more.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response, request
from werkzeug.datastructures import MultiDict

from engine import doors
from engine.errors import BadRequest
from engine.language import N_
from engine.model import Entity
from engine.services import records
from engine.services.registries.kept import kept
from engine.services.registries.neighbours import neighbour
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.registries.asked import asked
from engine.web.routes import blueprint
from engine.web.state import State

LIST = "list"
LONGEST = 2_000
END, BEGINNING = N_("This is the last record of the list"), N_("This is the first record of the list")


def list_come_from(entity: Entity) -> str | None:
    """The query of the list that the record was opened from; None when it was not opened from one."""
    if LIST in request.args:
        return request.args[LIST][:LONGEST]
    came = urlsplit(request.referrer or "")
    if came.netloc == request.host and came.path == entity.url and len(came.query) <= LONGEST:
        return came.query
    return None


def turning(entity: Entity, record: Any) -> dict[str, str]:
    """Addresses of the next and the previous record and of the list; nothing when no list is known."""
    come = list_come_from(entity) if record is not None else None
    if come is None:
        return {"list_query": ""}
    query = urlencode({LIST: come})
    place = f"{entity.url}/{record.id}"
    return {"next_record_url": f"{place}/next?{query}", "previous_record_url": f"{place}/previous?{query}",
            "list_query": query, "list_url": f"{entity.url}?{come}" if come else entity.url}


@blueprint.get("/<module>/<slug>/<id>/next")
@doors.declares_access("read")
def next_record(module: str, slug: str, id: str) -> Response:
    return _turn(module, slug, id, back=False)


@blueprint.get("/<module>/<slug>/<id>/previous")
@doors.declares_access("read")
def previous_record(module: str, slug: str, id: str) -> Response:
    return _turn(module, slug, id, back=True)


def _turn(module: str, slug: str, id: str, back: bool) -> Response:
    entity, come = entity_here(module, slug), request.args.get(LIST, "")[:LONGEST]

    def work(view: Any) -> Any:
        records.read(view, entity.address, id, shown="")  # NotFound for one that is not shown
        try:
            wanted = asked(view, entity, State.read(MultiDict(parse_qsl(come))), kept(view, entity))
            return neighbour(view, entity.address, wanted.query(), id, back)
        except BadRequest:  # the list is not what it was: a view or a field is gone
            return None

    found = ask(work)
    if found is None:
        pages.notice("info", pages.said(BEGINNING if back else END))
    return pages.see_other(f"{entity.url}/{found or id}?{urlencode({LIST: come})}")
