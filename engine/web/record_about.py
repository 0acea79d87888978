"""What every page of a record says of it: its name, its state, where it belongs, what may be done next."""

from __future__ import annotations

from typing import Any

from engine.model import Entity
from engine.web import pages

STATE_TONES = {"draft": "draft", "posted": "done", "reversed": "harm", "annulled": "harm"}


def about(view: Any, entity: Entity, record: Any) -> dict[str, Any]:
    """What both pages of a record say of it: its name, state, place and possible next steps."""
    language, values = view.language, record.values if record else {}
    module = view.catalog.modules.get(entity.module)
    about: dict[str, Any] = {
        "entity": entity, "entity_title": entity.title.in_(language),
        "plural": pages.list_title(view.catalog, view.actor, entity).in_(language),
        "list_url": entity.url, "module_title": module.title.in_(language) if module else entity.module,
        "module_url": f"/{entity.module}", "record": record, "allowed": record.allowed if record else frozenset(),
        "record_url": f"{entity.url}/{record.id}" if record else "", "archived": values.get("archived_at") is not None,
        "heading": (record.display(language, view.names) or entity.title.in_(language)) if record else "",
        "state": None, "reverses": None,
    }
    if entity.is_document and values.get("reverses"):  # else a reversal looks like the document it takes back
        title = entity.fields["reverses"].title.in_(language)
        about["reverses"] = (title, f"{entity.url}/{values['reverses']}", values.get("@reverses") or "…")
    if entity.is_document and values.get("state"):
        f = entity.fields["state"]
        about["state"] = (STATE_TONES.get(values["state"], "info"), f.kind.formatter(f, language, view.names)(values))
    return about
