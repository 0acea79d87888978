"""Addresses of the API. Each view reads the request, calls one verb of the services, and answers JSON.

Entities are looked up in the Catalog at each request: nothing is registered per entity, so a publish needs no restart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from engine import doors
from engine.api import about, files, grids, jobs
from engine.api.answers import json_response, record_json
from engine.api.bodies import exact, id_of, json_object, several, version_of
from engine.api.door import ENTITY, RECORD, blueprint, entity_here, method_refused, record_answer
from engine.api.door import read as reading
from engine.api.door import write as writing
from engine.api.listing import page_json
from engine.api.parameters import limit_of, listing_of
from engine.errors import BadRequest, NotFound, Problem, Refusal
from engine.language import N_
from engine.model import Entity
from engine.services import records
from engine.services.access import can
from engine.services.encoding import dumps
from engine.services.repeats import Answer

__all__ = ["about", "blueprint", "files", "grids", "jobs"]

LIFE: dict[str, Callable[..., Any]] = {
    "archive": records.archive, "restore": records.restore, "post": records.post, "reverse": records.reverse,
    "annul": records.annul,
}


# -- reading ----------------------------------------------------------------------------------------------------------


@blueprint.get(ENTITY)
@doors.declares_access("read")
def listing(module: str, slug: str) -> Response:
    """A page of records; of a settings entity its one record."""
    entity = entity_here(module, slug)
    if entity.kind == "settings":
        return record_answer(reading(lambda view: records.read_settings(view, entity.address)))
    asked = listing_of(request.args)
    return json_response(reading(lambda view: page_json(view, entity, asked)))


@blueprint.get(RECORD)
@doors.declares_access("read")
def read(module: str, slug: str, id: str) -> Response:
    """One record with its rows; its version is also the ETag."""
    entity, wanted = entity_here(module, slug), id_of(id)
    return record_answer(reading(lambda view: records.read(view, entity.address, wanted, shown=records.LINKS)))


@blueprint.get(f"{RECORD}/history")
@doors.declares_access("history")
def history(module: str, slug: str, id: str) -> Response:
    """Who changed what, newest first; values as texts in the reader's language."""
    entity, wanted = entity_here(module, slug), id_of(id)
    limit = limit_of(request.args)
    entries = reading(lambda view: records.history(view, entity.address, wanted, limit, request.args.get("after")))
    return json_response({"next": entries[-1].id if len(entries) == limit else None, "data": [
        {
            "id": entry.id, "at": entry.at, "actor": entry.actor_name or None, "operation": entry.operation,
            "version": entry.version,
            "changes": [
                {"path": c.path, "title": c.title, "before": c.before, "after": c.after} for c in entry.changes],
        }
        for entry in entries
    ]})


# -- writing ----------------------------------------------------------------------------------------------------------


@blueprint.post(ENTITY)
@doors.declares_access("create")
def create(module: str, slug: str) -> Response:
    """Create one record, or all of `{"records": [...]}` or none of them."""
    entity = entity_here(module, slug)
    if entity.kind == "settings":
        raise method_refused("GET", "PATCH")
    body = json_object()
    then = _then(entity)
    many = several(body)
    raws = [exact(doors.site().catalog, entity, raw) for raw in (many if many is not None else [body])]

    def work(uow: Any) -> Answer:
        try:
            made = records.create_many(uow, entity.address, raws, then=then)
        except Refusal as refusal:
            if many is not None:
                refusal.problems = tuple(_among_records(p, len(raws)) for p in refusal.problems)
            raise
        shown = [record_json(record, uow.catalog) for record in made]
        if many is not None:
            return Answer(201, dumps({"data": shown}))
        return Answer(201, dumps(shown[0]), f"{request.path}/{made[0].id}")

    return writing(work)


def _among_records(problem: Problem, count: int) -> Problem:
    """The services say `[2].payer`; in the body that was sent it is `records[2].payer`."""
    path = f"[0].{problem.path}".rstrip(".") if count == 1 else problem.path
    return Problem(problem.code, problem.message, f"records{path}" if path.startswith("[") else path, problem.params,
                   problem.hint)


def _then(entity: Entity) -> str | None:
    then = request.args.get("then")
    if then is None:
        return None
    if then != "post" or not can(doors.site().catalog, doors.current_actor(), entity, "post"):
        raise BadRequest([Problem("parameter.then", N_("After creating one can only post"), "then")])
    return then


@blueprint.patch(RECORD)
@doors.declares_access("edit")
def edit(module: str, slug: str, id: str) -> Response:
    """Change the fields that are sent; what is not sent stays."""
    return _edit(entity_here(module, slug), id_of(id))


@blueprint.patch(ENTITY)
@doors.declares_access("edit")
def edit_settings(module: str, slug: str) -> Response:
    """Change the one record of a settings entity."""
    entity = entity_here(module, slug)
    if entity.kind != "settings":
        raise method_refused("GET", "POST")
    current = reading(lambda view: records.read_settings(view, entity.address))
    if current is None:
        raise NotFound()
    return _edit(entity, current.id)


def _edit(entity: Entity, wanted: Any) -> Response:
    body = json_object()
    version = version_of(body)
    changes = exact(doors.site().catalog, entity, body)

    def work(uow: Any) -> Answer:
        record = records.edit(uow, entity.address, wanted, changes, version)
        return Answer(200, dumps(record_json(record, uow.catalog)))

    return writing(work)


def _life(verb: str) -> Callable[..., Response]:
    @doors.declares_access(verb)
    def act(module: str, slug: str, id: str) -> Response:
        entity, wanted = entity_here(module, slug), id_of(id)
        body = json_object(required=False)
        version = version_of(body)
        _only(body)

        def work(uow: Any) -> Answer:
            record = LIFE[verb](uow, entity.address, wanted, version)
            return Answer(200, dumps(record_json(record, uow.catalog)))

        return writing(work)

    return act


for _verb in LIFE:
    blueprint.add_url_rule(f"{RECORD}/{_verb}", f"{_verb}_record", _life(_verb), methods=["POST"])


@blueprint.post(f"{RECORD}/copy")
@doors.declares_access("copy")
def copy(module: str, slug: str, id: str) -> Response:
    """A new record from this one."""
    entity, wanted = entity_here(module, slug), id_of(id)
    _only(json_object(required=False))

    def work(uow: Any) -> Answer:
        record = records.copy(uow, entity.address, wanted)
        location = request.path.removesuffix(f"{id}/copy") + str(record.id)
        return Answer(201, dumps(record_json(record, uow.catalog)), location)

    return writing(work)


def _only(body: dict[str, Any]) -> None:
    if body:
        raise BadRequest(
            Problem("field.unknown", N_("This is not expected here"), key[:100]) for key in list(body)[:20])
