"""The first page, and the page of one module: where one can go from here."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine import doors
from engine.errors import NotFound
from engine.language import translate
from engine.language.formats import write_day, write_moment
from engine.services.access import can
from engine.services.home import blocks_of
from engine.services.places import places
from engine.services.recent import recent
from engine.web import pages
from engine.web.asking import ask
from engine.web.history import OPERATIONS
from engine.web.home_blocks import draw
from engine.web.routes import blueprint

BEGUN = 6


@blueprint.get("/")
@doors.declares_access(doors.SIGNED_IN)
def home() -> Response:
    """The blocks laid for the person's roles. Where nobody laid any: what they begin most often, where they were, what
    they marked, and every module with its lists."""
    return ask(_home)


def _home(view: Any) -> Response:
    catalog, actor, language = view.catalog, view.actor, view.language
    context: dict[str, Any] = {"today": write_day(view.today, language), "language": language}
    blocks = blocks_of(catalog, actor)
    if blocks:
        return pages.page("home/home.html", blocks=draw(view, blocks, lambda: places(view)), **context)
    modules = pages.menu(catalog, actor, language)
    made = {e.url for e in catalog.entities.values() if e.is_document and can(catalog, actor, e, "create")}
    quick = [{"title": i["one"], "url": f"{i['url']}/new", "icon": "plus"}
             for m in modules for i in m["items"] if i["url"] in made][:BEGUN]
    kept = places(view)
    changed = [] if kept.recent else [_told(c, language) for c in recent(view)]
    return pages.page("home/home.html", blocks=[], modules=modules, quick=quick, places=kept, changed=changed,
                      **context)


def _told(changed: Any, language: str) -> dict[str, str]:
    return {"title": changed.title, "url": f"{changed.entity.url}/{changed.id}", "icon": changed.entity.icon,
            "kind": changed.entity.title.in_(language), "at": write_moment(changed.at),
            "done": translate(OPERATIONS[changed.operation], language) if changed.operation in OPERATIONS else ""}


@blueprint.get("/<module>")
@doors.declares_access(doors.SIGNED_IN)
def module(module: str) -> Response:
    """One module's lists. A module without any for this actor is not there."""
    actor, catalog, language = doors.current_actor(), doors.site().catalog, doors.language()
    found = next((m for m in pages.menu(catalog, actor, language) if m["key"] == module), None)
    if found is None:
        raise NotFound()
    made = {e.url for e in catalog.entities.values() if can(catalog, actor, e, "create") and e.kind != "settings"}
    return pages.page("home/module.html", module=found, made=made)
