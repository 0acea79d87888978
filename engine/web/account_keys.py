"""API keys of others, for their administrators: issued to service accounts; anybody's narrowed and revoked."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.language import N_
from engine.services.accounts import keys
from engine.services.accounts.administering import edited
from engine.web import pages, resuming
from engine.web.api_keys import asked_here, key_form, key_page, password_sent, tried
from engine.web.asking import ask, do
from engine.web.routes import blueprint


@blueprint.route("/accounts/<id>/keys/new", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
@resuming.keeps_nothing
def issue_key(id: str) -> Response:
    """A key of a service account; it stands on the answer alone. Needs the present password of the administrator."""
    refusal = None
    if request.method == "POST":
        key, refusal = tried(lambda: keys.make(
            doors.site(), doors.current_actor(), id, asked_here(), password_sent(), request_id=doors.request_id()))
        if refusal is None:
            return ask(lambda view: key_page("accounts/key_told.html", key, f"/accounts/{id}", **_head(view, id)))

    def work(view: Any) -> Response:
        record = keys.program(view, id)
        form = key_form(view, keys.offered(view, record.id), action=f"/accounts/{record.id}/keys/new",
                        back=f"/accounts/{record.id}", refusal=refusal)
        return pages.page("accounts/key.html", refusal.status if refusal else 200, form=form, **_head(view, id))

    return ask(work)


@blueprint.route("/accounts/<id>/keys/<key>", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
def narrow_key_of(id: str, key: str) -> Response:
    """Leave somebody's key less than it has."""
    refusal = None
    if request.method == "POST":
        _, refusal = tried(lambda: do(lambda uow: keys.narrow(uow, id, key, asked_here())))
        if refusal is None:
            pages.notice("done", pages.said(N_("The key is narrowed")))
            return pages.see_other(f"/accounts/{id}")

    def work(view: Any) -> Response:
        found = keys.key(view, id, key)
        offered = keys.offered(view, edited(view, id).id)
        form = key_form(view, offered, action=f"/accounts/{id}/keys/{found.id}", back=f"/accounts/{id}", key=found,
                        refusal=refusal)
        return pages.page("accounts/key.html", refusal.status if refusal else 200, form=form, **_head(view, id))

    return ask(work)


@blueprint.post("/accounts/<id>/keys/<key>/revoke")
@doors.declares_access(doors.SIGNED_IN)
def revoke_key_of(id: str, key: str) -> Response:
    do(lambda uow: keys.revoke(uow, id, key))
    pages.notice("done", pages.said(N_("The key is revoked: it opens nothing from now on")))
    return pages.see_other(f"/accounts/{id}")


def _head(view: Any, id: str) -> dict[str, Any]:
    """What stands above the pages: whose key it is, and the way back."""
    record = edited(view, id)
    entity, login = record.entity, record.values["login"]
    return {"login": login, "trail": [
        (view.catalog.modules[entity.module].title.in_(view.language), f"/{entity.module}"),
        (entity.plural.in_(view.language), entity.url), (login, f"/accounts/{record.id}")]}
