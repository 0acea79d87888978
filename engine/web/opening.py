"""Notes records that were opened: the page reads in a view, the journal is written after it."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from engine import doors
from engine.services.records.opening import note_opening
from engine.web.routes import blueprint


def shown_whole(record: Any) -> None:
    """This answer shows the record as it is."""
    g.setdefault("shown_whole", {})[record.id] = record


@blueprint.after_request
def note(response: Response) -> Response:
    for record in g.pop("shown_whole", {}).values():
        if response.status_code == 200 and request.method == "GET":
            note_opening(doors.site(), doors.current_actor(), record, doors.request_id())
    return response
