"""Cards drawn from records: used by the lists of cards and by boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from engine.language import N_
from engine.services.display import display_keys, display_text
from engine.services.registries import Query
from engine.web import markup, pages
from engine.web.filters import field_at
from engine.web.kinds.cards import shows_image
from engine.web.record_about import STATE_TONES
from engine.web.registries.asked import Asked, formatter
from engine.web.registries.marks import Said, marks

USUAL_LINES = 4
IMAGE = 320
"""Pixels of the longer side of a picture on a card."""


@dataclass(frozen=True)
class Card:
    id: str
    version: int
    url: str
    title: str
    lines: list[tuple[str, str]]
    """(what it is, what it says)"""
    image: str
    initials: str
    state: tuple[str, str] | None
    """(tone, word)"""
    mark: Said | None
    archived: bool
    pick: Markup | str
    """The box that picks it, where picking leads to something."""


class Cards:
    """How the records of one list look as cards."""

    def __init__(self, asked: Asked, without: Sequence[str] = ()):
        """`without`: fields that the place of a card says already."""
        self.asked, view, entity = asked, asked.view, asked.entity
        wanted = asked.options
        self.marks = marks(asked)
        self.title = wanted.get("title") if self._seen(wanted.get("title")) else None
        named = set(display_keys(view.catalog, entity)) if self.title is None else {self.title}
        lines = wanted.get("lines", [p for p in asked.paths if p.partition(".")[0] not in named][:USUAL_LINES])
        self.lines = [p for p in lines if self._seen(p) and p not in without and not self._is_state(p)]
        self.image = wanted.get("image", self._usual_image())
        if not self._seen(self.image):
            self.image = None
        self.texts = [(field_at(view, entity, p).title.in_(view.language), self._formatter(p)) for p in self.lines]
        self.state = entity.is_document and "state" in asked.seen and "state" not in without

    def _seen(self, path: str | None) -> bool:
        return path is not None and path.partition(".")[0] in self.asked.seen

    def _is_state(self, path: str) -> bool:
        return self.asked.entity.is_document and path == "state"

    def _usual_image(self) -> str | None:
        return next((f.key for f in self.asked.entity.fields.values() if shows_image(f)), None)

    def _formatter(self, path: str) -> Any:
        return formatter(self.asked.view, field_at(self.asked.view, self.asked.entity, path), path)

    def query(self) -> Query:
        """What is read for the cards, as a page of the list."""
        own = [p for p in (self.title, *self.lines, self.image) if p]
        state = ["state"] if self.state else []
        names = [k for k in display_keys(self.asked.view.catalog, self.asked.entity) if k in self.asked.seen]
        usual = self.asked.query(self.marks.needs)
        fields = tuple(dict.fromkeys((*names, *own, *state, *self.marks.needs)))
        rows = any(field_at(self.asked.view, self.asked.entity, p).is_many for p in self.lines if "." not in p)
        return replace(usual, fields=fields, rows=rows)

    def drawn(self, records: Sequence[Mapping[str, Any]]) -> list[Card]:
        return [self.card(record) for record in records]

    def card(self, record: Mapping[str, Any]) -> Card:
        view, entity = self.asked.view, self.asked.entity
        if self.title is not None:
            title = self._formatter(self.title)(record)
        else:
            title = display_text(entity, record, view.language, view.names)
        url = f"{entity.url}/{record['id']}"
        image = record.get(self.image) if self.image else None
        said = [(label, text) for label, write in self.texts if (text := write(record))]
        words = title.split()
        title = title or pages.said(N_("without a name"))
        initials = "".join(w[0] for w in words[:2]).upper() if self.image else ""
        return Card(
            str(record["id"]), record["version"], url, title, said,
            f"{url}/files/{image}?size={IMAGE}" if image else "", initials,
            self._state_of(record), self.marks.of(record), record.get("archived_at") is not None,
            Markup(markup.pick(record["id"], record["version"], markup.escape(title))) if self.asked.picks else "",  # noqa: S704
        )

    def _state_of(self, record: Mapping[str, Any]) -> tuple[str, str] | None:
        if not self.state or not record.get("state"):
            return None
        return STATE_TONES.get(record["state"], "info"), self._formatter("state")(record)
