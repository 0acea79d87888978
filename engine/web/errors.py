"""A refusal as a page - or as a notice inside the page when htmx asked."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from engine import doors
from engine.errors import NotSignedIn, Refusal
from engine.language import translate
from engine.web import pages


def respond(refusal: Refusal) -> Response:
    """The answer to a refusal that no page of ours has already shown at its form."""
    if isinstance(refusal, NotSignedIn) and not pages.partial():
        back = request.full_path.rstrip("?") if request.method == "GET" else ""
        return pages.see_other("/sign-in" + (f"?{urlencode({'next': back})}" if back not in ("", "/") else ""))
    language = doors.language()
    answer = pages.page(
        "errors/error.html", refusal.status, block="notice",
        status=refusal.status, heading_text=translate(refusal.title, language), whole=not pages.partial(),
        reasons=[p.text(language) for p in refusal.problems if p.message != refusal.title],
        hints=[h for p in refusal.problems if (h := p.hint_text(language))],
        sign_in=isinstance(refusal, NotSignedIn), request_id=doors.request_id(),
    )
    if pages.partial():
        # Beside the form, never in its place: what was typed must outlive a refusal.
        answer.headers["HX-Retarget"] = "#notices"
        answer.headers["HX-Reswap"] = "innerHTML"
    return answer
