"""Qurastyr installed on a telephone or a desktop: its manifest, its worker, and the page for a day without network.

The worker keeps static files and this one page, never a page with anybody's data.
"""

from __future__ import annotations

import json

from flask import Response, request, send_from_directory

from engine import doors
from engine.language import LANGUAGES, N_, translate
from engine.web import pages
from engine.web.routes import blueprint
from engine.web.templating import STATIC, asset

PRIMARY, PAPER = "#00728A", "#FFFFFF"
ICONS = ("app-192", "app-512", "maskable-192", "maskable-512")
NAME = N_("Qurastyr: the work of the school")
DESCRIPTION = N_("Qurastyr: the work of the school in one place")
SHORTCUTS = ((N_("Search"), "/search"), (N_("Starred"), "/starred"), (N_("Notices"), "/notices"))
KEPT = (
    "vendor/tabler.min.css", "vendor/inter.css", "app.css", "parts.css", "theme.js", "logo.svg",
    "vendor/inter-cyrillic.woff2", "vendor/inter-latin.woff2",
)
"""What the page without network is drawn with."""


@blueprint.get("/manifest.json")
@doors.declares_access(doors.PUBLIC)
def manifest() -> Response:
    """The description of the application in the language of the page that asks."""
    language = request.args.get("in", "")
    language = language if language in LANGUAGES else doors.language()
    icons = [{"src": asset(f"icons/{name}.png"), "sizes": f"{name[-3:]}x{name[-3:]}", "type": "image/png",
              "purpose": "maskable" if name.startswith("maskable") else "any"} for name in ICONS]
    described = {
        "id": "/", "start_url": "/", "scope": "/", "display": "standalone", "lang": language, "dir": "ltr",
        "name": translate(NAME, language), "short_name": pages.NAME,
        "description": translate(DESCRIPTION, language), "theme_color": PRIMARY, "background_color": PAPER,
        "categories": ["education", "productivity"], "icons": icons,
        "shortcuts": [{"name": translate(name, language), "url": url} for name, url in SHORTCUTS],
    }
    answer = Response(json.dumps(described, ensure_ascii=False), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "max-age=3600"
    answer.headers["Vary"] = "Cookie, Accept-Language"
    return answer


@blueprint.get("/worker")
@doors.declares_access(doors.PUBLIC)
def worker() -> Response:
    """The worker; from the root, because it may only serve what stands below its own address."""
    answer = send_from_directory(STATIC, "worker.js", max_age=0)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/offline")
@doors.declares_access(doors.PUBLIC)
def offline() -> Response:
    """The page that is shown while there is no network, in all languages, with what the worker is to keep for it."""
    said = [(code, pages.LANGUAGE_TITLES[code]) for code in LANGUAGES]
    files = [asset(name) if not name.endswith(".woff2") else f"/static/{name}" for name in KEPT]
    answer = pages.page("errors/offline.html", said=said, files=files, translate=translate)
    answer.headers["Cache-Control"] = "no-cache"  # nothing personal stands here, and the worker has to keep it
    return answer
