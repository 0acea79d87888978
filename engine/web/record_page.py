"""The page of one record, drawn from a `Draft`: opened, as a form, as the same form after a mistake.

`form_page` and `card_page` end in one template and one context, so that a record looks the same read and edited.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request

from engine.errors import Problem, Refusal, Stale
from engine.language import translate
from engine.model import Entity, Field
from engine.model import Form as Layout
from engine.services import records
from engine.services.access import can, readable, writable
from engine.services.registries import choices
from engine.web import pages, typed
from engine.web.asking import ask, raw_values, version_sent
from engine.web.form_layout import loose_files
from engine.web.form_layout import sections as sections_of
from engine.web.widgets import CHOICES, Drawing

def card_page(view: Any, entity: Entity, id: str, **more: Any) -> Response:
    """The record opened for reading."""
    record, draft = records.opened(view, entity.address, id)
    drawing = Drawing(view, entity, draft, frozenset(), id=record.id, readable=frozenset(record.values))
    return _page(view, entity, drawing, record=record, **more)


def form_page(view: Any, entity: Entity, draft: Any, record: Any = None, *, problems: Iterable[Problem] = (),
          refusal: Refusal | None = None, status: int = 200, block: str = "form", version: int | None = None,
          compared: Any = None) -> Response:
    """The page with inputs. `record` is None while it is being made."""
    catalog, actor = view.catalog, view.actor
    write = record.writable if record else writable(catalog, actor, entity, "create")
    shown = frozenset(record.values) if record else readable(catalog, actor, entity) | write

    def ask(path: str, values: Mapping[str, Any], row: Mapping[str, Any] | None) -> Any:
        return choices(view, entity.address, path, values=values, limit=CHOICES, row=row)

    drawing = Drawing(view, entity, draft, write, problems=problems, id=record.id if record else None, choices=ask,
                      readable=shown, raw=raw_values(entity) if request.method == "POST" else None,
                      fresh=request.form.get(typed.ADD, ""))
    return _page(view, entity, drawing, record=record, editing=True, problems=list(problems), refusal=refusal,
                 status=status, block=block, version=version, compared=compared)


def typed_page(view: Any, entity: Entity, id: str | None = None, block: str = "form") -> Response:
    """The form with what was typed: of a new record, or in place of what the record `id` holds."""
    record = records.read(view, entity.address, id) if id else None
    draft = records.preview(view, entity.address, raw_values(entity), record.id if record else None)
    return form_page(view, entity, draft, record, block=block, version=version_sent() if record else None)


def again(entity: Entity, refusal: Refusal, id: str | None) -> Response:
    """The same form with everything typed still in it, and every reason: 422, or 409 with both values."""

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id) if id else None
        draft = records.preview(view, entity.address, raw_values(entity), record.id if record else None)
        stale = isinstance(refusal, Stale) and record is not None
        return form_page(view, entity, draft, record, problems=() if stale else refusal.problems, refusal=refusal,
                     status=refusal.status, version=version_sent() if not stale else record.version,
                     compared=_compared(view, entity, record, draft) if stale else None)

    return ask(work)


def _compared(view: Any, entity: Entity, record: Any, draft: Any) -> list[dict[str, str]]:
    """Where the stored record and the typed one differ, as texts side by side."""
    different = []
    for key in request.form.get(typed.OFFERED, "").split():
        f = entity.fields.get(key)
        if f is None or key not in record.values or record.values[key] == draft.values.get(key):
            continue
        text = f.kind.formatter(f, view.language, view.names)
        different.append({"key": key, "title": f.title.in_(view.language), "theirs": text(record.values),
                          "mine": text(draft.values)})
    return different


def _page(view: Any, entity: Entity, drawing: Drawing, *, record: Any = None, editing: bool = False,
          problems: list[Problem] | None = None, refusal: Refusal | None = None, status: int = 200,
          block: str = "form", version: int | None = None, compared: Any = None) -> Response:
    layout = layout_for(view, entity, drawing.draft.values)
    said = list(problems or (refusal.problems if refusal else ()))
    sections = list(sections_of(drawing, layout))
    files = loose_files(drawing, layout) if "files" in layout.side else []
    inputs = [d for d in (*(d for s in sections for d in s.fields), *files) if d.is_input]
    context = about(view, entity, record)
    context.update(
        sections=sections, editing=editing, status=status, compared=compared,
        offered=" ".join(d.key for d in inputs), files=files,
        summary=drawing.summary(said), refusal_title=translate(refusal.title, view.language) if refusal else "",
        version=version if version is not None else (record.version if record else None),
        once=request.form.get("_once") or secrets.token_urlsafe(16),
        action=f"{entity.url}/{record.id}/edit" if record else f"{entity.url}/new",
        preview_url=f"{entity.url}/{record.id}/preview" if record else f"{entity.url}/preview",
        back_url=f"{entity.url}/{record.id}" if record else entity.url,
        can_post=entity.is_document and can(view.catalog, view.actor, entity, "post")
        and (record is None or record.values.get("state") == "draft"),
        form_title=layout.title.in_(view.language) if layout.title else "",
        has_files=any(_takes_files(entity.fields[d.key]) for d in inputs),
        needs_preview=_is_alive(entity),
        history="history" in layout.side and record is not None and "history" in record.allowed,
    )
    return pages.page("records/card.html", status, block=block, **context)


def _takes_files(field: Field) -> bool:
    return field.kind.upload(field) is not None or any(_takes_files(inner) for inner in field.fields.values())


def _is_alive(entity: Entity) -> bool:
    """True when something on the form may change while typing: only then the server is asked."""

    def depends(f: Any) -> bool:
        rules = (f.value, f.visible_when, f.required_when, f.readonly_when)
        return any(r is not None for r in rules) or hasattr(f.default, "evaluate")

    return any(depends(f) or any(depends(i) for i in f.fields.values()) for f in entity.fields.values())
