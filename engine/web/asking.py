"""From a request to a verb: which entity is meant, one read or one write through the services, what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import g, request

from engine import doors
from engine.model import Entity
from engine.web import rows, typed


def entity_here(module: str, slug: str) -> Entity:
    """The entity that the address names. NotFound for a name that the Catalog does not know."""
    return doors.entity_at(doors.site().catalog, {"module": module, "slug": slug})


def ask(work: Callable[[Any], Any]) -> Any:
    """What `work` makes of one view of the data, in the language of the page."""
    return doors.site().read(doors.current_actor(), work, language=doors.language(), request_id=doors.request_id())


def do(work: Callable[[Any], Any]) -> Any:
    """What `work` made, wholly done or not at all. It may be run again, so it does nothing but use its unit of work."""
    return doors.site().write(doors.current_actor(), work, language=doors.language(), request_id=doors.request_id())


def raw_values(entity: Entity, keys: Iterable[str] | None = None) -> dict[str, Any]:
    """What was typed; files that came along are named by their ids (`attachments.take_in`).

    `keys`: of these fields, instead of those that the form offered.
    """
    return typed.typed(entity.fields, form_sent(), doors.language(), keys=keys)


def form_sent() -> Any:
    """The inputs of the form by name: as they were sent, or as something was put in their place for this request."""
    return g.get("typed", request.form)


def edits_rows() -> bool:
    """True when a button of the rows was pressed, not Save: the form comes back with its rows changed."""
    return rows.has_command(request.form)


def version_sent() -> int:
    """The version that the form was opened with. 0 for nonsense: no record has it, so the save is refused as stale."""
    text = form_sent().get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
