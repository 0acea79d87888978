"""One record: opened, made, edited. Pages work with plain forms; htmx asks the same URLs for a block of the page."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from engine import doors
from engine.errors import NotAllowed, NotFound, Refusal, Stale
from engine.language import N_
from engine.services import drafts, records
from engine.services.repeats import Answer, once
from engine.web import attachments, pages, wizard, wizard_steps
from engine.web.asking import ask, do, edits_rows, entity_here, raw_values, version_sent
from engine.web.drafts import asks_to_continue, kept_draft, put_in_place
from engine.web.errors import keeps_typed
from engine.web.merging import merged, merging_page, wants_merging
from engine.web.neighbours import LIST
from engine.web.quick import after_making, begun_with, leave, way_back
from engine.web.record_page import again, asked_form, card_page, form_page, typed_page
from engine.web.routes import blueprint
from engine.web.serial import next_one
from engine.web.typed import without_blank_lines

SAVED, POSTED = N_("Saved"), N_("Posted")
LAYOUT = ("form", "tab")
"""Words of an address that choose how the record is shown; all others may fill in fields of a new one."""


@blueprint.get("/<module>/<slug>/<id>")
@doors.declares_access("read")
def card(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)
    return ask(lambda view: card_page(view, entity, id))


# -- forms ------------------------------------------------------------------------------------------------------------


@blueprint.get("/<module>/<slug>/new")
@doors.declares_access("create")
def new(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        kept = kept_draft(view, entity) if not way_back() else None
        if kept and asks_to_continue():
            put_in_place(kept.pairs)
            return typed_page(view, entity, continued=kept)
        given: dict[str, Any] = {
            k: v for k, v in request.args.items() if k in entity.fields and k not in LAYOUT}
        given |= begun_with(view, entity, request.args.get("text", "").strip()[:200])
        draft = records.new(view, entity.address, given)
        begun = [f.key for f in entity.input_fields if f.kind.by_line and _is_needed(f, draft)]
        if begun:  # needed rows begin with one
            draft = records.new(view, entity.address, given | {key: [{}] for key in begun})
        wizard_steps.begin_with({k: v for k, v in given.items() if k in draft.values})
        return form_page(view, entity, draft, offered=kept)

    return ask(work)


def _is_needed(rows: Any, draft: Any) -> bool:
    return bool(rows.options.get("min")) or draft.state(rows.key).required


@blueprint.post("/<module>/<slug>/new")
@keeps_typed(lambda refusal, module, slug: again(entity_here(module, slug), refusal, None))
@doors.declares_access("create")
def create(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)
    if request.form.get("_quick"):
        return leave(entity, None)
    if wizard_steps.asks_for_step():
        return wizard_steps.step_page(entity)
    if edits_rows():
        return ask(lambda view: typed_page(view, entity))
    then = "post" if request.form.get("_then") == "post" else None

    def work(uow: Any) -> Answer:
        def make() -> Answer:
            raw = without_blank_lines(entity.fields, raw_values(entity))
            if wizard.in_wizard():
                wizard.refuse_early(uow, entity, asked_form(), raw)
            made = records.create_many(uow, entity.address, [raw], then=then)[0]
            if not way_back():
                drafts.discard(uow, entity.address, drafts.NEW)
            return Answer(303, b"", f"{entity.url}/{made.id}")

        key = request.form.get("_once", "")
        # As a hash, because whoever sends the form may write anything of any length there. The values are in it:
        # who goes back and types others means another record.
        typed_here = sorted((k, v) for k, v in request.form.items(multi=True) if k != "csrf_token")
        name = f"form {sha256(repr(typed_here).encode()).hexdigest()}"
        return once(uow, name, f"create {entity.address}", make) if key else make()

    try:
        attachments.take_in(entity)
        answer = do(work)
    except Refusal as refusal:
        return again(entity, refusal, None)
    back = after_making(answer.location)
    if back is not None:
        return back
    pages.notice("done", pages.said(POSTED if then else SAVED))
    return pages.see_other(next_one(entity) if request.form.get("_then") == "new" else answer.location)


@blueprint.get("/<module>/<slug>/<id>/edit")
@doors.declares_access("edit")
def edit(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        record, draft = records.opened(view, entity.address, id)
        if "edit" not in record.allowed:
            raise NotAllowed()
        kept = kept_draft(view, entity, record.id)
        if not (kept and asks_to_continue()):
            return form_page(view, entity, draft, record, offered=kept)
        put_in_place(kept.pairs)
        if kept.version != record.version:
            return merging_page(view, entity, id, status=200)
        return typed_page(view, entity, id, continued=kept)

    return ask(work)


@blueprint.post("/<module>/<slug>/<id>/edit")
@keeps_typed(lambda refusal, module, slug, id: again(entity_here(module, slug), refusal, id))
@doors.declares_access("edit")
def save(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)
    if request.form.get("_quick"):
        return leave(entity, id)
    if wants_merging(request.form):
        return merged(entity, id)
    if edits_rows():
        return ask(lambda view: typed_page(view, entity, id))
    then = "post" if request.form.get("_then") == "post" else None

    def work(uow: Any) -> Any:
        raw = without_blank_lines(entity.fields, raw_values(entity))
        record = records.edit(uow, entity.address, id, raw, version_sent())
        drafts.discard(uow, entity.address, str(record.id))
        return records.post(uow, entity.address, record.id, record.version) if then else record

    try:
        attachments.take_in(entity)
        record = do(work)
    except (NotFound, NotAllowed):
        raise
    except Stale:
        return ask(lambda view: merging_page(view, entity, id))
    except Refusal as refusal:
        return again(entity, refusal, id)
    pages.notice("done", pages.said(POSTED if then else SAVED))
    kept = [(LIST, request.args[LIST])] if LIST in request.args else []
    kept += [("tab", request.form["_tab"])] if request.form.get("_tab") else []
    return pages.see_other(f"{entity.url}/{record.id}" + (f"?{urlencode(kept)}" if kept else ""))


@blueprint.post("/<module>/<slug>/preview")
@doors.declares_access("create")
def preview_new(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)
    return ask(lambda view: typed_page(view, entity, block="fields"))


@blueprint.post("/<module>/<slug>/<id>/preview")
@doors.declares_access("edit")
def preview(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)
    return ask(lambda view: typed_page(view, entity, id, block="fields"))
