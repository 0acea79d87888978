"""One cell of a table changed where it stands: the field's own input in the cell, one field saved with its version.

Whoever has no scripts follows the cell's pencil to the form. Which cells are open says `inline` of the registry.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flask import Response, request
from werkzeug.datastructures import MultiDict

from engine import doors
from engine.errors import NotAllowed, NotFound, Problem, Refusal, Stale
from engine.model import Entity, Field
from engine.services import records
from engine.services.display import show_links
from engine.services.registries import choices
from engine.services.validation import Draft, parse
from engine.web import pages
from engine.web.asking import ask, do, entity_here, version_sent
from engine.web.registries.asked import Asked, asked
from engine.web.registries.heads import heads
from engine.web.registries.table import foot, row
from engine.web.routes import blueprint
from engine.web.rows import Edited
from engine.web.state import State
from engine.web.typed import typed
from engine.web.widgets import CHOICES, Drawing


def _list(view: Any, entity: Entity) -> Asked:
    """The list that the cell stands in, as the page brings it along."""
    return asked(view, entity, State.read(MultiDict(parse_qsl(request.values.get("list", "")[:4_000]))))


def _open(view: Any, entity: Entity, key: str) -> Field:
    """The field, if it may be changed in this list. NotFound else: of hidden fields nothing is told."""
    if key not in _list(view, entity).inline:
        raise NotFound()
    return entity.fields[key]


@blueprint.get("/<module>/<slug>/<id>/cell/<key>")
@doors.declares_access("edit")
def cell(module: str, slug: str, id: str, key: str) -> Response:
    """The cell with its input; with `row=1` the row as it is now."""
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        f = _open(view, entity, key)
        if request.args.get("row") == "1":
            return _row(view, entity, id)
        record, draft = records.opened(view, entity.address, id)
        if key not in record.writable or draft.state(key).readonly or not draft.state(key).visible:
            raise NotAllowed()
        return _cell(view, entity, f, record, draft)

    return ask(work)


@blueprint.post("/<module>/<slug>/<id>/cell/<key>")
@doors.declares_access("edit")
def save_cell(module: str, slug: str, id: str, key: str) -> Response:
    """Save the one field: the row as it became, or the cell again, 422 with its mistake, 409 with both values."""
    entity = entity_here(module, slug)

    def work(uow: Any) -> None:
        f = _open(uow, entity, key)
        raw = typed({key: f}, request.form, doors.language())
        try:
            records.edit(uow, entity.address, id, raw, version_sent())
        except Stale as stale:
            current = stale.details["current"]
            if f.kind.form_text(f, current.values.get(key), uow.language) != _was(f):
                raise
            # Somebody changed something else of the record: this value is still the one that was seen.
            records.edit(uow, entity.address, id, raw, current.version)

    try:
        do(work)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        why = refusal
        return ask(lambda view: _again(view, entity, key, id, why))
    return ask(lambda view: _row(view, entity, id))


def _was(f: Field) -> Any:
    text = request.form.get("_was", "")
    return text.split() if f.is_many else text


def _row(view: Any, entity: Entity, id: str) -> Response:
    wanted = _list(view, entity)
    record = records.read(view, entity.address, id, shown="")
    return pages.fragment("inline/row.html", row=row(wanted, record.id), totals=foot(wanted), heads=heads(wanted),
                          picks=wanted.picks)


def _cell(view: Any, entity: Entity, f: Field, record: Any, draft: Draft, *, status: int = 200, version: int = 0,
          was: str | None = None, problems: list[Problem] | None = None, theirs: str | None = None) -> Response:
    def offered(path: str, values: Any, of_row: Any) -> Any:
        return choices(view, entity.address, path, values=draft.values, limit=CHOICES, row=of_row)

    raw = typed({f.key: f}, request.form, doors.language()) if request.method == "POST" else {}
    at_cell = [Problem(p.code, p.message, f.key, p.params) for p in problems or ()]
    drawing = Drawing(view, entity, draft, frozenset({f.key}), id=record.id, choices=offered, problems=at_cell,
                      readable=frozenset(record.values), edited=Edited(raw))
    shown = f.kind.form_text(f, record.values.get(f.key), view.language)
    text = f.kind.formatter(f, view.language, view.names)
    return pages.fragment(
        "inline/cell.html", status, drawn=drawing.draw(f), url=f"{entity.url}/{record.id}/cell/{f.key}",
        version=version or record.version, was=was if was is not None else _text(shown), theirs=theirs,
        mine=text(draft.values), problems=[p.text(view.language) for p in problems or ()],
        list=request.values.get("list", ""))


def _text(shown: Any) -> str:
    return shown if isinstance(shown, str) else " ".join(shown)


def _again(view: Any, entity: Entity, key: str, id: str, refusal: Refusal) -> Response:
    """The cell with what was typed and why it was not saved."""
    f = _open(view, entity, key)
    record = records.read(view, entity.address, id)
    values, _ = parse(view.catalog, entity, typed({key: f}, request.form, doors.language()), frozenset({key}))
    values = {**record.values, **values}
    if key in values and values[key] != record.values.get(key):
        values.pop(f"@{key}", None)
        show_links(view, entity, [values])
    draft = Draft(entity, values, before=record.hidden)
    if isinstance(refusal, Stale):
        text = f.kind.formatter(f, view.language, view.names)
        now = f.kind.form_text(f, record.values.get(key), view.language)
        return _cell(view, entity, f, record, draft, status=refusal.status, was=_text(now), theirs=text(record.values))
    return _cell(view, entity, f, record, draft, status=refusal.status, version=version_sent(),
                 was=request.form.get("_was", ""), problems=list(refusal.problems))
