"""The first page, and the page of one module: where one can go from here."""

from __future__ import annotations

from typing import Any

from flask import Response

from engine import doors
from engine.errors import NotFound
from engine.language import translate
from engine.language.formats import write_moment
from engine.services.access import can
from engine.services.recent import recent
from engine.web import pages
from engine.web.history import OPERATIONS
from engine.web.routes import blueprint


@blueprint.get("/")
@doors.declares_access(doors.SIGNED_IN)
def home() -> Response:
    """Modules with their lists, what the person begins most often, and what they changed last."""
    actor, catalog, language = doors.current_actor(), doors.site().catalog, doors.language()
    modules = pages.menu(catalog, actor, language)
    made = {e.url for e in catalog.entities.values() if e.is_document and can(catalog, actor, e, "create")}
    quick = [{"title": i["one"], "url": f"{i['url']}/new", "icon": i["icon"]}
             for m in modules for i in m["items"] if i["url"] in made][:6]
    changed = doors.site().read(actor, recent, language=language)
    return pages.page("home/home.html", modules=modules, quick=quick, recent=[_told(c, language) for c in changed])


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
