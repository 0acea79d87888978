"""What every page is given, and how a page - or one named block of it - becomes an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, current_app, flash, g, get_flashed_messages, redirect, request, session
from markupsafe import Markup

from engine import doors
from engine.language import LANGUAGES, translate
from engine.language.formats import write_moment
from engine.model import Catalog, Entity, Registry, Text
from engine.services.access import visible_entities
from engine.services.actor import NOBODY, Actor, system
from engine.services.display import names_of
from engine.services.grids import offered
from engine.services.journal.rights import reach
from engine.web.templating import templates

LANGUAGE_TITLES = {"kk": "Қаз", "ru": "Рус", "en": "Eng"}
TASTES = {
    "theme": ("auto", "light", "dark"), "density": ("normal", "compact", "roomy"), "rail": ("open", "folded"),
    "text": ("normal", "large", "larger"), "single_keys": ("on", "off"),
}
YEAR = 365 * 24 * 3600
NAME, ORGANISATION = "Qurastyr", "system.unit"
NAME_KEPT = 60.0
"""Seconds for which the name of an organisation is not asked for again."""


def said(sentence: str, **params: Any) -> str:
    """`sentence` in the language of the request."""
    return translate(sentence, doors.language(), params or None)


# -- answers ----------------------------------------------------------------------------------------------------------


def page(template: str, status: int = 200, /, *, block: str = "", **context: Any) -> Response:
    """The page; for htmx only its named block, from the same template and the same context."""
    if block and partial():
        found = templates().get_template(template)
        scope = found.new_context({**_bare_context(), **context})
        html = "".join(found.blocks[block](scope))
    else:
        html = templates().get_template(template).render(**frame(), **context)
    response = Response(html, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "HX-Request"
    return response


def fragment(template: str, status: int = 200, /, **context: Any) -> Response:
    """A template without any frame, for htmx."""
    html = templates().get_template(template).render(**_bare_context(), **context)
    return Response(html, status, {"Cache-Control": "no-store", "Vary": "HX-Request"}, mimetype="text/html")


def notices_beside() -> str:
    """What `notice` left in this request, to be added to an answer to htmx."""
    found = get_flashed_messages(with_categories=True) if "_flashes" in session else []
    return str(templates().get_template("layout/parts.html").module.notices(found, True))


def partial() -> bool:
    """True when htmx asks for a fragment; a restored or boosted page is asked for whole."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"


def see_other(url: str) -> Response:
    """303: after a change the browser asks for another page; htmx is told to go there as a whole."""
    if request.headers.get("HX-Request") == "true":
        return Response("", 200, {"HX-Redirect": url, "Cache-Control": "no-store"})
    response = redirect(url, 303)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def local(url: str | None, otherwise: str = "/") -> str:
    """`url` when it leads to a page of this site, else `otherwise`: nobody is sent elsewhere by a crafted link."""
    if not url or not url.startswith("/") or url.startswith(("//", "/\\")) or "\\" in url:
        return otherwise
    if any(ord(c) < 32 for c in url):
        return otherwise
    parts = urlsplit(url)
    return otherwise if parts.scheme or parts.netloc else url


def notice(
    tone: str, text: str, undo: Mapping[str, str] | None = None, links: Sequence[tuple[str, str, str]] = ()
) -> None:
    """Say `text` on the next page. `undo`: what takes the action back (`url`, and what is posted there). `links`:
    records it is about, (name, URL or nothing, what is said of it)."""
    flash({"text": text, "undo": dict(undo) if undo else None, "links": [list(link) for link in links]}, tone)


# -- context ----------------------------------------------------------------------------------------------------------


def _bare_context() -> dict[str, Any]:
    return {"lang": doors.language(), "person": None}


def frame() -> dict[str, Any]:
    """The context of layout/base.html and layout/bare.html (each says there what it needs)."""
    language, actor = doors.language(), g.get("actor", NOBODY)
    context: dict[str, Any] = {
        **_bare_context(),
        **{name: _taste(name, allowed) for name, allowed in TASTES.items()},
        "languages": _language_links(language),
        "organisation": NAME,
        "home_url": "/",
        "search_url": "/search",
        "sign_out_url": "/sign-out",
        "profile_url": "/account",
        "messages": [(tone, message) for tone, message in get_flashed_messages(with_categories=True)]
        if "_flashes" in session else [],
        "at_home": request.path == "/",
    }
    if actor is not NOBODY:
        catalog = doors.site().catalog
        context["rail_menu"] = _rail(catalog, actor, language)
        context["person"] = _person(catalog, actor, language)
        context["organisation"] = organisation(actor, language)
        context["unread"], context["working"] = actor.unread, actor.working
        context.update(_around(catalog, actor, language))
    return context


def _around(catalog: Catalog, actor: Actor, language: str) -> dict[str, Any]:
    """The ways out of a page that depend on where it stands: its help, what may be begun from here, who prints it."""
    from engine.web import help, screens  # they draw pages, so they know this room already

    return {"help_url": help.url_here(), "begin": screens.begun_here(catalog, actor, language, request.path),
            "printed_at": write_moment(doors.site().clock.now()),
            "journal_url": "/journal" if reach(catalog, actor) else ""}


def organisation(actor: Actor, language: str) -> str:
    """The name of the actor's organisation, for the top bar; read again after a minute at the latest."""
    site = doors.site()
    kept = current_app.extensions.setdefault("organisation names", {})
    key = (actor.organisation_id, language)
    name, until = kept.get(key, ("", 0.0))
    if time.monotonic() >= until:
        ids = [actor.organisation_id] if actor.organisation_id else []
        engine = system(actor.organisation_id)  # everybody sees where they are
        found = site.read(engine, lambda view: names_of(view, ORGANISATION, ids), language=language)
        name = next(iter(found.values()), NAME) or NAME
        kept[key] = (name, time.monotonic() + NAME_KEPT)
    return name


def _taste(name: str, allowed: tuple[str, ...]) -> str:
    asked = request.cookies.get(f"q_{name}")
    return asked if asked in allowed else allowed[0]


def _language_links(now: str) -> list[dict[str, Any]]:
    # The same place in another language; what is typed there is asked for again, so only addresses are kept.
    words = urlencode([(k, v) for k, v in request.args.items(multi=True) if k != "lang"])
    path = request.path if request.method == "GET" else local(request.full_path.split("?")[0])
    place = f"{path}?{words}&" if words else f"{path}?"
    return [{"code": code, "title": LANGUAGE_TITLES[code], "active": code == now, "url": f"{place}lang={code}"}
            for code in LANGUAGES]


def _person(catalog: Catalog, actor: Actor, language: str) -> dict[str, Any]:
    name = actor.name or actor.login
    words = name.split()
    titles = [catalog.roles[r].title.in_(language) for r in sorted(actor.roles) if r in catalog.roles]
    return {"name": name, "initials": "".join(w[0] for w in words[:2]).upper(), "role_titles": titles}


def menu(catalog: Catalog, actor: Actor, language: str) -> list[dict[str, Any]]:
    """Modules with the entities that the actor may open; the one being looked at is marked."""
    made = catalog.derived(("menu", actor.roles, language), lambda: _menu(catalog, actor, language))
    return _marked(made, *_here(made))


def _rail(catalog: Catalog, actor: Actor, language: str) -> Markup:
    """The menu as it stands in the rail, drawn once for all of the same roles who are at the same place."""
    made = catalog.derived(("menu", actor.roles, language), lambda: _menu(catalog, actor, language))
    here, url = _here(made)

    def draw() -> Markup:
        template = templates().get_template("layout/rail.html")
        return Markup(template.render(menu=_marked(made, here, url)))  # noqa: S704 - a template of ours

    return catalog.derived(("rail", actor.roles, language, here, url), draw)


def _here(made: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Module and URL of the menu's item at which the page stands; empty where it has none."""
    parts = request.path.split("/")[:5]
    module = next((m for m in made if m["key"] == parts[1]), None)
    if module is None:
        return "", ""
    urls = {i["url"] for i in module["items"]}
    # A grid stands below its list, and is told apart from it.
    return module["key"], next((u for u in ("/".join(parts), "/".join(parts[:3])) if u in urls), "")


def _marked(made: Sequence[Mapping[str, Any]], here: str, url: str) -> list[dict[str, Any]]:
    return [
        {**m, "active": m["key"] == here,
         "items": [{**i, "active": i["url"] == url} for i in m["items"]] if m["key"] == here else m["items"]}
        for m in made
    ]


def registry_for(catalog: Catalog, actor: Actor, entity: Entity) -> Registry:
    """The first registry that suits the actor's roles; the main one stands last and suits everybody."""
    layouts = catalog.registries[entity.address]
    return next((r for r in layouts if not r.roles or r.roles & actor.roles), layouts[-1])


def list_title(catalog: Catalog, actor: Actor, entity: Entity) -> Text:
    """What the list is called for the actor everywhere: a parent's is "My children", not "Learners"."""
    return registry_for(catalog, actor, entity).title or entity.plural


def _menu(catalog: Catalog, actor: Actor, language: str) -> list[dict[str, Any]]:
    items: dict[str, list[dict[str, Any]]] = {}
    for entity in visible_entities(catalog, actor):
        items.setdefault(entity.module, []).append({
            "title": list_title(catalog, actor, entity).in_(language), "one": entity.title.in_(language),
            "url": entity.url, "icon": entity.icon, "active": False,
            "hint": entity.hint.in_(language) if entity.hint else "",
        })
        for grid in offered(catalog, actor, entity):
            items.setdefault(grid.module, []).append({
                "title": grid.title.in_(language), "one": grid.title.in_(language),
                "url": f"{entity.url}/grids/{grid.slug}", "icon": grid.icon, "active": False,
                "hint": grid.hint.in_(language) if grid.hint else "",
            })
    modules = sorted((m for m in catalog.modules.values() if m.key in items), key=lambda m: (m.order, m.key))
    return [
        {"key": m.key, "title": m.title.in_(language), "icon": m.icon, "hint": m.hint.in_(language) if m.hint else "",
         "url": f"/{m.key}", "items": items[m.key]}
        for m in modules
    ]
