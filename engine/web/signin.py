"""Signing in and out."""

from __future__ import annotations

from flask import Response, request

from engine import doors
from engine.errors import NotSignedIn
from engine.language import N_
from engine.services import identity
from engine.services.actor import NOBODY
from engine.web import pages, resuming
from engine.web.routes import blueprint

LONGEST = 12 * 3600
"""Seconds after which the cookie goes; the server ends the session by its own clock."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
@doors.declares_access(doors.PUBLIC)
def sign_in() -> Response:
    """The form, and what it sends. The answer is the same for an unknown name and a wrong password."""
    onward = pages.local(request.values.get("next"))
    if request.method != "POST":  # HEAD comes here too, unguarded as all that only looks: it must not try a password
        if doors.current_actor() is not NOBODY:
            return pages.see_other(onward)
        return _form(onward)
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    try:
        token = identity.sign_in(doors.site(), login[:200], password[:1000], request.remote_addr or "",
                                 request.user_agent.string[:300])
    except NotSignedIn:
        return _form(onward, login, pages.said(N_("The user name or the password is wrong")), 422)
    values, there = resuming.kept()
    response = resuming.resume(values, there, login) if values else pages.see_other(onward)
    response.set_cookie(doors.session_cookie(), token, max_age=LONGEST, path="/", httponly=True, samesite="Lax",
                        secure=request.is_secure)
    return response


def _form(onward: str, login: str = "", problem: str = "", status: int = 200) -> Response:
    values, there = resuming.kept() if request.method == "POST" else ("", "")
    return pages.page("signin/sign_in.html", status, onward=onward, login=login, problem=problem, kept=values,
                      kept_to=there)


@blueprint.post("/sign-out")
@doors.declares_access(doors.SIGNED_IN)
def sign_out() -> Response:
    """End this session, on the server too."""
    identity.sign_out(doors.site(), request.cookies.get(doors.session_cookie(), ""))
    response = pages.see_other("/sign-in")
    response.delete_cookie(doors.session_cookie(), path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
