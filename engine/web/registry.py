"""A list of records: views, quick search, filters, order and pages, all in the URL.

Here the parts of the page come together; each has a room of its own in `engine/web/registries/`.
"""

from __future__ import annotations

from typing import Any

from flask import Response, request

from engine import doors
from engine.model import Entity
from engine.services import records
from engine.services.access import can
from engine.services.registries.kept import kept
from engine.web import bulk, pages
from engine.web.asking import ask, entity_here
from engine.web.exports import offered
from engine.web.filters import addable, chips, editor
from engine.web.import_pages import offers_import
from engine.web.kinds.choosing import switch
from engine.web.registries.asked import Asked, asked
from engine.web.registries.grouped import chips_of_groups
from engine.web.registries.quick import offered_quick
from engine.web.registries.said import said
from engine.web.registries.saved_views import views_menu
from engine.web.registries.tabs import tabs
from engine.web.routes import blueprint
from engine.web.state import FIRST_PAGE, State


@blueprint.get("/<module>/<slug>")
@doors.declares_access("read")
def registry(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)
    actor, site = doors.current_actor(), doors.site()
    if entity.kind == "settings":
        found = site.read(actor, lambda view: records.read_settings(view, entity.address), language=doors.language())
        return pages.see_other(f"{entity.url}/{found.id}" if found else f"{entity.url}/new")
    state = State.read(request.args)
    if "_field" in request.args and not pages.partial():
        return pages.see_other(state.url(entity.url))
    return ask(lambda view: list_page(view, entity, state))


def list_page(view: Any, entity: Entity, state: State) -> Response:
    """The list as a page, or its block for htmx. BadRequest for names and values that do not fit."""
    wanted = asked(view, entity, state, kept(view, entity))
    state = wanted.state
    drawn = wanted.kind.draw(wanted)
    context = {
        **_heading(wanted), **_bar(wanted), **drawn, "kind": wanted.kind, "heads_seen": wanted.paths,
        **offered_quick(wanted, many=str(drawn["count_text"]).endswith("+")),
        "ways": switch(wanted), **offered(wanted), **bulk.offered(wanted), **views_menu(wanted),
        "import_url": offers_import(wanted.view, wanted.entity),
    }
    response = pages.page("registries/registry.html", block="registry", **context)
    if pages.partial():
        here = state.url(entity.url, after=state.after, before=state.before, last=state.last, exact=state.exact)
        # What is typed into the search takes the place of the last address: no history of half a name is left behind.
        typed = request.headers.get("HX-Source", "").endswith("#quick")
        response.headers["HX-Replace-Url" if typed else "HX-Push-Url"] = here
    return response


def _heading(wanted: Asked) -> dict[str, Any]:
    """What the list is called and what may be done beside it."""
    view, entity, state = wanted.view, wanted.entity, wanted.state
    return {
        "entity": entity, "base": entity.url, "state": state,
        "title_text": pages.list_title(view.catalog, view.actor, entity).in_(view.language),
        "tabs": tabs(wanted),
        "archive_url": state.url(entity.url, archived=not state.archived),
        "may_archive": any(can(view.catalog, view.actor, entity, v) for v in ("archive", "restore")),
        "new_url": f"{entity.url}/new" if can(view.catalog, view.actor, entity, "create") else "",
        "entity_title": entity.title.in_(view.language), "hint": entity.hint.in_(view.language) if entity.hint else "",
        "module_title": view.catalog.modules[entity.module].title.in_(view.language), "module_url": f"/{entity.module}",
    }


def _bar(wanted: Asked) -> dict[str, Any]:
    """The line of search and filters."""
    view, entity, state, seen = wanted.view, wanted.entity, wanted.state, wanted.seen
    offered = [p for p in wanted.layout.filters if p.split(".")[0] in seen]
    return {
        "chips": chips(view, entity, state), "group_chips": chips_of_groups(wanted),
        "addable": addable(view, entity, state, offered),
        "editor": editor(view, entity, state) if state.editing else None,
        "kept": state.pairs(search="", **FIRST_PAGE),
        "clear_url": state.url(entity.url, search="", filters=(), where=""),
        "builder_url": state.url(f"{entity.url}/filter"), "panel_url": state.url(f"{entity.url}/columns"),
        "said": said(wanted),
    }
