"""A forgotten password: asking for a letter, and the page behind the link of a letter (invitations come here too)."""

from __future__ import annotations

from flask import Response, request

from engine import doors
from engine.errors import NotFound, Refusal
from engine.language import N_
from engine.services.accounts import links, resetting
from engine.services.identity.policy import policy_of
from engine.web import pages, resuming
from engine.web.routes import blueprint
from engine.web.signin import password_context, passwords_sent


@blueprint.route("/sign-in/forgotten", methods=["GET", "POST"])
@doors.declares_access(doors.PUBLIC)
@resuming.keeps_nothing
def forgotten_password() -> Response:
    """Who are you? The answer is the same whether or not there is such an account."""
    site = doors.site()
    if not site.settings.sends_letters:
        return _forgotten("nobody")
    if request.method != "POST":
        return _forgotten("asked" if "asked" in request.args else "form")
    typed = request.form.get("who", "")
    try:
        resetting.ask(site, typed, request.remote_addr or "", language=doors.language(), request_id=doors.request_id())
    except Refusal as refusal:
        return _forgotten("form", typed[:resetting.LONGEST], refusal)
    return pages.see_other("/sign-in/forgotten?asked")


def _forgotten(shows: str, typed: str = "", refusal: Refusal | None = None) -> Response:
    problem = refusal.problems[0].text(doors.language()) if refusal else ""
    return pages.page("signin/forgotten.html", refusal.status if refusal else 200, shows=shows, typed=typed,
                      problem=problem, minutes=policy_of(doors.site()).reset_minutes)


@blueprint.route("/sign-in/link/<token>", methods=["GET", "POST"])
@doors.declares_access(doors.PUBLIC)
@resuming.keeps_nothing
def sign_in_link(token: str) -> Response:
    """Behind the link of a letter: the person chooses a password. Looking at it, as programs that read letters do, uses
    nothing up."""
    site, refusal = doors.site(), None
    try:
        if request.method == "POST":
            _, new, again = passwords_sent()
            try:
                links.accept(site, token, new, again, request.remote_addr or "", request_id=doors.request_id())
            except NotFound:
                raise
            except Refusal as refused:
                refusal = refused
            else:
                pages.notice("done", pages.said(N_("Your password is chosen: sign in with it")))
                return pages.see_other("/sign-in")
        found = links.behind(site, token)
    except NotFound:
        return pages.page("signin/link_gone.html", 404, may_ask=site.settings.sends_letters)
    return pages.page("signin/link.html", refusal.status if refusal else 200, login=found.login, here=request.path,
                      is_reset=found.kind == links.RESET, **password_context(refusal))
