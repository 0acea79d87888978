"""A refusal as a page with the next step - as a notice when htmx asked, as the form again when something was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, current_app, request

from engine import doors
from engine.errors import NotSignedIn, Problem, Refusal
from engine.language import N_, translate
from engine.web import pages, resuming

TITLES = {405: N_("This address is not opened like that")}
"""What is said instead of a refusal's own title."""
STEPS = {
    400: N_("Go back, load the page again and repeat what you did. Nothing was changed"),
    403: N_("Ask the administrator for this right and name the screen. Nothing was changed"),
    404: N_("It may have been moved, or it is not shown to you. Look for it by name or number"),
    405: N_("Go back and use the buttons of the page. Nothing was changed"),
    409: N_("Open it again, see what has changed, and then repeat what you wanted to do"),
    413: N_("Choose a smaller file, or fewer at once. What you typed is still on the page before this one"),
    422: N_("Go back and correct what is named here. Nothing was changed"),
    429: N_("Wait a few minutes; if you have forgotten the password, ask the administrator for a new one"),
    503: N_("The application is being set up. Try again in a minute"),
}
"""What to do next, by the meaning of the refusal."""
BROKEN = N_("Nothing was changed. Tell whoever helps you the request number: it leads to the cause")
OTHERWISE = N_("Nothing was changed")
UNSAVED = N_("Nothing was saved, and what you typed is still here. Try again in a minute; if it stays so, tell whoever "
             "helps you the request number %(number)s")


def keeps_typed(again: Callable[..., Response]) -> Callable[[Any], Any]:
    """For a view that saves a form: `again(refusal, **place)` draws the form anew when something breaks."""

    def mark(view: Any) -> Any:
        view.again = again
        return view

    return mark


def respond(refusal: Refusal) -> Response:
    """The answer to a refusal that no page of ours has already shown at its form."""
    if isinstance(refusal, NotSignedIn) and not pages.partial():
        return _sign_in()
    if refusal.status == 500 and (form := _form_again(refusal)) is not None:
        return form
    language, status = doors.language(), refusal.status
    step = STEPS.get(status, BROKEN if status >= 500 else OTHERWISE)
    answer = pages.page(
        "errors/error.html", status, block="notice",
        status=status, heading_text=translate(TITLES.get(status, refusal.title), language), whole=not pages.partial(),
        reasons=[p.text(language) for p in refusal.problems if p.message != refusal.title],
        hints=[h for p in refusal.problems if (h := p.hint_text(language))], step=translate(step, language),
        back_url=back(), sign_in=isinstance(refusal, NotSignedIn), request_id=doors.request_id(),
    )
    if pages.partial():
        # Beside the form, never in its place: what was typed must outlive a refusal.
        answer.headers["HX-Retarget"] = "#notices"
        answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def back() -> str:
    """The page of ours that led here, or nothing."""
    there = urlsplit(request.referrer or "")
    address = there.path + (f"?{there.query}" if there.query else "")
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    return "" if there.netloc != request.host or address == here else pages.local(address, "")


def _sign_in() -> Response:
    """To the sign-in form. What was typed when the session had ended goes along and comes back afterwards."""
    if request.method == "POST" and request.form:
        return resuming.ask_to_sign_in()
    there = request.full_path.rstrip("?") if request.method == "GET" else ""
    return pages.see_other("/sign-in" + (f"?{urlencode({'next': there})}" if there not in ("", "/") else ""))


def _form_again(refusal: Refusal) -> Response | None:
    """The form with everything typed still in it, where the view knows how to draw it and that works now."""
    again = getattr(current_app.view_functions.get(request.endpoint or ""), "again", None)
    if again is None or request.method != "POST":
        return None
    told = Problem("server.failed", UNSAVED, "", {"number": doors.request_id()})
    kept = type(refusal)([told])
    try:
        return again(kept, **(request.view_args or {}))
    except Exception:  # the cause is in the log already; what broke the save may break this too
        return None
