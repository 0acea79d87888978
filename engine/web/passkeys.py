"""Passkeys: the browser is told what its device has to answer, and the answer comes in a form that the script fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request

from engine import doors
from engine.errors import NotFound, NotSignedIn, Refusal
from engine.language import N_
from engine.services.actor import Actor
from engine.services.identity.factors import exchanging
from engine.services.identity.sessions import CODE, SET_UP
from engine.web import pages, resuming
from engine.web.factors import own_page, set_up_page
from engine.web.routes import blueprint
from engine.web.signin import PASSKEY, code_form, first_page, session_token, with_session


def _told(actor: Actor, begin: Callable[..., Mapping[str, Any]], *given: str) -> Response:
    return _kept_by_nobody(begin(doors.site(), actor, session_token(), PASSKEY, *given, request_id=doors.request_id()))


def _kept_by_nobody(told: Mapping[str, Any], status: int = 200) -> Response:
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    answer.status_code = status
    return answer


def _half(pending: str) -> Actor:
    """Who has only this left to do. NotFound for whoever has something else to do first: a session that has a factor to
    show must not set up another instead."""
    actor = doors.half_actor()
    if actor.pending != pending:
        raise NotFound()
    return actor


def _set_up(actor: Actor) -> tuple[str, list[str]]:
    return exchanging.set_up(doors.site(), actor, session_token(), PASSKEY, request.form.get("title", ""),
                             request.form.get("answer", ""), request_id=doors.request_id())


# -- at signing in ----------------------------------------------------------------------------------------------------


@blueprint.post("/sign-in/passkey/begin")
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_begin_passkey() -> Response:
    return _told(_half(CODE), exchanging.begin_showing)


@blueprint.post("/sign-in/passkey")
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_passkey() -> Response:
    """A passkey in place of a code."""
    actor, onward = doors.half_actor(), pages.local(request.form.get("next"))
    if actor.pending != CODE:
        return pages.see_other(first_page(actor.pending, onward))
    values, there = resuming.kept()
    try:
        token = exchanging.show(doors.site(), actor, session_token(), PASSKEY, request.form.get("answer", ""),
                                request_id=doors.request_id())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return code_form(actor, onward, refusal, values, there)
    return with_session(resuming.resume(values, there, actor.login) if values else pages.see_other(onward), token)


@blueprint.post("/sign-in/set-up/passkey/begin")
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_begin_set_up_passkey() -> Response:
    return _told(_half(SET_UP), exchanging.begin_set_up)


@blueprint.post("/sign-in/set-up/passkey")
@doors.declares_access(doors.HALF)
@resuming.keeps_nothing
def sign_in_set_up_passkey() -> Response:
    """The first factor of somebody whose role needs one."""
    actor, onward = doors.half_actor(), pages.local(request.form.get("next"))
    if actor.pending != SET_UP:
        return pages.see_other(first_page(actor.pending, onward))
    try:
        token, codes = _set_up(actor)
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return set_up_page(actor, onward, refusal)
    shown = pages.page("signin/recovery_codes.html", codes=codes, onward=onward) if codes else pages.see_other(onward)
    return with_session(shown, token)


# -- one's own, once one is in ----------------------------------------------------------------------------------------


@blueprint.post("/account/factors/passkey/begin")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def begin_my_passkey() -> Response:
    """What the device has to answer, for the password. What is wrong with it is a sentence that the script shows."""
    try:
        return _told(doors.current_actor(), exchanging.begin_another, request.form.get("password", "")[:1000])
    except NotSignedIn:
        raise
    except Refusal as refusal:
        if not refusal.problems:
            raise
        return _kept_by_nobody({"problem": refusal.problems[0].text(doors.language())}, refusal.status)


@blueprint.post("/account/factors/passkey")
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def set_up_my_passkey() -> Response:
    """One more passkey. With the first factor come recovery codes."""
    try:
        token, codes = _set_up(doors.current_actor())
    except NotSignedIn:
        raise
    except Refusal as refusal:
        return own_page(refusal)
    if codes:
        shown = pages.page("account/recovery_codes.html", tab="factors", codes=codes, onward="/account/factors")
    else:
        pages.notice("done", pages.said(N_("The passkey is set up")))
        shown = pages.see_other("/account/factors")
    return with_session(shown, token)
