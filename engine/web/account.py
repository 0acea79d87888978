"""One's own account: the password, the sessions, what else opens it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotSignedIn, Refusal
from engine.language import N_, plural
from engine.language.formats import write_moment
from engine.services.identity import own
from engine.services.identity.policy import policy_of
from engine.web import pages, resuming
from engine.web.asking import ask, do
from engine.web.devices import device
from engine.web.routes import blueprint
from engine.web.signin import password_context, passwords_sent, session_token, with_session


@blueprint.get("/account")
@doors.declares_access(doors.SIGNED_IN)
def my_account() -> Response:
    """Who I am here, and where I am signed in."""
    actor = doors.current_actor()

    def work(view: Any) -> Response:
        titles = [view.catalog.roles[r].title.in_(view.language) for r in sorted(actor.roles)]
        return pages.page("account/account.html", tab="", login=actor.login, name=actor.name, role_titles=titles,
                          sessions=[drawn_session(s) for s in own.sessions_of(view, actor.user_id, session_token())],
                          policy=policy_of(view.site))

    return ask(work)


def drawn_session(session: own.Session) -> SimpleNamespace:
    """A session as pages show it."""
    return SimpleNamespace(
        name=session.name, device=device(session.agent) or "—", agent=session.agent, address=session.address,
        begun=write_moment(session.begun_at), seen=write_moment(session.seen_at), two=session.level > 1,
        is_this=session.is_this,
    )


@blueprint.post("/account/sessions/<name>/end")
@doors.declares_access(doors.SIGNED_IN)
def end_my_session(name: str) -> Response:
    do(lambda uow: own.end_session(uow, uow.actor.user_id, name))
    pages.notice("done", pages.said(N_("The session is ended")))
    return pages.see_other("/account")


@blueprint.post("/account/sessions/end-others")
@doors.declares_access(doors.SIGNED_IN)
def end_my_other_sessions() -> Response:
    ended = do(lambda uow: own.end_others(uow, uow.actor.user_id, session_token()))
    pages.notice("done", sessions_ended(ended))
    return pages.see_other("/account")


def sessions_ended(count: int) -> str:
    return plural(N_("%(number)s session is ended"), N_("%(number)s sessions are ended"), count, doors.language())


@blueprint.route("/account/password", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def change_my_password() -> Response:
    """Needs the old one; all other sessions end."""
    if request.method != "POST":
        return _form(None)
    try:
        token = own.change_password(doors.site(), doors.current_actor(), session_token(), *passwords_sent(),
                                    request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return _form(refusal)
    pages.notice("done", pages.said(N_("Your password is changed. Everywhere else you are signed out")))
    return with_session(pages.see_other("/account"), token)


def _form(refusal: Refusal | None) -> Response:
    until = ask(own.changeable_from)
    return pages.page("account/password.html", refusal.status if refusal else 200, tab="password",
                      too_young=pages.said(own.TOO_YOUNG, moment=write_moment(until)) if until else "", **password_context(refusal))
