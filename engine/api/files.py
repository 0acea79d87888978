"""Files over the API: uploaded into a field, read back only through the record that holds them."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from engine import doors
from engine.api.answers import json_response
from engine.api.bodies import id_of
from engine.api.door import ENTITY, RECORD, blueprint, entity_here, read
from engine.api.errors import language_asked
from engine.errors import Invalid, NotAllowed, Problem, TooLarge
from engine.language import N_
from engine.services.access import can
from engine.services.attachments import open_file, take_file

NAME = "file"
CHUNK, IN_MEMORY = 64 * 1024, 1024 * 1024


@blueprint.post(f"{ENTITY}/files/<field>")
@doors.declares_access("read")
def send_file(module: str, slug: str, field: str) -> Response:
    """Take a file for `field`: the part `file` of a multipart body, or the raw body with `?name=`."""
    entity = entity_here(module, slug)
    actor, site = doors.current_actor(), doors.site()
    if not any(can(site.catalog, actor, entity, verb) for verb in ("create", "edit")):
        raise NotAllowed()
    stream, name = _sent(site.settings.file_limit)
    with stream:
        stream.seek(0)
        info = take_file(site, actor, entity.address, field, stream, name, language=language_asked(),
                         request_id=doors.request_id())
    return json_response(file_json(info), 201)


def _sent(limit: int) -> tuple[Any, str]:
    """The whole file and its name. It has arrived before a transaction begins: a slow line must not hold a lock."""
    if request.mimetype == "multipart/form-data":
        part = request.files.get(NAME)
        if part is None:
            raise Invalid([Problem("field.required", N_("Send the file as the part “file”"), NAME)])
        return part.stream, part.filename or NAME
    if request.mimetype in ("", "application/json", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType()
    return _whole(request.stream, limit), request.args.get("name", "")[:255] or NAME


def _whole(stream: Any, limit: int) -> Any:
    """`stream` in memory or, above a megabyte, in a temporary file. TooLarge beyond `limit` bytes."""
    kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the last reference to it
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            kept.close()
            raise TooLarge([Problem("file.too-large", N_("The file is larger than %(bytes)s bytes"), NAME,
                                    {"bytes": limit})])
        kept.write(chunk)
    return kept


@blueprint.get(f"{RECORD}/files/<file>")
@doors.declares_access("read")
def get_file(module: str, slug: str, id: str, file: str) -> Response:
    """The bytes of a file, or the part that `Range` asks for. Always a download: it never runs in a page."""
    entity, record, wanted = entity_here(module, slug), id_of(id), id_of(file)
    info, chunks = read(lambda view: open_file(view, entity.address, record, wanted))
    answer = Response(chunks, content_type=info.media_type, direct_passthrough=True)
    answer.headers.set("Content-Disposition", "attachment", **doors.file_names(info.name))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.content_length = info.size
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=info.size)
    except HTTPException:
        answer.close()
        raise
    return answer


def file_json(info: Any) -> dict[str, Any]:
    return {"id": str(info.id), "name": info.name, "size": info.size, "media_type": info.media_type}
