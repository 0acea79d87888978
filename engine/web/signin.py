"""Signing in and out, and what a session may have to do before it is let in."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from engine import doors
from engine.errors import NotSignedIn, Refusal, TooOften
from engine.language import N_
from engine.services import identity
from engine.services.actor import NOBODY, Actor
from engine.services.identity import own
from engine.services.identity.factors import exchanging
from engine.services.identity.factors.setting_up import factors_of
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import CODE, PASSWORD
from engine.web import pages, resuming
from engine.web.routes import blueprint

PAGES = {PASSWORD: "/sign-in/password", CODE: "/sign-in/code"}
SET_UP_PAGE = "/sign-in/set-up"
PASSKEY = "passkey"
"""The method of the second factor for which pages carry a script."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
@doors.declares_access(doors.PUBLIC)
def sign_in() -> Response:
    """The form, and what it sends. The answer is the same for an unknown name and a wrong password."""
    onward = pages.local(request.values.get("next"))
    if request.method != "POST":  # HEAD comes here too, unguarded as all that only looks: it must not try a password
        if doors.current_actor() is not NOBODY:
            return pages.see_other(onward)
        if doors.half_actor() is not NOBODY:
            return pages.see_other(first_page(doors.half_actor().pending, onward))
        return _form(onward)
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    try:
        token = identity.sign_in(doors.site(), login[:200], password[:1000], request.remote_addr or "",
                                 request.user_agent.string[:300])
    except NotSignedIn:
        return _form(onward, login, pages.said(N_("The user name or the password is wrong")), 422)
    except TooOften as refusal:
        return _form(onward, login, refusal.problems[0].text(doors.language()), 429)
    values, there = resuming.kept()
    if not values:
        return with_session(pages.see_other(onward), token)
    actor = identity.actor_of_session(doors.site(), token)
    if actor is not None and actor.pending == CODE:  # what was typed travels on, inside the page that asks for the code
        return with_session(code_form(actor, onward, values=values, there=there), token)
    return with_session(resuming.resume(values, there, login), token)


def code_form(actor: Actor, onward: str, refusal: Refusal | None = None, values: str = "", there: str = "") -> Response:
    """The page that asks for the second factor: for each method that the person has."""
    had = {f.method for f in doors.site().read(actor, lambda view: factors_of(view, actor.user_id))}
    problem = refusal.problems[0].text(doors.language()) if refusal and refusal.problems else ""
    return pages.page("signin/code.html", refusal.status if refusal else 200, onward=onward, login=actor.login,
                      problem=problem, kept=values, kept_to=there, typed=had - {PASSKEY},
                      passkeys=PASSKEY in had, passkey_origin=exchanging.origin(doors.site(), PASSKEY))


def first_page(pending: str, onward: str) -> str:
    """Where a session goes that has something to do before it is let in."""
    return PAGES.get(pending, SET_UP_PAGE) + (f"?{urlencode({'next': onward})}" if onward != "/" else "")


def with_session(response: Response, token: str) -> Response:
    """The answer, which hands the browser its session."""
    response.set_cookie(doors.session_cookie(), token, max_age=policy_of(doors.site()).hours * 3600, path="/",
                        httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def session_token() -> str:
    return request.cookies.get(doors.session_cookie(), "")


def _form(onward: str, login: str = "", problem: str = "", status: int = 200) -> Response:
    values, there = resuming.kept() if request.method == "POST" else ("", "")
    return pages.page("signin/sign_in.html", status, onward=onward, login=login, problem=problem, kept=values,
                      kept_to=there)


@blueprint.route("/sign-in/password", methods=["GET", "POST"])
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_password() -> Response:
    """A first password, or one that has grown old, is changed before anything else."""
    actor, onward = doors.half_actor(), pages.local(request.values.get("next"))
    if actor.pending != PASSWORD:
        return pages.see_other(first_page(actor.pending, onward))
    if request.method != "POST":
        return _password_form(onward)
    try:
        token = own.change_password(doors.site(), actor, session_token(), *passwords_sent(),
                                    request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return _password_form(onward, refusal)
    pages.notice("done", pages.said(N_("Your password is changed")))
    return with_session(pages.see_other(onward), token)


def passwords_sent() -> tuple[str, str, str]:
    """The old password, the new one, the new one again, as they were typed."""
    old, new, again = (request.form.get(name, "")[:1000] for name in ("old", "new", "again"))
    return old, new, again


def _password_form(onward: str, refusal: Refusal | None = None) -> Response:
    return pages.page("signin/password.html", refusal.status if refusal else 200, onward=onward,
                      **password_context(refusal))


def password_context(refusal: Refusal | None) -> dict[str, object]:
    """What signin/password_parts.html needs: the rules of the policy and the problems by field."""
    policy, language = policy_of(doors.site()), doors.language()
    problems = refusal.problems if refusal else ()
    return {
        "policy": policy,
        "problems": {p.path: p.text(language) for p in reversed(problems)},
        "all_problems": [(p.path, p.text(language)) for p in problems],
    }


@blueprint.post("/sign-out")
@doors.declares_access(doors.PUBLIC)
def sign_out() -> Response:
    """End this session, on the server too; one that was not let in yet as well."""
    if token := session_token():
        identity.sign_out(doors.site(), token)
    response = pages.see_other("/sign-in")
    response.delete_cookie(doors.session_cookie(), path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
