"""Second factors: shown at signing in, set up, and run by their owner."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotSignedIn, Refusal
from engine.language import N_
from engine.language.formats import write_moment
from engine.services.actor import Actor
from engine.services.identity.factors import recovery, setting_up, showing
from engine.services.identity.factors.base import method
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import CODE, SET_UP
from engine.web import pages, resuming
from engine.web.asking import ask
from engine.web.routes import blueprint
from engine.web.signin import SET_UP_PAGE, code_form, first_page, session_token, with_session


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_code() -> Response:
    """The second factor, or a recovery code in its place."""
    actor, onward = doors.half_actor(), pages.local(request.values.get("next"))
    if actor.pending != CODE:
        return pages.see_other(first_page(actor.pending, onward))
    if request.method != "POST":
        return code_form(onward, actor.login)
    values, there = resuming.kept()
    try:
        token, recovered = showing.show(doors.site(), actor, session_token(), request.form.get("code", ""),
                                        request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return code_form(onward, actor.login, refusal, values, there)
    if recovered:
        _tell_left(actor)
    return with_session(resuming.resume(values, there, actor.login) if values else pages.see_other(onward), token)


def _tell_left(actor: Actor) -> None:
    left = doors.site().read(actor, lambda view: recovery.left(view, actor.user_id))
    pages.notice("wait", pages.said(N_("A recovery code is used up, %(left)s are left. Set the application up anew in "
                                       "My account if the telephone is lost"), left=left))


@blueprint.get("/sign-in/set-up")
@doors.declares_access(doors.HALF)
def sign_in_set_up() -> Response:
    """For roles that need a second factor: nothing else opens before it is set up."""
    actor, onward = doors.half_actor(), pages.local(request.args.get("next"))
    if actor.pending != SET_UP:
        return pages.see_other(first_page(actor.pending, onward))
    return _set_up_page(actor, onward)


@blueprint.post("/sign-in/set-up")
@doors.declares_access(doors.HALF)
def sign_in_begin_set_up() -> Response:
    actor, onward = doors.half_actor(), pages.local(request.form.get("next"))
    if actor.pending == SET_UP:
        _begin(actor)
    return pages.see_other(first_page(actor.pending, onward))


@blueprint.post("/sign-in/set-up/confirm")
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_confirm_set_up() -> Response:
    actor, onward = doors.half_actor(), pages.local(request.form.get("next"))
    if actor.pending != SET_UP:
        return pages.see_other(first_page(actor.pending, onward))
    try:
        token, codes = _confirm(actor)
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return _set_up_page(actor, onward, refusal)
    return with_session(pages.page("signin/recovery_codes.html", codes=codes, onward=onward), token)


def _set_up_page(actor: Actor, onward: str, refusal: Refusal | None = None) -> Response:
    return pages.page("signin/set_up.html", refusal.status if refusal else 200, onward=onward, login=actor.login,
                      offer=_offer(actor), problem=_said(refusal), begin_url=SET_UP_PAGE,
                      confirm_url=f"{SET_UP_PAGE}/confirm")


def _begin(actor: Actor) -> None:
    doors.site().write(actor, lambda uow: setting_up.begin(uow, actor.user_id), request_id=doors.request_id())


def _confirm(actor: Actor) -> tuple[str, list[str]]:
    return setting_up.confirm(doors.site(), actor, session_token(), request.form.get("code", ""),
                              request_id=doors.request_id())


def _offer(actor: Actor) -> Any:
    # Without the name of the school: Cyrillic triples in the address, and a dense picture is hard for a cheap camera.
    return doors.site().read(
        actor, lambda view: setting_up.offered(view, actor.user_id, actor.login, pages.NAME), language=doors.language())


def _said(refusal: Refusal | None) -> str:
    return refusal.problems[0].text(doors.language()) if refusal and refusal.problems else ""


# -- one's own, once one is in ----------------------------------------------------------------------------------------


@blueprint.get("/account/factors")
@doors.declares_access(doors.SIGNED_IN)
def my_factors() -> Response:
    return _own_page()


def _own_page(refusal: Refusal | None = None, offer: Any = None) -> Response:
    actor = doors.current_actor()

    def work(view: Any) -> Response:
        found = [{"title": pages.said(known.title) if (known := method(f.method)) else f.method,
                  "since": write_moment(f.confirmed_at), "used": write_moment(f.used_at) if f.used_at else ""}
                 for f in setting_up.factors_of(view, actor.user_id)]
        at = refusal.problems[0].path if refusal and refusal.problems else ""
        return pages.page("account/factors.html", refusal.status if refusal else 200, tab="factors", factors=found,
                          left=recovery.left(view, actor.user_id), offer=offer, problem=_said(refusal), problem_at=at,
                          required=policy_of(view.site).requires_second_factor(actor.roles),
                          begin_url="/account/factors/begin", confirm_url="/account/factors/confirm", onward="/account")

    return ask(work)


@blueprint.route("/account/factors/begin", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
def begin_my_factor() -> Response:
    """The picture to scan; asked for by GET it shows what was begun."""
    if request.method == "POST":
        _begin(doors.current_actor())
        return pages.see_other("/account/factors/begin")
    offer = _offer(doors.current_actor())
    return _own_page(offer=offer) if offer else pages.see_other("/account/factors")


@blueprint.post("/account/factors/confirm")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def confirm_my_factor() -> Response:
    try:
        token, codes = _confirm(doors.current_actor())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return _own_page(refusal, _offer(doors.current_actor()))
    return with_session(pages.page("account/recovery_codes.html", tab="factors", codes=codes, onward="/account/factors"),
                        token)


@blueprint.post("/account/factors/codes")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def make_my_codes() -> Response:
    """New recovery codes in place of the old ones; needs the password."""
    try:
        codes = setting_up.new_codes(doors.site(), doors.current_actor(), request.form.get("password", "")[:1000],
                                     request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return _own_page(refusal)
    return pages.page("account/recovery_codes.html", tab="factors", codes=codes, onward="/account/factors")


@blueprint.post("/account/factors/remove")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def remove_my_factors() -> Response:
    try:
        setting_up.remove(doors.site(), doors.current_actor(), request.form.get("password", "")[:1000],
                          request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return _own_page(refusal)
    pages.notice("done", pages.said(N_("Second factors are removed")))
    return pages.see_other("/account/factors")
