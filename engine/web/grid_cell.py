"""Everything of one cell of a grid: its value and the fields of its pop-up, as a small form of its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import NotAllowed, NotFound, Problem, Refusal, Stale
from engine.ids import parse_id
from engine.language import translate
from engine.model import Entity
from engine.model.grid import Grid
from engine.services import grids, records
from engine.services.access import readable, writable
from engine.services.registries import choices
from engine.web import pages
from engine.web.asking import ask, do, raw_values, version_sent
from engine.web.form_layout import is_shown
from engine.web.grid import SAVED, answer, grid_here, wants_json
from engine.web.grids.drawing import Drawing as Cells
from engine.web.grids.page import heading as grid_heading
from engine.web.grids.state import State, base_of, url
from engine.web.routes import blueprint
from engine.web.rows.commands import Edited
from engine.web.widgets import CHOICES, Drawing


class Place:
    """One cell that the address names, as it stands now. NotFound when it is not in the grid of these parameters."""

    def __init__(self, view: Any, entity: Entity, grid: Grid, state: State):
        self.entity, self.grid, self.state = entity, grid, state
        row = parse_id(state.row)
        chosen = grids.choose(view, grid, state.given, offers=False)
        self.sheet = grids.sheet(view, grid, chosen, rows={row} if row else (), columns={state.column})
        if not self.sheet.lines or not self.sheet.heads:
            raise NotFound()
        (self.line,), (self.head,) = self.sheet.lines, self.sheet.heads
        self.cell = self.sheet.cell(self.line, self.head)
        self.lock = self.sheet.lock(self.line, self.head)

    def given(self) -> dict[str, Any]:
        """What places a new record here, as JSON says it."""
        grid = self.grid
        return {grid.cell.row: self.line.key, **({grid.cell.column: self.head.key} if grid.cell.column else {})}

    def typed(self) -> dict[str, Any]:
        """What was typed into those fields of the cell that the form offered."""
        return {key: value for key, value in raw_values(self.entity).items() if key in self.keys}

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.head.field.key, *self.grid.cell.more)


@blueprint.get("/<module>/<slug>/grids/<name>/cell")
@doors.declares_access("read")
def grid_cell(module: str, slug: str, name: str) -> Response:
    def work(view: Any) -> Response:
        entity, grid = grid_here(view, module, slug, name)
        place = Place(view, entity, grid, State.read(grid, request.args))
        if place.cell is None:
            return _form(view, place, records.new(view, entity.address, place.given()))
        record, draft = records.opened(view, entity.address, place.cell.id)
        return _form(view, place, draft, record)

    return ask(work)


@blueprint.post("/<module>/<slug>/grids/<name>/cell")
@doors.declares_access("read")
def save_grid_cell(module: str, slug: str, name: str) -> Response:
    """Make or change the record of the cell. It may have come or gone meanwhile: then both values are shown."""
    entity, grid = ask(lambda view: grid_here(view, module, slug, name))
    state = State.read(grid, request.args)
    if request.args.get("preview"):
        return ask(lambda view: _typed(view, Place(view, entity, grid, state), block="fields"))

    def work(uow: Any) -> None:
        place = Place(uow, entity, grid, state)
        if place.lock is not None:
            raise NotAllowed([Problem("grid.locked", place.lock.reason)])
        raw = place.typed()
        if place.cell is None:
            if version_sent():
                raise Stale([Problem("record.stale", Stale.title)])
            records.create(uow, entity.address, {**place.given(), **{k: v for k, v in raw.items() if v is not None}})
        else:
            records.edit(uow, entity.address, place.cell.id, raw, version_sent())

    try:
        do(work)
    except NotFound:
        raise
    except Refusal as refusal:
        why = refusal
        return ask(lambda view: _again(view, Place(view, entity, grid, state), why))
    if wants_json():
        outcome = ask(lambda view: _outcome(Place(view, entity, grid, state)))
        return answer(entity, grid, state.given, [outcome])
    pages.notice("done", pages.said(SAVED))
    back = {request.args.get("back", "column"): ""}
    kept = {"row": state.row} if "row" in back else {"column": state.column}
    return pages.see_other(url(base_of(entity, grid), state.given, **kept))


def _outcome(place: Place) -> grids.Outcome:
    entry = grids.Entry(place.line.key, place.head.key, "")
    return grids.Outcome(entry, line=place.line, head=place.head, cell=place.cell)


def _typed(view: Any, place: Place, **more: Any) -> Response:
    """The form with what was typed in place of what is stored."""
    raw = place.typed()
    record = records.read(view, place.entity.address, place.cell.id) if place.cell else None
    draft = records.preview(view, place.entity.address, raw if record else {**place.given(), **raw},
                            record.id if record else None)
    return _form(view, place, draft, record, raw=raw, **{"version": version_sent(), **more})


def _again(view: Any, place: Place, refusal: Refusal) -> Response:
    """The same form, and why it was not saved. After a stale save it goes on from what is stored now."""
    stale = isinstance(refusal, Stale)
    return _typed(view, place, problems=refusal.problems, status=refusal.status,
                  refused=translate(refusal.title, view.language), **({"version": None} if stale else {}))


def _form(view: Any, place: Place, draft: Any, record: Any = None, problems: Iterable[Problem] = (), status: int = 200,
          version: int | None = None, raw: Mapping[str, Any] | None = None, refused: str = "",
          block: str = "cell") -> Response:
    entity, language = place.entity, view.language
    open_ = place.lock is None
    write = record.writable if record else writable(view.catalog, view.actor, entity, "create")
    shown = frozenset(record.values) if record else readable(view.catalog, view.actor, entity) | write

    def offered(path: str, values: Mapping[str, Any], row: Mapping[str, Any] | None) -> Any:
        return choices(view, entity.address, path, values=values, limit=CHOICES, row=row)

    drawing = Drawing(view, entity, draft, write if open_ else frozenset(), problems=problems,
                      id=record.id if record else None, choices=offered, readable=shown,
                      edited=Edited(raw or {}))
    fields = [drawing.draw(entity.fields[key]) for key in place.keys if is_shown(drawing, key)]
    base = base_of(entity, place.grid)
    at = {"row": place.state.row, "column": place.state.column}
    back = "row" if request.args.get("back") == "row" else "column"
    context = {
        "fields": fields, "offered": " ".join(d.key for d in fields if d.is_input),
        "place_text": f"{place.line.title}, {place.head.whole or place.head.title}",
        "reason": Cells(view, place.sheet, open_).said(place.lock.reason) if place.lock else "",
        "refused": refused, "said": [p.text(language) for p in problems if not p.path or p.path not in place.keys],
        "version": version if version is not None else (record.version if record else ""),
        "action": url(f"{base}/cell", place.state.given, **at, back=back),
        "back_url": url(base, place.state.given, **{back: at[back]}), "editing": True,
        **grid_heading(view, entity, place.grid, base),
        "record_url": f"{entity.url}/{record.id}" if record else "", "may_save": any(d.is_input for d in fields),
    }
    return pages.page("grids/cell.html", status, block=block, **context)
