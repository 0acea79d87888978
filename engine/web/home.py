"""The first page, and the page of one module: where one can go from here."""

from __future__ import annotations

from flask import Response

from engine import doors
from engine.errors import NotFound
from engine.services.access import can
from engine.web import pages
from engine.web.routes import blueprint


@blueprint.get("/")
@doors.declares_access(doors.SIGNED_IN)
def home() -> Response:
    """Modules with their lists, and what the person begins most often."""
    actor, catalog, language = doors.current_actor(), doors.site().catalog, doors.language()
    modules = pages.menu(catalog, actor, language)
    made = {e.url for e in catalog.entities.values() if e.is_document and can(catalog, actor, e, "create")}
    quick = [{"title": i["one"], "url": f"{i['url']}/new", "icon": i["icon"]}
             for m in modules for i in m["items"] if i["url"] in made][:6]
    return pages.page("home/home.html", modules=modules, quick=quick)


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
