"""The list as cards: a picture, a name, a few lines. For what is known by its face: people, dishes, books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.language import N_
from engine.web.kinds.base import Kind, Schema

FIELD = r"^[a-z][a-z0-9_]{0,47}$"
PATH = r"^[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,4}$"
LINES = 6
"""Lines of a card at most: more is a form."""
CARDS: Schema = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "pattern": PATH},
        "lines": {"type": "array", "items": {"type": "string", "pattern": PATH}, "maxItems": LINES, "minItems": 0,
                  "uniqueItems": True},
        "image": {"type": "string", "pattern": FIELD},
    },
    "required": [],
    "additionalProperties": False,
    "description": "What stands on a card: `title` (else the record's name), `lines`, `image`",
}


def compile_cards(written: Mapping[str, Any], field: Any, problem: Any) -> Mapping[str, Any]:
    """The option `cards` with its names looked up."""
    cards = written.get("cards", {})
    for place, path in [("title", cards.get("title")), *(("lines", p) for p in cards.get("lines", ()))]:
        f = field(path, "cards", place) if path else None
        if f is not None and f.kind.secret:
            problem("registry.secret", "cards", place, name=path)
    image = field(cards["image"], "cards", "image") if "image" in cards else None
    if image is not None and not shows_image(image):
        problem("registry.no-image", "cards", "image", name=cards["image"])
    kept = {k: cards[k] for k in ("title", "image") if k in cards}
    return {**kept, "lines": tuple(cards["lines"])} if "lines" in cards else kept


def shows_image(field: Any) -> bool:
    """True for a field that holds one picture."""
    upload = field.kind.upload(field)
    return upload is not None and upload.image and not upload.many


class CardsKind(Kind):
    name = "cards"
    icon = "layout-dashboard"
    title = N_("Cards")
    options = {"cards": CARDS}

    def compile(self, written, field, problem):
        return compile_cards(written, field, problem)

    def draw(self, asked: Any) -> dict[str, Any]:
        from engine.services.registries import listing
        from engine.web.kinds.cards.drawing import Cards
        from engine.web.kinds.pages import turned

        cards = Cards(asked)
        page = listing(asked.view, asked.entity.address, cards.query())
        return {"cards": cards.drawn(page.records), **turned(asked, page), "legend": cards.marks.legend}


KIND = CardsKind()
