"""Actions on many records of a list: edit, archive, restore, post, print. The address carries the list that was seen.

Records are picked one by one (`_id` is `ID.VERSION`) or wholly (`_all`: everything that the list's filter leaves, found
again by the server). What cannot be changed is told with its reasons before anything is written.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import Invalid, NotAllowed, Problem, Refusal
from engine.ids import parse_id
from engine.language import N_, plural
from engine.language.formats import number_formatter
from engine.model import Entity
from engine.services.access import can
from engine.services.display import names_of
from engine.services.registries import sets
from engine.web import pages
from engine.web.asking import ask, entity_here
from engine.web.bulk_form import asked_for, drawn_fields, fields_of, summary_of
from engine.web.registries.asked import Asked, asked
from engine.web.routes import blueprint
from engine.web.state import State

VERBS = {
    "edit": ("pencil", N_("Change"), N_("Change %(count)s records")),
    "post": ("checks", N_("Post"), N_("Post %(count)s records")),
    "archive": ("archive", N_("To the archive"), N_("Move %(count)s records to the archive")),
    "restore": ("arrow-back-up", N_("Restore"), N_("Restore %(count)s records")),
}
"""Verb -> icon, button, heading."""
DONE = {
    "edit": (N_("%(number)s record changed"), N_("%(number)s records changed")),
    "post": (N_("%(number)s record posted"), N_("%(number)s records posted")),
    "archive": (N_("%(number)s record moved to the archive"), N_("%(number)s records moved to the archive")),
    "restore": (N_("%(number)s record restored"), N_("%(number)s records restored")),
}
NOTHING = N_("Pick the records first")
NOTHING_TO_CHANGE = N_("Fill in what is to be changed")
MOVED = N_("The list has changed meanwhile: look at the figures and press once more")
NAMED, TOLD = 5, 20
"""Records that are named on the page: of all of them, of those that cannot be changed."""


def offered(wanted: Asked) -> dict[str, Any]:
    """What the list needs to offer its actions; nothing for who holds none of them."""
    view, entity, state = wanted.view, wanted.entity, wanted.state
    verbs = [verb for verb in VERBS if _suits(wanted, verb)]
    actions = [SimpleNamespace(verb=verb, url=_url(entity, state, verb), icon=VERBS[verb][0],
                               title=pages.said(VERBS[verb][1])) for verb in verbs]
    if can(view.catalog, view.actor, entity, "print"):
        actions.append(SimpleNamespace(verb="print", url=_url(entity, state, "print"), icon="printer",
                                       title=pages.said(N_("Print"))))
    return {"actions": actions}


def _suits(wanted: Asked, verb: str) -> bool:
    view, entity = wanted.view, wanted.entity
    if not can(view.catalog, view.actor, entity, verb):
        return False
    if verb == "restore" or wanted.state.archived:
        return verb == "restore" and wanted.state.archived
    return bool(fields_of(view, entity)) if verb == "edit" else verb != "post" or entity.is_document


def _url(entity: Entity, state: State, verb: str) -> str:
    return state.url(f"{entity.url}/bulk/{verb}")


# -- routes ------------------------------------------------------------------------------------------------------------


def _route(verb: str) -> None:
    @doors.declares_access(verb)
    def bulk(module: str, slug: str) -> Response:
        entity, state = entity_here(module, slug), State.read(request.args)
        if not request.form.getlist("_id") and not _all():
            pages.notice("wait", pages.said(NOTHING))
            return pages.see_other(state.url(entity.url))
        step = request.form.get("_step", "")
        if step == "do" or (not step and verb in ("archive", "restore") and not _all()):
            return _carry_out(entity, state, verb)
        return ask(lambda view: _page(view, entity, state, verb))

    blueprint.add_url_rule(
        f"/<module>/<slug>/bulk/{verb}", endpoint=f"bulk_{verb}", view_func=bulk, methods=["POST"])


for _verb in VERBS:
    _route(_verb)


def _all() -> bool:
    return request.form.get("_all") == "1"


def picked(view: Any, entity: Entity, state: State) -> list[tuple[Any, Any]]:
    """(id, version that was seen) of the records that are meant. Raises BadRequest for a filter that does not fit."""
    if _all():
        query = asked(view, entity, state).query()
        return [(id, None) for id in sets.matching(view, entity.address, query)]
    found = [text.partition(".") for text in request.form.getlist("_id")[: sets.MOST + 1]]
    return [(parse_id(id), int(version) if version.isdecimal() and len(version) < 10 else 0)
            for id, _, version in found]


def _carry_out(entity: Entity, state: State, verb: str) -> Response:
    skip = request.form.get("_skip") == "1"
    action = f"{doors.request_id()}-{secrets.token_hex(12)}"

    def work(uow: Any) -> Any:
        wanted, raw = picked(uow, entity, state), asked_for(uow, entity) if verb == "edit" else {}
        if verb == "edit" and not raw:
            raise Invalid([Problem("bulk.nothing", NOTHING_TO_CHANGE)])
        if _all() and request.form.get("_count") != str(len(wanted)):
            raise Invalid([Problem("bulk.moved", MOVED)])
        if len(wanted) > sets.AT_ONCE:
            return sets.leave(uow, entity.address, verb, wanted, raw, skip, f"{entity.url}/actions")
        return sets.act(uow, entity.address, verb, wanted, raw, skip)

    try:
        done = doors.site().write(doors.current_actor(), work, language=doors.language(), request_id=action)
    except NotAllowed as refusal:
        if not refusal.details.get("refusals") and len(request.form.getlist("_id")) != 1:
            raise
        return _again(entity, state, verb, refusal)
    except Refusal as refusal:
        return _again(entity, state, verb, refusal)
    if not isinstance(done, sets.Outcome):
        return pages.see_other(f"/jobs/{done}")
    _tell(entity, state, verb, done, action)
    return pages.see_other(state.url(entity.url))


def _again(entity: Entity, state: State, verb: str, refusal: Refusal) -> Response:
    told = [p for p in refusal.problems if not p.path and p.code.startswith("bulk.")]
    return ask(lambda view: _page(view, entity, state, verb, told, refusal.status))


def _tell(entity: Entity, state: State, verb: str, outcome: sets.Outcome, action: str) -> None:
    one, many = DONE[verb]
    text = plural(one, many, outcome.done, doors.language())
    if outcome.same:
        text += ". " + pages.said(N_("Already so: %(count)s"), count=outcome.same)
    if outcome.left:
        text += ". " + pages.said(N_("Left as they were: %(count)s"), count=len(outcome.left))
    undo = None
    if outcome.done and verb != "post":
        undo = {"url": f"{entity.url}/actions/{action}/undo", "back": state.url(entity.url)}
    pages.notice("done" if outcome.done else "wait", text, undo)


# -- the page before ---------------------------------------------------------------------------------------------------


def _page(view: Any, entity: Entity, state: State, verb: str, told: Sequence[Problem] = (), status: int = 200
          ) -> Response:
    """What will be changed, in how many records, which cannot be changed and why."""
    wanted = picked(view, entity, state)
    raw = asked_for(view, entity) if verb == "edit" else {}
    write = number_formatter(view.language)
    context: dict[str, Any] = {
        "entity": entity, "verb": verb, "url": _url(entity, state, verb), "back_url": state.url(entity.url),
        "title_text": pages.list_title(view.catalog, view.actor, entity).in_(view.language),
        "module_title": view.catalog.modules[entity.module].title.in_(view.language), "module_url": f"/{entity.module}",
        "heading": pages.said(VERBS[verb][2], count=write(len(wanted))), "icon_name": VERBS[verb][0],
        "button": pages.said(VERBS[verb][1]), "picks": request.form.getlist("_id") if not _all() else [],
        "all": _all(), "count": len(wanted), "told": [p.text(view.language) for p in told],
        "fields": None if verb != "edit" else [] if pages.partial() else drawn_fields(view, entity),
        "background": len(wanted) > sets.AT_ONCE,
        "most_at_once": write(sets.AT_ONCE), "names": _names(view, entity, wanted), "named": NAMED,
        "weighed": _weighed(view, entity, verb, wanted, raw) if raw or verb != "edit" else None,
        "summary": summary_of(view, entity, raw),
    }
    return pages.page("registries/bulk_page.html", status, block="weighed", **context)


def _names(view: Any, entity: Entity, wanted: Sequence[tuple[Any, Any]]) -> list[str]:
    found = names_of(view, entity.address, [id for id, _ in wanted[:NAMED] if id is not None])
    return [found[id] for id, _ in wanted[:NAMED] if found.get(id)]


def _weighed(view: Any, entity: Entity, verb: str, wanted: Sequence[tuple[Any, Any]], raw: Any) -> Any:
    """How many will change, are so already, cannot be changed; None for more than are looked through while waiting."""
    if len(wanted) > sets.AT_ONCE:
        return None
    weighed = sets.weigh(view, entity.address, verb, wanted, raw)
    left = [w for w in weighed if w.refusal is not None]
    changes = sum(w.changes for w in weighed)
    return SimpleNamespace(
        changes=changes, same=len(weighed) - len(left) - changes, left_count=len(left),
        left=told_left(view, entity, [(w.id, w.refusal) for w in left]), more=max(0, len(left) - TOLD),
    )


def told_left(view: Any, entity: Entity, left: Sequence[tuple[Any, Refusal]]) -> list[SimpleNamespace]:
    """Records that stay as they are, by name where the actor may see them, and why."""
    shown = left[:TOLD]
    names = names_of(view, entity.address, {id for id, _ in shown if id is not None})
    return [SimpleNamespace(
        name=names.get(id) or "…", url=f"{entity.url}/{id}" if id in names else "",
        reasons=list(dict.fromkeys(_reason(view, entity, p) for p in refusal.problems)),
    ) for id, refusal in shown]


def _reason(view: Any, entity: Entity, problem: Problem) -> str:
    text = problem.text(view.language)
    f = entity.fields.get(problem.path.partition("[")[0].partition(".")[0])
    title = f.title.in_(view.language) if f is not None else ""
    return f"{title}: {text}" if title and title not in text else text
