"""Second factors: shown at signing in, set up, and run by their owner."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotFound, NotSignedIn, Refusal
from engine.ids import parse_id
from engine.language import N_
from engine.language.formats import write_moment
from engine.services.actor import Actor
from engine.services.identity.factors import exchanging, recovery, setting_up, showing
from engine.services.identity.factors.base import method
from engine.services.identity.policy import policy_of
from engine.services.identity.sessions import CODE, SET_UP
from engine.web import pages, resuming
from engine.web.asking import ask
from engine.web.devices import device
from engine.web.routes import blueprint
from engine.web.signin import PASSKEY, SET_UP_PAGE, code_form, first_page, session_token, with_session


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_code() -> Response:
    """The second factor, or a recovery code in its place."""
    actor, onward = doors.half_actor(), pages.local(request.values.get("next"))
    if actor.pending != CODE:
        return pages.see_other(first_page(actor.pending, onward))
    if request.method != "POST":
        return code_form(actor, onward)
    values, there = resuming.kept()
    try:
        token, recovered = showing.show(doors.site(), actor, session_token(), request.form.get("code", ""),
                                        request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return code_form(actor, onward, refusal, values, there)
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
    return set_up_page(actor, onward)


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
        return set_up_page(actor, onward, refusal)
    return with_session(pages.page("signin/recovery_codes.html", codes=codes, onward=onward), token)


def set_up_page(actor: Actor, onward: str, refusal: Refusal | None = None) -> Response:
    """The page on which a session sets up the factor without which it is not let in."""
    return pages.page("signin/set_up.html", refusal.status if refusal else 200, onward=onward, login=actor.login,
                      offer=_offer(actor), problem=_said(refusal), problem_at=_at(refusal), begin_url=SET_UP_PAGE,
                      confirm_url=f"{SET_UP_PAGE}/confirm", **passkey_context())


def passkey_context() -> dict[str, Any]:
    """What signin/passkey_parts.html needs to set one up: where it works, and the name as it was typed."""
    title = request.form.get("title", "")[:exchanging.LONGEST_TITLE] or device(request.user_agent.string)
    return {"passkey_origin": exchanging.origin(doors.site(), PASSKEY), "passkey_title": title}


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


def _at(refusal: Refusal | None) -> str:
    return refusal.problems[0].path if refusal and refusal.problems else ""


# -- one's own, once one is in ----------------------------------------------------------------------------------------


@blueprint.get("/account/factors")
@doors.declares_access(doors.SIGNED_IN)
def my_factors() -> Response:
    return own_page()


def own_page(refusal: Refusal | None = None, offer: Any = None) -> Response:
    """One's own second factors. `offer`: what was begun; `refusal`: what was wrong."""
    actor = doors.current_actor()

    def work(view: Any) -> Response:
        found = [_drawn(f) for f in setting_up.factors_of(view, actor.user_id)]
        return pages.page("account/factors.html", refusal.status if refusal else 200, tab="factors", factors=found,
                          left=recovery.left(view, actor.user_id), offer=offer, problem=_said(refusal),
                          which=request.form.get("which", ""),
                          required=policy_of(view.site).requires_second_factor(actor.roles),
                          begin_url="/account/factors/begin", confirm_url="/account/factors/confirm", onward="/account",
                          **passkey_context())

    return ask(work)


def _drawn(factor: setting_up.Factor) -> dict[str, str]:
    known = method(factor.method)
    return {"id": str(factor.id), "method": factor.method, "title": pages.said(known.title) if known else factor.method,
            "name": factor.title, "since": write_moment(factor.confirmed_at),
            "used": write_moment(factor.used_at) if factor.used_at else ""}


@blueprint.route("/account/factors/begin", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def begin_my_factor() -> Response:
    """The picture to scan, for the password; asked for by GET it shows what was begun."""
    if request.method == "POST":
        try:
            setting_up.begin_anew(doors.site(), doors.current_actor(), request.form.get("password", "")[:1000],
                                  request_id=doors.request_id())
        except NotSignedIn:
            raise
        except Refusal as refusal:
            return own_page(refusal)
        return pages.see_other("/account/factors/begin")
    offer = _offer(doors.current_actor())
    return own_page(offer=offer) if offer else pages.see_other("/account/factors")


@blueprint.post("/account/factors/confirm")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def confirm_my_factor() -> Response:
    try:
        token, codes = _confirm(doors.current_actor())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return own_page(refusal, _offer(doors.current_actor()))
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
        return own_page(refusal)
    return pages.page("account/recovery_codes.html", tab="factors", codes=codes, onward="/account/factors")


@blueprint.post("/account/factors/remove")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def remove_my_factors() -> Response:
    """The one that was chosen, or all of them; needs the password."""
    which = request.form.get("which", "")
    one = parse_id(which)
    if which and one is None:
        raise NotFound()
    try:
        setting_up.remove(doors.site(), doors.current_actor(), request.form.get("password", "")[:1000], one,
                          request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return own_page(refusal)
    said = N_("The second factor is removed") if which else N_("Second factors are removed")
    pages.notice("done", pages.said(said))
    return pages.see_other("/account/factors")
