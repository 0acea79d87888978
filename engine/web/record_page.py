"""The page of one record, drawn from a `Draft`: opened, as a form, as the same form after a mistake.

`form_page` and `card_page` end in one template and one context, so that a record looks the same read and edited.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from engine.errors import Problem, Refusal
from engine.language import translate
from engine.model import Entity, Field
from engine.services import records
from engine.services.access import can
from engine.services.registries import choices
from engine.web import pages
from engine.web.asking import ask, form_sent, version_sent
from engine.web.drafts import draft_ways
from engine.web.form_choice import chosen_form, other_forms
from engine.web.form_layout import drawn_form
from engine.web.form_state import rights, standing, typed_draft
from engine.web.held import pairs_of, sent_keys
from engine.web.live import live_names
from engine.web.neighbours import turning
from engine.web.panels import Beside, panels
from engine.web.quick import is_framed, way_back
from engine.web.record_about import about
from engine.web.rows import Edited
from engine.web.rows.paste import wrong_cells
from engine.web.rows.wrong import named, wrong_so_far
from engine.web.widgets import CHOICES, Drawing
from engine.web.wizard import of_other_steps, shown_wizard


def card_page(view: Any, entity: Entity, id: str, **more: Any) -> Response:
    """The record opened for reading."""
    record, draft = records.opened(view, entity.address, id)
    drawing = Drawing(view, entity, draft, frozenset(), id=record.id, readable=record.readable)
    return _page(view, entity, drawing, record=record, **more)


def form_page(view: Any, entity: Entity, draft: Any, record: Any = None, *, problems: Iterable[Problem] = (),
          refusal: Refusal | None = None, status: int = 200, block: str = "form", version: int | None = None,
          edited: Edited | None = None, offered: Any = None, continued: Any = None,
          place: int | None = None) -> Response:
    """The page with inputs. `record` is None while it is being made. `edited`: what was typed, and done to its rows.

    `offered`: a draft that waits to be continued or discarded; `continued`: the draft that stands in the inputs.
    `place`: the step of a wizard to show.
    """
    shown, write = rights(view, entity, record)

    def ask(path: str, values: Mapping[str, Any], row: Mapping[str, Any] | None) -> Any:
        return choices(view, entity.address, path, values=values, limit=CHOICES, row=row)

    # A script asks for the choices of a list when it is opened; only a whole page brings them along.
    drawing = Drawing(view, entity, draft, write, problems=problems, id=record.id if record else None,
                      choices=None if pages.partial() else ask, readable=shown, edited=edited)
    return _page(view, entity, drawing, record=record, editing=True, problems=list(problems), refusal=refusal,
                 status=status, block=block, version=version, offered=offered, continued=continued, place=place)


def typed_page(view: Any, entity: Entity, id: str | None = None, block: str = "form",
               continued: Any = None) -> Response:
    """The form with what was typed: of a new record, or in place of what the record `id` holds."""
    record = records.read(view, entity.address, id) if id else None
    # While somebody only types, a block that waits in its box is left there.
    draft, edited = typed_draft(view, entity, record, asked_form(), pasting=block == "form" and not continued)
    return form_page(view, entity, draft, record, problems=wrong_so_far(draft, edited), block=block, edited=edited,
                     version=version_sent() if record else None, continued=continued)


def again(entity: Entity, refusal: Refusal, id: str | None) -> Response:
    """The same form with everything typed still in it, and every reason: 422 or 409."""

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id) if id else None
        draft, edited = typed_draft(view, entity, record, asked_form())
        return form_page(view, entity, draft, record, problems=named(refusal.problems, edited.raw), refusal=refusal,
                         status=refusal.status, version=version_sent(), edited=edited)

    return ask(work)


def _page(view: Any, entity: Entity, drawing: Drawing, *, record: Any = None, editing: bool = False,
          problems: list[Problem] | None = None, refusal: Refusal | None = None, status: int = 200,
          block: str = "form", version: int | None = None, offered: Any = None, continued: Any = None,
          place: int | None = None) -> Response:
    layout = chosen_form(view, entity, drawing.draft, asked_form(), record is not None)
    said = list(problems or refusal.problems) if refusal else []
    unfolded = form_sent().get("_open", "").split()
    wizard = shown_wizard(drawing, layout, said, place, frozenset(unfolded)) \
        if layout.is_wizard and record is None else None
    form = wizard.form if wizard else drawn_form(drawing, layout, unfolded)
    form.open_tab(form_sent().get("_tab") or request.args.get("tab", ""))
    beside = [] if wizard else panels(Beside(view, layout, drawing, record, editing))
    files = next((p.data["fields"] for p in beside if p.key == "files"), [])
    inputs = [d for d in (*form.fields, *files) if d.is_input]
    keys = [d.key for d in inputs]
    held = [k for k in sent_keys(entity) if k not in keys and k in drawing.writable] if editing else []
    elsewhere: list[Any] = []
    if wizard:
        elsewhere, held = of_other_steps(held, standing(view, entity, record, drawing.draft, layout))
    turned = turning(entity, record)
    query = address_query(form=layout.name if asked_form() == layout.name else "", list=turned["list_query"])
    context = {**about(view, entity, record), **turned}
    context.update(
        form=form, editing=editing, status=status, panels=beside, wizard=wizard,
        offered=" ".join([*keys, *elsewhere]), held=" ".join(held), held_pairs=pairs_of([*elsewhere, *held]),
        tab=next((t.key for t in form.tabs if t.is_open), ""), opened=form_sent().get("_open", ""),
        summary=drawing.summary(said),
        refusal_title=translate(refusal.title, view.language) if refusal else "",
        version=version if version is not None else (record.version if record else None),
        once=request.form.get("_once") or secrets.token_urlsafe(16),
        action=f"{entity.url}/{record.id}/edit{query}" if record else f"{entity.url}/new{query}",
        preview_url=f"{entity.url}/{record.id}/preview{query}" if record else f"{entity.url}/preview{query}",
        back_url=f"{entity.url}/{record.id}{query}" if record else entity.url,
        edit_url=f"{entity.url}/{record.id}/edit{query}" if record else "",
        empty_fields=sum(d.is_empty for d in form.fields) if not editing else 0,
        shows_empty=request.args.get("empty") == "1",
        can_post=entity.is_document and can(view.catalog, view.actor, entity, "post")
        and (record is None or record.values.get("state") == "draft"),
        form_title=layout.title.in_(view.language) if layout.title else "",
        other_forms=_ways(view, entity, drawing.draft, layout) if record is None else [],
        has_files=any(_takes_files(entity.fields[d.key]) for d in inputs),
        live=" ".join(sorted(live_names(view.catalog, entity))),
        wrong_cells=lambda count: wrong_cells(count, view.language),
    )
    if editing:
        context.update(framed=is_framed(), carried=way_back(), keep=" ".join(layout.keep), serial=record is None)
        context.update(draft_ways(entity, record, offered, continued))
    return pages.page("records/card.html", status, block=block, **context)


def address_query(*, form: str = "", list: str = "") -> str:
    """What an address of the record carries on: the form that was asked for, the list that it was opened from."""
    parts = [*([urlencode({"form": form})] if form else []), *([list] if list else [])]
    return "?" + "&".join(parts) if parts else ""


def asked_form() -> str:
    """The form that the address names."""
    return request.args.get("form", "")


def _ways(view: Any, entity: Entity, draft: Any, layout: Any) -> list[tuple[str, str]]:
    """(address, title) of the other forms by which such a record may be made."""
    return [(f"{entity.url}/new?form={f.name}", f.title.in_(view.language) if f.title else "")
            for f in other_forms(view, entity, draft, layout)]


def _takes_files(field: Field) -> bool:
    return field.kind.upload(field) is not None or any(_takes_files(inner) for inner in field.fields.values())
