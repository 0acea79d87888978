"""What a list says of its pages, whatever its kind."""

from __future__ import annotations

from typing import Any

from engine.language.formats import number_formatter
from engine.services.registries import Page
from engine.web.registries.asked import Asked


def turned(asked: Asked, page: Page) -> dict[str, Any]:
    """How many records there are and are shown, and the addresses of the pages before and after this one."""
    state, base = asked.state, asked.entity.url
    return {
        **counted(asked, page.count or 0, len(page.records)),
        "next_url": state.url(base, after=page.next) if page.next else "",
        "previous_url": state.url(base, before=page.previous) if page.previous else "",
    }


def counted(asked: Asked, count: int, shown: int) -> dict[str, Any]:
    """The figures beside the title of a list that is not turned by pages."""
    written = number_formatter(asked.view.language)(count)
    return {"count": count, "count_text": written, "shown": shown, "next_url": "", "previous_url": ""}
