"""What the API says about itself: its description, and who holds the key."""

from __future__ import annotations

from flask import Response

from engine import doors
from engine.api import openapi
from engine.api.answers import bytes_response, json_response
from engine.api.door import blueprint
from engine.api.errors import language_asked


@blueprint.get("/openapi.json")
@doors.declares_access(doors.SIGNED_IN)
def description() -> Response:
    """The OpenAPI of what this actor may do."""
    return bytes_response(openapi.openapi_bytes(doors.site().catalog, doors.current_actor(), language_asked()))


@blueprint.get("/me")
@doors.declares_access(doors.SIGNED_IN)
def me() -> Response:
    """Who holds the key, and the verbs they hold on each entity."""
    actor, catalog = doors.current_actor(), doors.site().catalog
    may = {e.address: openapi.verbs_of(catalog, actor, e) for e in catalog.entities.values()}
    return json_response({
        "id": actor.user_id, "login": actor.login, "name": actor.name, "roles": sorted(actor.roles),
        "language": actor.language or None, "organisation": actor.organisation_id, "person": actor.person_id,
        "entities": {address: verbs for address, verbs in may.items() if verbs},
    })
