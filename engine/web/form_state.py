"""What was typed as a draft: settled with the fields that stand on the form now, and only with those.

A condition or another form of the record may have hidden what was typed a moment ago; then it is carried along
(`held`), neither judged nor saved, and comes back with its field.
"""

from __future__ import annotations

from typing import Any

from engine.model import Entity, Form
from engine.services import records
from engine.services.access import readable, writable
from engine.web.asking import form_sent, raw_values
from engine.web.form_choice import chosen_form
from engine.web.form_layout import drawn_form
from engine.web.held import sent_keys
from engine.web.rows import Edited, carry_out, gone_rows
from engine.web.widgets import Drawing


def rights(view: Any, entity: Entity, record: Any) -> tuple[frozenset[str], frozenset[str]]:
    """(fields that may be seen, fields that may be written) on the form of a record; None: of a new one."""
    if record is not None:
        return record.readable, record.writable
    write = writable(view.catalog, view.actor, entity, "create")
    return readable(view.catalog, view.actor, entity) | write, write


def typed_draft(view: Any, entity: Entity, record: Any, asked: str, pasting: bool | None = None) -> tuple[Any, Edited]:
    """The draft that the sent form makes of `record` (None: of a new one), and what was done to its rows.

    `pasting`: do what a button of the rows asks for, as `rows.carry_out` takes it; None: nothing of that.
    """
    id = record.id if record is not None else None
    given, sent = sent_keys(entity, held=False), sent_keys(entity)
    raw = raw_values(entity, sent)
    edited = Edited(raw, gone_rows(form_sent())) if pasting is None else carry_out(
        view, entity, raw, form_sent(), pasting)
    draft = records.preview(view, entity.address, {k: raw[k] for k in given}, id)
    on_form = standing(view, entity, record, draft, chosen_form(view, entity, draft, asked, id is not None))
    standing_now = [k for k in sent if k in on_form]
    if standing_now != given:
        draft = records.preview(view, entity.address, {k: raw[k] for k in standing_now}, id)
    return draft, edited


def standing(view: Any, entity: Entity, record: Any, draft: Any, form: Form) -> frozenset[str]:
    """Fields that the form has inputs for, with these values."""
    shown, write = rights(view, entity, record)
    drawing = Drawing(view, entity, draft, write, id=record.id if record is not None else None, readable=shown,
                      outline=True)
    inputs = {d.key for d in drawn_form(drawing, form).fields if d.is_input}
    loose = {f.key for f in entity.input_fields if f.kind.upload(f) and f.key not in form.fields and f.key in write}
    return frozenset(inputs | loose)
