"""Moving a record to another column of a board, or to another place in a tree: an ordinary edit or verb.

Without scripts the button at a card leads to a page with the places to choose from; scripts post what that page posts.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, request
from werkzeug.datastructures import MultiDict

from engine import doors
from engine.errors import BadRequest, NotAllowed, NotFound, Problem, Refusal
from engine.hooks import registry as hooks
from engine.language import N_, translate
from engine.model import Entity, Field
from engine.services import records
from engine.services.access import readable
from engine.services.registries import Query
from engine.services.registries.parts import divide
from engine.web import pages
from engine.web.asking import ask, entity_here, version_sent
from engine.web.kinds.board.columns import LIFE, Column, columns_of, moves
from engine.web.registry import list_page
from engine.web.routes import blueprint
from engine.web.state import State

MOVED = N_("Moved: %(name)s → %(column)s")
NO_WAY = N_("The record cannot be moved there")


def state_of(text: str) -> State:
    """The state of the list that the person came from, which the form brings along."""
    return State.read(MultiDict(parse_qsl(text[:4_000])))


def _field(entity: Entity) -> Field:
    """The field that places records on the board. BadRequest for none, in the words for a hidden one."""
    f = entity.fields.get(request.values.get("by", ""))
    seen = readable(doors.site().catalog, doors.current_actor(), entity)
    if f is None or f.key not in seen or not hooks().registry_kinds["board"].suits(entity, f):
        raise BadRequest([Problem("view.kind", N_("This list cannot be shown so"), "by")])
    return f


@blueprint.get("/<module>/<slug>/<id>/move")
@doors.declares_access("read")
def move_page(module: str, slug: str, id: str) -> Response:
    """The columns to which the record may go, as buttons."""
    entity = entity_here(module, slug)
    f, back = _field(entity), state_of(request.args.get("list", ""))

    def work(view: Any) -> Response:
        record = records.read(view, entity.address, id)
        here, there = _ways(view, entity, f, record)
        return pages.page(
            "registries/move.html", record=record, name=record.display(view.language, view.names), here=here,
            there=there, url=f"{entity.url}/{record.id}/move", by=f.key, list=request.args.get("list", ""),
            back_url=back.url(entity.url), by_title=f.title.in_(view.language),
            title_text=pages.list_title(view.catalog, view.actor, entity).in_(view.language),
            module_title=view.catalog.modules[entity.module].title.in_(view.language), module_url=f"/{entity.module}",
        )

    return ask(work)


def _ways(view: Any, entity: Entity, f: Field, record: Any) -> tuple[str, list[Column]]:
    """The title of the record's column, and the columns that it may move to."""
    columns = columns_of(view, f, divide(view, entity.address, Query(), f.key))
    own = next((c for c in columns if c.value == record.values.get(f.key)), None)
    codes = moves(view, entity, f, columns).get(own.code, []) if own else []
    return own.title if own else "", [c for c in columns if c.code in codes]


@blueprint.post("/<module>/<slug>/<id>/move")
@doors.declares_access("read")
def move(module: str, slug: str, id: str) -> Response:
    """Put the record into the column `to`; the board again, or a note why it stays where it was."""
    entity = entity_here(module, slug)
    f, to, back = _field(entity), request.form.get("to", ""), state_of(request.form.get("list", ""))
    action = f"{doors.request_id()}-{secrets.token_hex(12)}"

    def work(uow: Any) -> Any:
        return _move(uow, entity, f, id, to)

    status = 200
    try:
        record = doors.site().write(doors.current_actor(), work, language=doors.language(), request_id=action)
    except NotFound:
        raise
    except Refusal as refusal:
        status = refusal.status
        refused(entity, id, refusal)
    else:
        _done(entity, f, record, to, action, back)
    if not pages.partial():
        return pages.see_other(back.url(entity.url))
    answer = ask(lambda view: list_page(view, entity, replace(back, after=None, before=None)))
    answer.status_code = status
    answer.set_data(answer.get_data(as_text=True) + pages.notices_beside())
    return answer


def _move(uow: Any, entity: Entity, f: Field, id: str, to: str) -> Any:
    if entity.is_document and f.key == "state":
        record = records.read(uow, entity.address, id, shown="")
        verb = LIFE.get(record.values.get("state") or "", {}).get(to)
        if verb is None:
            raise NotAllowed([Problem("record.move", NO_WAY)])
        getattr(records, verb)(uow, entity.address, id, version_sent())
    else:
        raw = f.kind.from_form(f, [to], uow.language)
        records.edit(uow, entity.address, id, {f.key: raw}, version_sent())
    return records.read(uow, entity.address, id)


def _done(entity: Entity, f: Field, record: Any, to: str, action: str, back: State) -> None:
    def work(view: Any) -> SimpleNamespace:
        text = f.kind.formatter(f, view.language, view.names)(record.values)
        return SimpleNamespace(name=record.display(view.language, view.names), column=text)

    said = ask(work)
    undo = None
    if not (entity.is_document and f.key == "state"):
        undo = {"url": f"{entity.url}/actions/{action}/undo", "back": back.url(entity.url)}
    pages.notice("done", pages.said(MOVED, name=said.name, column=said.column or pages.said(N_("Not filled in"))), undo)


def refused(entity: Entity, id: str, refusal: Refusal) -> None:
    language = doors.language()
    reasons = "; ".join(p.text(language) for p in refusal.problems) or translate(refusal.title, language)
    name = ask(lambda view: records.read(view, entity.address, id).display(view.language, view.names))
    pages.notice("wait", pages.said(N_("Not moved")), None, [(name or "…", f"{entity.url}/{id}", reasons)])
