"""The frame of every API view: the blueprint, who may come in, one read and one write through the services.

Who asks is said by a bearer key alone; cookies mean nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from engine import doors
from engine.api.answers import bytes_response, json_response, record_json
from engine.api.bodies import idempotency_key, request_digest
from engine.api.errors import language_asked
from engine.api.parameters import refuse_unknown
from engine.errors import NotFound, NotSignedIn, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.repeats import Answer, once

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
ENTITY = "/<module>/<slug>"
RECORD = f"{ENTITY}/<id>"


@blueprint.before_request
def keys_only() -> None:
    """Refuse whoever comes with a cookie instead of a key: a page of another site could have sent it.

    And a parameter that the address does not know.
    """
    if doors.bearer() is None:
        raise NotSignedIn([Problem("actor.key", N_("Send your key: Authorization: Bearer qk_…"))])
    refuse_unknown(request.endpoint or "", request.args)


def entity_here(module: str, slug: str) -> Entity:
    """The entity that the address names. NotFound for a name that the Catalog does not know."""
    return doors.entity_at(doors.site().catalog, {"module": module, "slug": slug})


def read(work: Callable[[Any], Any]) -> Any:
    """What `work` finds in one view of the data."""
    return doors.site().read(doors.current_actor(), work, language=language_asked(), request_id=doors.request_id())


def write(work: Callable[[Any], Answer]) -> Response:
    """Do `work` in one transaction; with an Idempotency-Key, once however often it is asked."""
    key = idempotency_key()
    digest = request_digest() if key else ""

    def keyed(uow: Any) -> Answer:
        return once(uow, key, digest, lambda: work(uow)) if key else work(uow)

    answer = doors.site().write(doors.current_actor(), keyed, language=language_asked(), request_id=doors.request_id())
    response = bytes_response(answer.body, answer.status)
    if answer.location:
        response.headers["Location"] = answer.location
    if answer.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def record_answer(record: Any) -> Response:
    """One record; its version is also the ETag, for If-Match."""
    if record is None:
        raise NotFound()
    return json_response(record_json(record, doors.site().catalog), ETag=f'"{record.version}"')


def method_refused(*valid: str) -> MethodNotAllowed:
    """For an address whose methods depend on the kind of entity."""
    return MethodNotAllowed(valid_methods=valid)
