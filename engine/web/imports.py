"""Import of tables on screen: a file, its columns, the check with cells to mend, the result. Each step has an address.

Everything works with plain forms; while a job is at work the page asks for itself again.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import Any

from flask import Response, request, send_file

from engine import doors
from engine.errors import BadRequest, Problem, Refusal
from engine.language import N_
from engine.model import Entity
from engine.services.transfer.importing import keeping, later, verbs, wrong
from engine.services.transfer.importing.marked import write_marked
from engine.services.transfer.importing.plan import Corrections, Plan
from engine.services.transfer.importing.template import MEDIA_TYPE, write_template
from engine.web import import_pages, pages
from engine.web.asking import ask, do, entity_here
from engine.web.routes import blueprint

NO_FILE = N_("Choose a file first")
GIVEN_UP = N_("The import was given up, its file is deleted")
IN_MEMORY = 4 * 1024 * 1024


@blueprint.get("/<module>/<slug>/import")
@doors.declares_access("import")
def import_begin(module: str, slug: str) -> Response:
    entity = entity_here(module, slug)
    return ask(lambda view: import_pages.begin_page(view, verbs.entity_for(view, entity.address)))


@blueprint.post("/<module>/<slug>/import")
@doors.declares_access("import")
def import_upload(module: str, slug: str) -> Response:
    """Take the file in; a file that cannot be read is told on the same page."""
    entity = entity_here(module, slug)
    part = request.files.get("file")
    try:
        if part is None or not part.filename:
            raise BadRequest([Problem("import.no-file", NO_FILE)])
        id = verbs.begin(doors.site(), doors.current_actor(), entity.address, part.stream, part.filename,
                         language=doors.language(), request_id=doors.request_id())
    except Refusal as refusal:
        if refusal.status in (401, 403, 404):
            raise
        told = refusal
        return ask(lambda view: import_pages.begin_page(view, verbs.entity_for(view, entity.address), told))
    return pages.see_other(f"{entity.url}/import/{id}")


@blueprint.get("/<module>/<slug>/import/template")
@doors.declares_access("import")
def import_template(module: str, slug: str) -> Response:
    """A workbook to fill in."""
    entity, every = entity_here(module, slug), request.args.get("columns") == "all"
    out = io.BytesIO()
    name = ask(lambda view: write_template(view, entity.address, out, every))
    return _download(out, name)


@blueprint.get("/<module>/<slug>/import/<id>")
@doors.declares_access("import")
def import_page(module: str, slug: str, id: str) -> Response:
    """The step at which the import stands."""
    entity = entity_here(module, slug)
    return ask(lambda view: _show(view, verbs.entity_for(view, entity.address), id))


@blueprint.get("/<module>/<slug>/import/<id>/columns")
@doors.declares_access("import")
def import_columns(module: str, slug: str, id: str) -> Response:
    """The columns, to be matched by hand."""
    entity = entity_here(module, slug)

    def work(view: Any) -> Response:
        here = verbs.entity_for(view, entity.address)
        one = keeping.one(view, here, id)
        if keeping.is_busy(view, one) or one.state == keeping.DONE:
            return pages.see_other(f"{entity.url}/import/{id}")
        return import_pages.columns_page(view, here, one)

    return ask(work)


@blueprint.post("/<module>/<slug>/import/<id>/columns")
@doors.declares_access("import")
def import_choose(module: str, slug: str, id: str) -> Response:
    """Keep how the table is read, then check it; or look at another sheet or head."""
    entity = entity_here(module, slug)
    plan = import_pages.plan_sent(request.form)
    if "look" in request.form:
        do(lambda uow: verbs.look_at(uow, entity.address, id, plan.sheet, plan.head))
        return pages.see_other(f"{entity.url}/import/{id}/columns")
    try:
        do(lambda uow: verbs.choose(uow, entity.address, id, plan))
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        told = refusal
        return ask(lambda view: _columns_again(view, entity, id, plan, told))
    return _check(entity, id)


def _columns_again(view: Any, entity: Entity, id: str, plan: Plan, refusal: Refusal) -> Response:
    one = keeping.one(view, entity, id)
    one.plan = plan
    return import_pages.columns_page(view, entity, one, refusal)


@blueprint.post("/<module>/<slug>/import/<id>/mend")
@doors.declares_access("import")
def import_mend(module: str, slug: str, id: str) -> Response:
    """Keep what was mended on the page, and check again."""
    entity = entity_here(module, slug)

    def work(uow: Any) -> None:
        one = keeping.one(uow, verbs.entity_for(uow, entity.address), id)
        verbs.mend(uow, entity.address, id, mended(one))

    do(work)
    return _check(entity, id)


def mended(one: keeping.Import) -> Corrections:
    """What the form says otherwise than the table: single cells, values everywhere, records to leave out."""
    form, found = request.form, Corrections()
    begins = one.found.get("pages", [])
    number = int(form["page"]) if form.get("page", "").isdecimal() and len(form["page"]) < 6 else 1
    for record in wrong.page(one.folder, begins[number - 1]) if 0 < number <= len(begins) else ():
        for cell in record["cells"]:
            text = form.get(f"cell-{cell['line']}-{cell['path']}")
            if cell["path"] and text is not None and text.strip() != cell["said"]:
                found.cells.setdefault(cell["line"], {})[cell["path"]] = text.strip()[:10_000]
        if form.get(f"without-{record['line']}"):
            found.left_out.add(record["line"])
    for n, (path, said, _) in enumerate(one.found.get("frequent", ())):
        text = form.get(f"every-{n}", "").strip()
        if text and text != said:
            found.everywhere.setdefault(path, {})[said] = text[:10_000]
    return found


@blueprint.post("/<module>/<slug>/import/<id>/run")
@doors.declares_access("import")
def import_run(module: str, slug: str, id: str) -> Response:
    """Write the table: at once, or by a job."""
    entity = entity_here(module, slug)

    def work(uow: Any) -> None:
        here = verbs.entity_for(uow, entity.address)
        one = keeping.one(uow, here, id)
        verbs.refuse_busy(uow, one)
        if verbs.size_of(one) > later.AT_ONCE:
            later.leave(uow, entity.address, one, later.CARRY_OUT)
        else:
            verbs.carry_out(uow, here, one)

    try:
        do(work)
    except verbs.TableWrong as refused:
        figures = refused.details["figures"]
        do(lambda uow: verbs.keep_check(uow, keeping.one(uow, entity, id), figures))
        pages.notice("harm", refused.problems[0].text(doors.language()))
    return pages.see_other(f"{entity.url}/import/{id}")


@blueprint.post("/<module>/<slug>/import/<id>/discard")
@doors.declares_access("import")
def import_discard(module: str, slug: str, id: str) -> Response:
    entity = entity_here(module, slug)
    do(lambda uow: verbs.give_up(uow, entity.address, id))
    pages.notice("done", pages.said(GIVEN_UP))
    return pages.see_other(entity.url)


@blueprint.get("/<module>/<slug>/import/<id>/marked")
@doors.declares_access("import")
def import_marked(module: str, slug: str, id: str) -> Response:
    """The same table with its wrong cells marked."""
    entity = entity_here(module, slug)
    out = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - send_file closes it with the answer

    def work(view: Any) -> str:
        here = verbs.entity_for(view, entity.address)
        one = keeping.one(view, here, id)
        verbs.refuse_busy(view, one)
        return write_marked(view, here, one, out)

    return _download(out, ask(work))


def _download(out: Any, name: str) -> Response:
    out.seek(0)
    answer = send_file(out, MEDIA_TYPE, as_attachment=True, download_name=name, max_age=None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _check(entity: Entity, id: str) -> Response:
    """Judge the table now, or leave that to a job; then the page of what was found."""
    def begin(view: Any) -> tuple[Entity, keeping.Import]:
        here = verbs.entity_for(view, entity.address)
        return here, keeping.one(view, here, id)

    def judge(view: Any) -> Callable[[Any], Any]:
        here, one = begin(view)
        verbs.refuse_busy(view, one)
        if verbs.size_of(one) > later.AT_ONCE:
            return lambda uow: later.leave(uow, entity.address, one, later.CHECK)
        figures = verbs.check(view, here, one)
        return lambda uow: verbs.keep_check(uow, one, figures)

    do(ask(judge))
    return pages.see_other(f"{entity.url}/import/{id}")


def _show(view: Any, entity: Entity, id: str) -> Response:
    one = keeping.one(view, entity, id)
    if one.state == keeping.DONE:
        return import_pages.done_page(view, entity, one)
    if keeping.is_busy(view, one):
        return import_pages.working_page(view, entity, one)
    if one.state in (keeping.WRONG, keeping.READY):
        return import_pages.found_page(view, entity, one, request.args.get("page", "1"))
    return import_pages.columns_page(view, entity, one)
