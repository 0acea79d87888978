"""The views of a list as tabs above it: those of the layout, then the saved ones."""

from __future__ import annotations

from typing import Any

from engine.language import N_
from engine.services.grids import offered
from engine.services.registries.kept import SavedView
from engine.web import pages
from engine.web.kinds.choosing import SHAPE
from engine.web.registries.arranged import changed
from engine.web.registries.asked import Asked
from engine.web.state import PLAIN

AUDIENCES = {"role": "users", "everyone": "world", "mine": "user"}
"""Audience -> the icon of its tab."""


def tabs(asked: Asked) -> list[dict[str, Any]]:
    """"All", the views of the layout, the grids over the same records, the saved views; none for a list alone."""
    views, kept, state, base = asked.layout.views.values(), asked.arranged.kept, asked.state, asked.entity.url
    grids = offered(asked.view.catalog, asked.view.actor, asked.entity)
    if not views and not grids and not kept.views:
        return []
    saved, language = asked.arranged.saved, asked.view.language
    # A saved view brought its own filters: they do not go along to the other tabs.
    fresh = {"sort": (), **SHAPE, **({**PLAIN, "all": False} if saved is not None else {})}
    every = {
        "title": pages.said(N_("All")), "active": saved is None and asked.chosen is None, "icon": "", "note": "",
        "url": state.url(base, **{**fresh, "view": None, "all": kept.default is not None}),
    }
    return [every, *(
        {"title": v.title.in_(language), "url": state.url(base, **{**fresh, "view": v.key, "all": False}),
         "active": saved is None and v is asked.chosen, "icon": "", "note": ""}
        for v in views
    ), *(
        {"title": g.title.in_(language), "url": f"{base}/grids/{g.slug}", "active": False, "icon": g.icon, "note": "",
         "apart": True}
        for g in grids
    ), *(_saved_tab(asked, v) for v in kept.views)]


def _saved_tab(asked: Asked, view: SavedView) -> dict[str, Any]:
    active = view is asked.arranged.saved
    notes = [_audience(asked, view)]
    if active and changed(asked):
        notes.append(pages.said(N_("changed since it was saved")))
    if view.id == asked.arranged.kept.default:
        notes.append(pages.said(N_("opens by default")))
    return {"title": view.title, "url": f"{asked.entity.url}?saved={view.id}", "active": active,
            "icon": AUDIENCES.get(view.audience, ""), "note": ", ".join(notes), "changed": len(notes) > 1 and active}


def _audience(asked: Asked, view: SavedView) -> str:
    if view.audience == "role":
        role = asked.view.catalog.roles.get(view.role or "")
        return role.title.in_(asked.view.language) if role else str(view.role)
    return pages.said(N_("for everyone") if view.audience == "everyone" else N_("my own view"))
