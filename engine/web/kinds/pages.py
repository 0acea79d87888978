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
        **counted(asked, page.count or 0, len(page.records), page.more),
        "next_url": state.url(base, after=page.next) if page.next else "",
        "previous_url": state.url(base, before=page.previous) if page.previous else "",
        "first_url": state.url(base) if page.previous else "",
        "last_url": state.url(base, last=True) if page.next else "",
        "exact_url": state.url(base, exact=True, after=state.after, before=state.before, last=state.last)
        if page.more else "",
    }


def counted(asked: Asked, count: int, shown: int, more: bool = False) -> dict[str, Any]:
    """The figures beside the title of a list that is not turned by pages. `more`: there are more than were counted."""
    written = number_formatter(asked.view.language)(count) + ("+" if more else "")
    return {"count": count, "count_text": written, "shown": shown, "next_url": "", "previous_url": ""}
