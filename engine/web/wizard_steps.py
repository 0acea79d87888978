"""The buttons of a wizard: on to the next step when this one is in order, back whatever is on it."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request
from werkzeug.datastructures import MultiDict

from engine.errors import Invalid, Refusal
from engine.model import Entity
from engine.web import attachments
from engine.web.asking import ask
from engine.web.form_choice import chosen_form
from engine.web.form_state import standing, typed_draft
from engine.web.record_page import again, asked_form, form_page
from engine.web.typed import OFFERED
from engine.web.wizard import GO, applying, asked_place, problems_before


def asks_for_step() -> bool:
    """Was a button of the steps pressed?"""
    return GO in request.form


def step_page(entity: Entity) -> Response:
    """The step that the button leads to; with 422 the one that keeps from going there."""
    try:
        attachments.take_in(entity)
    except Refusal as refusal:
        return again(entity, refusal, None)

    def work(view: Any) -> Response:
        draft, edited = typed_draft(view, entity, None, asked_form(), pasting=True)
        layout = chosen_form(view, entity, draft, asked_form(), made=False)
        if not layout.is_wizard:  # what was typed chose another form
            return form_page(view, entity, draft, edited=edited)
        steps = applying(layout, view, draft)
        here, at = asked_place(steps)
        if at <= here:
            return form_page(view, entity, draft, edited=edited, place=at)
        on_form = standing(view, entity, None, draft, layout)
        raw = {k: v for k, v in edited.raw.items() if k in on_form}
        at, problems = problems_before(view, entity, steps, raw, at)
        refusal = Invalid(problems) if problems else None
        return form_page(view, entity, draft, problems=problems, refusal=refusal, edited=edited, place=at,
                         status=refusal.status if refusal else 200)

    return ask(work)


def begin_with(given: dict[str, Any]) -> None:
    """Carry what the address fills in to the steps on which it stands."""
    form = MultiDict(given.items())
    form.add(OFFERED, " ".join(given))
    g.typed = form
