"""A form that was sent when the session had ended: the person signs in and what they typed is not lost.

The values travel in the page, never in the browser's storage; they are sent on only by the person's own press, as
whoever signed in, with a fresh token and all the usual checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import Response, current_app, request

from engine import doors
from engine.errors import BadRequest
from engine.web import pages

View = TypeVar("View", bound=Callable[..., Any])
MOST = 20_000
"""Values of one form, as many as are read of any form."""


def keeps_nothing(view: View) -> View:
    """For a view whose form holds passwords or codes: they are never shown again, not even inside a page."""
    view.keeps_nothing = True  # type: ignore[attr-defined]
    return view


def ask_to_sign_in() -> Response:
    """The sign-in form with what was just sent inside it. 401."""
    if getattr(current_app.view_functions.get(request.endpoint or ""), "keeps_nothing", False):
        return pages.see_other("/sign-in")
    left = {"csrf_token", *_secrets()}
    values = [(k, v) for k, v in request.form.items(multi=True) if k not in left]
    return pages.page("signin/sign_in.html", 401, onward="/", login="", problem="", kept=urlencode(values),
                      kept_to=request.full_path.rstrip("?"), kept_files=any(f.filename for f in request.files.values()))


def _secrets() -> set[str]:
    """Names of inputs that are never shown again, not even inside a page: passwords."""
    place = request.view_args or {}
    entity = doors.site().catalog.at_url(place.get("module", ""), place.get("slug", ""))
    return {f.key for f in entity.fields.values() if f.kind.secret} if entity else set()


def kept() -> tuple[str, str]:
    """(values, where they were going) in a sign-in form that was sent; empty where nothing was kept."""
    values, there = request.form.get("_kept", ""), pages.local(request.form.get("_kept_to"), "")
    return (values, there) if there and not there.startswith("/sign-") else ("", "")


def resume(values: str, there: str, login: str) -> Response:
    """The page on which the person, just signed in as `login`, sends their form on. BadRequest for broken values."""
    try:
        pairs = parse_qsl(values, keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise BadRequest() from None
    count = sum(1 for name, value in pairs if value and not name.rpartition("-")[2].startswith("_"))
    return pages.page("signin/resume.html", pairs=pairs, there=there, count=count, who=login)
