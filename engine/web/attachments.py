"""Files on the way in and out. They are reached only through the record that holds them."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from engine import doors
from engine.model import Entity
from engine.services.attachments import open_file, upload
from engine.web import typed
from engine.web.routes import blueprint

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Types that a page may show as pictures; everything else is a download."""


@blueprint.get("/<module>/<slug>/<id>/files/<file>")
@doors.declares_access("read")
def file(module: str, slug: str, id: str, file: str) -> Response:
    """The bytes of a file that the record holds. Asking for a part (Range) gives that part."""
    entity = doors.entity_at(doors.site().catalog, {"module": module, "slug": slug})
    info, chunks = doors.site().read(
        doors.current_actor(), lambda view: open_file(view, entity.address, id, file), language=doors.language())
    answer = Response(chunks, content_type=info.media_type, direct_passthrough=True)
    kind = "inline" if info.media_type in SHOWN else "attachment"
    answer.headers.set("Content-Disposition", kind, filename=info.name)
    answer.headers["Cache-Control"] = "no-store"
    answer.content_length = info.size
    answer.make_conditional(request.environ, accept_ranges=True, complete_length=info.size)
    return answer


def take_in(entity: Entity) -> None:
    """Keep the files that came with the form, and put their ids among the values of the form.

    Each is stored in a transaction of its own, before the record: a form with a mistake comes back with its files
    still attached. What no record comes to hold is swept later. Raises what `upload` raises.
    """
    offered = set(request.form.get(typed.OFFERED, "").split())
    form = request.form.copy()
    for name in request.files:
        path = typed.path_of(name)
        key = path.split("[")[0].split(".")[0]
        if key not in offered:
            continue
        kept = []
        for part in request.files.getlist(name):
            if part.filename:
                address = typed.address_of(name)
                kept.append(_keep(entity, address, part))
        if kept:
            form.setlist(name, [*form.getlist(name), *(str(info.id) for info in kept)])
    g.typed = form


def _keep(entity: Entity, address: str, part: Any) -> Any:
    def work(uow: Any) -> Any:
        part.stream.seek(0)  # a transaction may start again
        return upload(uow, entity.address, address, part.stream, part.filename)

    return doors.site().write(doors.current_actor(), work, language=doors.language(), request_id=doors.request_id())
