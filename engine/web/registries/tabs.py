"""The views of a list as tabs above it."""

from __future__ import annotations

from typing import Any

from engine.language import N_
from engine.services.grids import offered
from engine.web import pages
from engine.web.kinds.choosing import SHAPE
from engine.web.registries.asked import Asked


def tabs(asked: Asked) -> list[dict[str, Any]]:
    """"All", the views of the layout and the grids over the same records; none when there is nothing but the list."""
    views, state, base = asked.layout.views.values(), asked.state, asked.entity.url
    grids = offered(asked.view.catalog, asked.view.actor, asked.entity)
    if not views and not grids:
        return []
    every = {
        "title": pages.said(N_("All")), "url": state.url(base, view=None, sort=(), **SHAPE),
        "active": asked.chosen is None,
    }
    return [every, *(
        {"title": v.title.in_(asked.view.language), "url": state.url(base, view=v.key, sort=(), **SHAPE),
         "active": v is asked.chosen}
        for v in views
    ), *(
        {"title": g.title.in_(asked.view.language), "url": f"{base}/grids/{g.slug}", "active": False, "icon": g.icon}
        for g in grids
    )]
