"""Files on the way in and out. They are reached only through the record that holds them."""

from __future__ import annotations

from itertools import chain
from typing import Any

from flask import Response, g, request

from engine import doors
from engine.errors import NotAllowed, NotFound, Refusal
from engine.language import N_
from engine.model import Entity
from engine.services import records
from engine.services.attachments import open_file, open_small, take_file
from engine.web import pages, typed
from engine.web.asking import ask, do, entity_here, version_sent
from engine.web.files import shows
from engine.web.record_page import card_page
from engine.web.routes import blueprint

ADDED = N_("The file is added")
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
"""What a file shown in a frame may do: nothing. A text stands in a sandbox besides; the viewers of PDF in browsers
are programs of their own and refuse to work in one."""
SAMPLE = 4096


@blueprint.get("/<module>/<slug>/<id>/files/<file>")
@doors.declares_access("read")
def file(module: str, slug: str, id: str, file: str) -> Response:
    """The bytes of a file that the record holds; asking for a part (Range) gives that part.

    A download, or with `show=1` what a page may show; with `size=96`, 320 or 1280 a small copy of a picture.
    """
    entity = entity_here(module, slug)
    size = request.args.get("size", "")
    if size:
        made = open_small(doors.site(), doors.current_actor(), entity.address, id, file, _size(size),
                          doors.request_id())
        answer = Response(made, content_type="image/webp")
        answer.headers["Cache-Control"] = "no-store"
        return answer
    info, chunks = ask(lambda view: open_file(view, entity.address, id, file))
    how = shows(info.media_type)
    inline = how == "picture" or (bool(how) and request.args.get("show") == "1")
    kind = info.media_type
    if inline and how == "text":
        first = next(chunks, b"")
        chunks, kind = chain([first], chunks), f"text/plain; charset={_charset(first)}"
    answer = Response(chunks, content_type=kind, direct_passthrough=True)
    answer.headers.set("Content-Disposition", "inline" if inline else "attachment", **doors.file_names(info.name))
    answer.headers["Cache-Control"] = "no-store"
    if inline and how != "picture":
        answer.headers["Content-Security-Policy"] = ALONE if how == "document" else f"sandbox; {ALONE}"
    answer.content_length = info.size
    answer.make_conditional(request.environ, accept_ranges=True, complete_length=info.size)
    return answer


def _size(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise NotFound()
    return int(text)


def _charset(sample: bytes) -> str:
    """UTF-8, or what Windows wrote here for decades; a letter cut at the end of the sample is no sign against UTF-8."""
    try:
        sample[:SAMPLE].decode()
    except UnicodeDecodeError as error:
        if error.start < min(len(sample), SAMPLE) - 4:
            return "windows-1251"
    return "utf-8"


@blueprint.post("/<module>/<slug>/<id>/files")
@doors.declares_access("edit")
def add_files(module: str, slug: str, id: str) -> Response:
    """Put files into one field of the record without opening its form."""
    entity, key = entity_here(module, slug), request.form.get("field", "")
    f = entity.fields.get(key)
    rule = f.kind.upload(f) if f is not None else None
    if f is None or rule is None:
        raise NotFound()

    def work(uow: Any) -> Any:
        held = records.read(uow, entity.address, id).values.get(key)
        value = [*(str(one) for one in held or ()), *kept] if rule.many else kept[-1]
        return records.edit(uow, entity.address, id, {key: value}, version_sent())

    try:
        kept = [str(_keep(entity, key, part).id) for part in request.files.getlist(key) if part.filename]
        if kept:
            do(work)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        why = refusal  # the card again, saying at its top why the file was not taken
        return ask(lambda view: card_page(view, entity, id, status=why.status, refusal=why))
    if kept:
        pages.notice("done", pages.said(ADDED))
    return pages.see_other(f"{entity.url}/{id}")


def take_in(entity: Entity) -> None:
    """Keep the files that came with the form, and put their ids among the values of the form.

    Each is stored in a transaction of its own, before the record: a form with a mistake comes back with its files
    still attached. What no record comes to hold is swept later. Raises what `take_file` raises.
    """
    offered = set(request.form.get(typed.OFFERED, "").split())
    form = request.form.copy()
    g.typed = form  # files that were kept before one is refused stay
    for name in request.files:
        path = typed.path_of(name)
        key = path.split("[")[0].split(".")[0]
        if key not in offered:
            continue
        for part in request.files.getlist(name):
            if part.filename:
                info = _keep(entity, typed.address_of(name), part)
                form.setlist(name, [*form.getlist(name), str(info.id)])


def _keep(entity: Entity, address: str, part: Any) -> Any:
    return take_file(doors.site(), doors.current_actor(), entity.address, address, part.stream, part.filename,
                     language=doors.language(), request_id=doors.request_id())
