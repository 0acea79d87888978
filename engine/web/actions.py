"""An action of a moment ago: what it changed, and its button to take it back."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotFound
from engine.ids import parse_id
from engine.language import N_, plural
from engine.language.formats import write_moment
from engine.services import jobs, records
from engine.services.display import names_of
from engine.services.sentences import say, say_reasons
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.bulk import told_left
from engine.web.routes import blueprint

IN_NOTICE = 5
"""Records named in a notice; the others are counted."""


@blueprint.get("/<module>/<slug>/actions/<key>")
@doors.declares_access("read")
def action(module: str, slug: str, key: str) -> Response:
    """What came of an action in the background: how many records it changed, which it could not, and Undo."""
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        left, left_count = _left_by_job(view, entity, key)
        try:
            found = records.action_of(view, entity.address, key)
        except NotFound:
            if not left_count:
                raise
            found = None
        count = len({e.record_id for e in found.entries}) if found else 0
        return pages.page(
            "registries/action.html", entity=entity, count=count, left=left, left_count=left_count,
            title_text=pages.list_title(view.catalog, view.actor, entity).in_(view.language), back_url=entity.url,
            module_title=view.catalog.modules[entity.module].title.in_(view.language), module_url=f"/{entity.module}",
            at=write_moment(found.at) if found else "",
            undo_url=f"{entity.url}/actions/{key}/undo" if _back(found) else "",
        )

    return ask(work)


def _back(found: Any) -> bool:
    return found is not None and set(found.operations) <= {"edit", "archive", "restore"}


def _left_by_job(view: Any, entity: Any, key: str) -> tuple[list[dict[str, Any]], int]:
    """What a job could not change, as its result tells."""
    name, _, id = key.partition(" ")
    if name != "job" or parse_id(id) is None:
        return [], 0
    try:
        result = jobs.get(view, id).result or {}
    except NotFound:
        return [], 0
    told = [(parse_id(one), why) for one, why in result.get("left", ())]
    names = names_of(view, entity.address, {one for one, _ in told if one is not None})
    return [{
        "name": names.get(one) or "…", "url": f"{entity.url}/{one}" if one in names else "",
        "reasons": say_reasons(why, view.language) or [say(why, view.language)],
    } for one, why in told], result.get("left_count", 0)


@blueprint.post("/<module>/<slug>/actions/<key>/undo")
@doors.declares_access("read")
def undo_action(module: str, slug: str, key: str) -> Response:
    """Take the action back, as the person who did it: what was changed since stays and is named."""
    entity = entity_here(module, slug)
    back = pages.local(request.form.get("back"), entity.url)
    action = f"{doors.request_id()}-{secrets.token_hex(12)}"

    def work(uow: Any) -> Any:
        result = records.undo(uow, entity.address, key)
        return result, told_left(uow, entity, result.left)

    result, left = doors.site().write(
        doors.current_actor(), work, language=doors.language(), request_id=action)
    text = plural(N_("Taken back: %(number)s record"), N_("Taken back: %(number)s records"), result.done,
                  doors.language())
    undo = {"url": f"{entity.url}/actions/{action}/undo", "back": back} if result.done else None
    links = [(one.name, one.url, "; ".join(one.reasons)) for one in left[:IN_NOTICE]]
    if result.left:
        text += ". " + pages.said(N_("Left as they are: %(count)s"), count=len(result.left))
    pages.notice("wait" if result.left else "done", text, undo, links)
    return pages.see_other(back)
