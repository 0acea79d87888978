"""A list as a file: the form that asks for it stands in the bar of the list, and its address carries what is seen."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import Any

from flask import Response, request, send_file

from engine import doors, hooks
from engine.language import translate
from engine.services.access import can
from engine.services.registries import listing
from engine.services.registries.kept import kept
from engine.services.transfer.exporting import export, exporter
from engine.services.transfer.exporting.later import MANY, defer_export
from engine.web import pages
from engine.web.asking import ask, do, entity_here
from engine.web.registries.asked import Asked, asked
from engine.web.routes import blueprint
from engine.web.state import State

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of a file that are kept in memory; what is longer goes to a nameless file on the disk."""


@blueprint.post("/<module>/<slug>/export")
@doors.declares_access("export")
def export_list(module: str, slug: str) -> Response:
    """The list of this address as a file: the columns on screen, or everything."""
    entity = entity_here(module, slug)
    state = State.read(request.args)
    wanted, many = ask(lambda view: _asked(view, asked(view, entity, state, kept(view, entity))))
    query, paths = wanted.query(), None if request.form.get("scope") == "all" else wanted.paths
    form = request.form.get("format", "")
    if many:
        exporter(form)
        view = wanted.chosen.key if wanted.chosen else None
        job = do(lambda uow: defer_export(uow, entity.address, query, form, paths=paths, view=view,
                                          registry=wanted.layout.key))
        return pages.see_other(f"/jobs/{job}")
    # Written whole before the first byte is sent: a file that breaks off in the middle looks like a good one.
    out = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - send_file closes it with the answer
    made = export(doors.site(), doors.current_actor(), entity.address, query, form, out,
                  paths=paths, language=doors.language(), request_id=doors.request_id())
    out.seek(0)
    answer = send_file(out, made.media_type, as_attachment=True, download_name=made.name, max_age=None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(view: Any, wanted: Asked) -> tuple[Asked, bool]:
    """What is asked, and whether it is so much that nobody should wait for it."""
    few = replace(wanted.query(), limit=1, count=True, bound=MANY, totals=(), verb="export", fields=(), rows=False,
                  after=None, before=None)
    return wanted, listing(view, wanted.entity.address, few).more


def offered(wanted: Asked) -> dict[str, Any]:
    """What the bar of the list needs to offer its export: nothing for who may not."""
    if not can(wanted.view.catalog, wanted.view.actor, wanted.entity, "export"):
        return {"export_url": ""}
    parts = hooks.registry().exporters.parts.items()
    formats = [(name, translate(part().title, wanted.view.language)) for name, part in parts]
    return {"export_url": wanted.state.url(f"{wanted.entity.url}/export"), "export_formats": formats}
