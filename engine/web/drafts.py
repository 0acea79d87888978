"""The draft of a form while it is being typed: kept as one types, offered when the form is opened again, forgotten.

The page sends its inputs every few seconds (`static/drafts.js`). The answer also says how the record stands: somebody
saved it meanwhile, somebody else is typing in it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, request
from werkzeug.datastructures import MultiDict

from engine import doors
from engine.errors import NotFound, Refusal
from engine.language import translate
from engine.language.formats import write_moment
from engine.model import Entity
from engine.services import drafts
from engine.web import pages
from engine.web.asking import ask, do, entity_here, version_sent
from engine.web.routes import blueprint
from engine.web.rows import COMMANDS

NOT_KEPT = frozenset({"csrf_token", "_once", "_then", "_merge", "_quick", "_seen", *COMMANDS})
"""Names that belong to a moment, not to what was typed."""
CONTINUE = "continue"


def pairs_sent() -> Iterator[tuple[str, str]]:
    """Names and texts of the form as a draft keeps them."""
    for name, text in request.form.items(multi=True):
        if name not in NOT_KEPT and not name.startswith("_choice:"):
            yield name, text


@blueprint.post("/<module>/<slug>/draft")
@doors.declares_access("create")
def keep_new(module: str, slug: str) -> Response:
    return _keep(entity_here(module, slug), None)


@blueprint.post("/<module>/<slug>/<id>/draft")
@doors.declares_access("edit")
def keep_edit(module: str, slug: str, id: str) -> Response:
    return _keep(entity_here(module, slug), id)


def _keep(entity: Entity, id: str | None) -> Response:
    def work(uow: Any) -> Any:
        now = drafts.standing(uow, entity.address, id) if id else None
        drafts.keep(uow, entity.address, id or drafts.NEW, pairs_sent(), version_sent() if id else None)
        return now, uow.now

    try:
        now, at = do(work)
    except NotFound:
        raise
    except Refusal as refusal:
        return _told(entity, id, None, "", translate(refusal.title, doors.language()), refusal.status)
    return _told(entity, id, now, write_moment(at)[-5:])


@blueprint.get("/<module>/<slug>/<id>/standing")
@doors.declares_access("edit")
def standing(module: str, slug: str, id: str) -> Response:
    """How the record behind an open form stands; asked now and then by a form in which nobody types."""
    entity = entity_here(module, slug)
    return _told(entity, id, ask(lambda view: drafts.standing(view, entity.address, id)), "")


def _told(entity: Entity, id: str | None, now: Any, kept_at: str, problem: str = "", status: int = 200) -> Response:
    moved = None
    seen = request.args.get("version", "") or str(version_sent())
    if now is not None and str(now.version) != seen:
        moved = (now.by, write_moment(now.at)[-5:] if now.at else "")
    answer = pages.page("records/standing.html", status, block="standing", record_url=f"{entity.url}/{id}",
                        moved=moved, others=now.others if now else (), kept_at=kept_at, problem=problem)
    answer.headers["X-Draft"] = kept_at.encode("ascii", "ignore").decode()
    return answer


@blueprint.post("/<module>/<slug>/draft/discard")
@doors.declares_access("create")
def discard_new(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)
    do(lambda uow: drafts.discard(uow, entity.address, drafts.NEW))
    return pages.see_other(f"{entity.url}/new")


@blueprint.post("/<module>/<slug>/<id>/draft/discard")
@doors.declares_access("edit")
def discard_edit(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)
    do(lambda uow: drafts.discard(uow, entity.address, id))
    return pages.see_other(f"{entity.url}/{id}/edit")


# -- opening a form again ---------------------------------------------------------------------------------------------


def kept_draft(view: Any, entity: Entity, id: Any = None) -> Any:
    """The person's draft for the form of a record (None: of a new one), or None."""
    return drafts.kept(view, entity.address, str(id) if id else drafts.NEW)


def asks_to_continue() -> bool:
    return request.args.get("draft") == CONTINUE


def put_in_place(pairs: list[tuple[str, str]]) -> None:
    """Let what was kept stand where the inputs of this request would; a record just made for one of its links too."""
    g.typed = MultiDict(pairs)
    name = request.args.get("pick", "")
    if name in g.typed:
        g.typed[name] = request.args.get("picked", "")


def draft_ways(entity: Entity, record: Any, offered: Any, continued: Any) -> dict[str, Any]:
    """What a form needs to keep its draft, and to offer one that was kept."""
    place = f"{entity.url}/{record.id}" if record else entity.url
    opened = f"{place}/edit" if record else f"{place}/new"
    kept = [p for p in request.args.items(multi=True) if p[0] in ("form", "tab")]
    here = "?" + urlencode([*kept, ("draft", CONTINUE)])
    return {
        "draft_url": f"{place}/draft", "standing_url": f"{place}/standing" if record else "",
        "offered_draft": _said(offered.at) if offered else "", "continued": _said(continued.at) if continued else "",
        "continue_url": opened + here, "discard_url": f"{place}/draft/discard",
    }


def _said(moment: Any) -> str:
    """A moment as people say it: the time today, else the day too."""
    said = write_moment(moment)
    return said[-5:] if said[:10] == write_moment(doors.site().clock.now())[:10] else said
