"""One's own API keys: what there are, one made and shown this one time, narrowed, revoked."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.services.identity import keys, own_keys
from engine.web import pages, resuming
from engine.web.api_keys import asked_here, drawn_keys, key_form, key_page, password_sent, tried
from engine.web.asking import ask, do
from engine.web.routes import blueprint

HERE = "/account/keys"
TAB = {"tab": "keys"}


@blueprint.get(HERE)
@doors.declares_access(doors.SIGNED_IN)
def my_keys() -> Response:
    return ask(lambda view: pages.page(
        "account/keys.html", keys=drawn_keys(view, keys.keys_of(view, view.actor.user_id)), url=HERE,
        may_make=own_keys.may_make(view), **TAB))


@blueprint.route(f"{HERE}/new", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def make_my_key() -> Response:
    """The form, and what it sends; the key stands on the answer alone. Needs the present password."""
    refusal = None
    if request.method == "POST":
        key, refusal = tried(lambda: own_keys.make(
            doors.site(), doors.current_actor(), asked_here(), password_sent(), request_id=doors.request_id()))
        if refusal is None:
            return key_page("account/key_told.html", key, HERE, **TAB)

    def work(view: Any) -> Response:
        own_keys.require_may(view)
        form = key_form(view, own_keys.offered(view), action=f"{HERE}/new", back=HERE, refusal=refusal)
        return pages.page("account/key.html", refusal.status if refusal else 200, form=form, **TAB)

    return ask(work)


@blueprint.route(f"{HERE}/<id>", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
def narrow_my_key(id: str) -> Response:
    """Leave one of one's keys less than it has."""
    refusal = None
    if request.method == "POST":
        _, refusal = tried(lambda: do(lambda uow: own_keys.narrow(uow, id, asked_here())))
        if refusal is None:
            pages.notice("done", pages.said(N_("The key is narrowed")))
            return pages.see_other(HERE)

    def work(view: Any) -> Response:
        key = keys.key_of(view, view.actor.user_id, id)
        form = key_form(view, own_keys.offered(view), action=f"{HERE}/{key.id}", back=HERE, key=key, refusal=refusal)
        return pages.page("account/key.html", refusal.status if refusal else 200, form=form, **TAB)

    return ask(work)


@blueprint.post(f"{HERE}/<id>/revoke")
@doors.declares_access(doors.SIGNED_IN)
def revoke_my_key(id: str) -> Response:
    do(lambda uow: keys.revoke_key(uow, uow.actor.user_id, id))
    pages.notice("done", pages.said(N_("The key is revoked: it opens nothing from now on")))
    return pages.see_other(HERE)
