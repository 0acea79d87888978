"""What a person was told: the list behind the bell, and the bell itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.language.formats import write_moment
from engine.services import notices as told
from engine.web import pages
from engine.web.asking import ask, do
from engine.web.routes import blueprint

ICONS = {"done": "circle-check", "wait": "alert-triangle", "harm": "alert-circle"}


@blueprint.get("/notices")
@doors.declares_access(doors.SIGNED_IN)
def notice_list() -> Response:
    after = request.args.get("after")

    def work(view: Any) -> Response:
        found, following = told.notices(view, after)
        shown = [SimpleNamespace(
            id=n.id, text=n.text, at=write_moment(n.at), tone=n.tone, read=n.read, url=pages.local(n.url, ""),
            icon=ICONS.get(n.tone, "info-circle"),
        ) for n in found]
        return pages.page("notices/notices.html", told=shown, any_unread=view.actor.unread > 0,
                          next_url=f"/notices?after={following}" if following else "")

    return ask(work)


@blueprint.get("/notices/bell")
@doors.declares_access(doors.SIGNED_IN)
def bell() -> Response:
    """The bell of the top bar as it is now: asked for while something of the person's is at work."""
    actor = doors.current_actor()
    return pages.page("notices/bell.html", block="bell", unread=actor.unread, working=actor.working)


@blueprint.post("/notices/read")
@doors.declares_access(doors.SIGNED_IN)
def read_all() -> Response:
    do(told.read_all)
    return pages.see_other("/notices")


@blueprint.post("/notices/<id>/open")
@doors.declares_access(doors.SIGNED_IN)
def open_notice(id: str) -> Response:
    """Where the notice leads; it counts as read from now on. A button and not a link, for it changes something."""
    return pages.see_other(pages.local(do(lambda uow: told.read_notice(uow, id)), "/notices"))
