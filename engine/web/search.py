"""Search everywhere: the page that the search of the top bar leads to, and the same results inside the palette."""

from __future__ import annotations

from flask import Response, request

from engine import doors
from engine.web import pages, palette
from engine.web.asking import ask
from engine.web.routes import blueprint
from engine.web.state import WORDS


@blueprint.get("/search")
@doors.declares_access(doors.SIGNED_IN)
def search() -> Response:
    text = request.args.get("q", "").strip()[:WORDS]
    found, looked_for = ask(lambda view: palette.sections(view, text))
    as_list = pages.partial()
    return pages.page(
        "search/search.html", block="results", search_text=text, looked_for=looked_for, listed=as_list,
        sections=found if as_list else palette.without_presses(found),
    )
