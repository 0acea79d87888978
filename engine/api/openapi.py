"""The OpenAPI 3.1 description of the API for one actor: only what this actor may see, send and do stands in it.

Built from the Catalog by apispec and kept for each (Catalog, roles, language). Not the place of behaviour: what
stands here is promised, and `tests/api/test_schemathesis.py` holds the routes to it.
"""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from engine.api import grids, schemas
from engine.api.answers import LIFE, verbs_of_record
from engine.api.bodies import RECORDS
from engine.api.parameters import LARGEST, LIMIT, LONGEST, OWN
from engine.model import Catalog, Entity
from engine.model.grid import Grid
from engine.services.access import can, readable, visible_entities, writable
from engine.services.actor import Actor
from engine.services.encoding import dumps
from engine.services.grids import offered

VERSION = "1"
SAYS = {
    "archive": "Put a record away", "restore": "Bring an archived record back", "post": "Post a document",
    "reverse": "Answer a posted document by its reversal", "annul": "Annul a draft, keeping its number",
}
WRITING = ("400", "401", "403", "404", "409", "413", "415", "422", "429")
READING = ("400", "401", "403", "404", "429")


def openapi_bytes(catalog: Catalog, actor: Actor, language: str) -> bytes:
    """The description as JSON; the same bytes for all actors with the same roles.

    For a key of chosen entities it is made anew: there may be as many choices as keys.
    """
    if actor.entities is not None:
        return dumps(_spec(catalog, actor, language).to_dict())
    return catalog.derived(("openapi", actor.is_system, actor.roles, actor.read_only, language),
                           lambda: dumps(_spec(catalog, actor, language).to_dict()))


def verbs_of(catalog: Catalog, actor: Actor, entity: Entity) -> list[str]:
    """The verbs of the API that the actor holds on the entity and that the entity's kind has."""
    read, *others = verbs_of_record(entity)
    known = [read, *others] if entity.kind == "settings" else [read, "create", *others]
    return [v for v in known if can(catalog, actor, entity, v) and (entity.history or v != "history")]


def _spec(catalog: Catalog, actor: Actor, language: str) -> APISpec:
    spec = APISpec(title="Qurastyr", version=VERSION, openapi_version="3.1.0", info={
        "description": "Records of the school. Every error is application/problem+json."})
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    spec.options["security"] = [{"key": []}]
    for name, schema in (("Problem", schemas.PROBLEM), ("File", schemas.FILE), ("History", schemas.HISTORY),
                         ("Me", schemas.ME), ("Job", schemas.JOB)):
        spec.components.schema(name, schema)
    spec.path("/api/v1/me", operations={"get": {
        "operationId": "me", "summary": "Who I am and what I may do", "responses": _answers(_json("Me"), READING)}})
    _jobs(spec)
    for entity in visible_entities(catalog, actor):
        _entity(spec, catalog, actor, entity, language)
    return spec


def _jobs(spec: APISpec) -> None:
    """Work in the background: the same for everybody, each sees their own."""
    states = {"type": "string", "enum": ["waiting", "running", "done", "failed", "cancelled", "unfinished"]}
    page = {"description": "A page", "content": {"application/json": {"schema": {
        "type": "object", "required": ["data", "next"], "additionalProperties": False, "properties": {
            "data": {"type": "array", "items": _ref("Job")}, "next": {**schemas.UUID, "type": ["string", "null"]}}}}}}
    spec.path("/api/v1/jobs", operations={"get": {
        "tags": ["jobs"], "operationId": "jobs", "summary": "My work in the background, newest first",
        "parameters": [_query("state", states), _query("after", schemas.UUID, "`next` of the page before"),
                       _query("limit", _LIMIT)],
        "responses": _answers(page, READING)}})
    spec.path("/api/v1/jobs/{id}", parameters=[_ID], operations={"get": {
        "tags": ["jobs"], "operationId": "job", "summary": "How far it is, and what came of it",
        "responses": _answers(_json("Job"), READING)}})
    spec.path("/api/v1/jobs/{id}/file", parameters=[_ID], operations={"get": {
        "tags": ["jobs"], "operationId": "jobFile", "summary": "Download the file that it left",
        "responses": _answers({"content": {"*/*": {}}, "description": "The file"}, READING)}})
    for verb, says in (("cancel", "Stop it"), ("retry", "Let a failed or stopped one begin anew")):
        spec.path(f"/api/v1/jobs/{{id}}/{verb}", parameters=[_ID], operations={"post": {
            "tags": ["jobs"], "operationId": f"{verb}Job", "summary": says,
            "responses": _answers(_json("Job"), WRITING)}})


def _entity(spec: APISpec, catalog: Catalog, actor: Actor, entity: Entity, language: str) -> None:
    name, verbs = schemas.component_name(entity), verbs_of(catalog, actor, entity)
    seen = readable(catalog, actor, entity)
    spec.tag({"name": entity.address, "description": entity.plural.in_(language)})
    read = schemas.read_schema(entity, seen, language)
    spec.components.schema(name, read)
    if "edit" in verbs:
        fields = writable(catalog, actor, entity, "edit")
        spec.components.schema(f"{name}Edit", schemas.write_schema(entity, fields, language, version=True))
    at = f"/api/v1/{entity.module}/{entity.slug}"
    if entity.kind == "settings":
        spec.path(at, operations=_tagged(entity, _settings(name, verbs)))
        return
    spec.components.schema(f"{name}Row", schemas.row_schema(entity, read))
    spec.components.schema(f"{name}Filter", schemas.filter_schema(entity, seen, OWN))
    operations = {"get": _list(name, entity)}
    if "create" in verbs:
        fields = writable(catalog, actor, entity, "create")
        spec.components.schema(f"{name}Create", schemas.write_schema(entity, fields, language))
        operations["post"] = _create(name, entity, verbs)
    spec.path(at, operations=_tagged(entity, operations))
    one: dict[str, Any] = {"get": {"operationId": f"read{name}", "summary": "Read one",
                                   "responses": _answers(_record(name), READING)}}
    if "edit" in verbs:
        one["patch"] = _edit(name)
    spec.path(f"{at}/{{id}}", operations=_tagged(entity, one), parameters=[_ID])
    for verb in verbs:
        if verb in LIFE:
            spec.path(f"{at}/{{id}}/{verb}", parameters=[_ID], operations=_tagged(entity, {"post": _life(name, verb)}))
    if "copy" in verbs:
        spec.path(f"{at}/{{id}}/copy", parameters=[_ID], operations=_tagged(entity, {"post": {
            "operationId": f"copy{name}", "summary": "Make a new record from this one",
            "responses": _answers(_record(name), WRITING, "201"), "parameters": [_REPEAT]}}))
    if "history" in verbs:
        spec.path(f"{at}/{{id}}/history", parameters=[_ID], operations=_tagged(entity, {"get": {
            "operationId": f"history{name}", "summary": "Who changed what, newest first",
            "parameters": [_query("limit", _LIMIT), _query("after", schemas.UUID, "`next` of the page before")],
            "responses": _answers(_json("History"), READING)}}))
    _files(spec, entity, name, verbs, seen, at)
    for grid in offered(catalog, actor, entity):
        _grid(spec, entity, name, grid, at, language)


def _grid(spec: APISpec, entity: Entity, name: str, grid: Grid, at: str, language: str) -> None:
    """An entry grid: read as a whole, written by cells."""
    parameters = [_query(key, {"type": "string", "maxLength": LONGEST}, one.field.title.in_(language))
                  for key, one in grid.parameters.items()]
    whole = {"description": "The grid", "content": {"application/json": {"schema": grids.WHOLE}}}
    entered = {"description": "What came of each cell", "content": {"application/json": {"schema": grids.ENTERED}}}
    own = f"{name}{grid.key.title().replace('_', '')}"
    spec.path(f"{at}/grids/{grid.slug}", parameters=parameters, operations=_tagged(entity, {
        "get": {"operationId": f"readGrid{own}", "summary": grid.title.in_(language),
                "responses": _answers(whole, READING)},
        "patch": {"operationId": f"enterGrid{own}", "summary": "Write cells, each judged on its own",
                  "requestBody": _body(grids.BODY), "responses": _answers(entered, WRITING)},
    }))


def _files(spec: APISpec, entity: Entity, name: str, verbs: list[str], seen: frozenset[str], at: str) -> None:
    paths = file_paths(entity, seen)
    if not paths:
        return
    spec.path(f"{at}/{{id}}/files/{{file}}", operations=_tagged(entity, {"get": {
        "operationId": f"file{name}", "summary": "Download a file of a record (ranges are answered)",
        "parameters": [_ID, {**_ID, "name": "file"}],
        "responses": {**_answers({"content": {"*/*": {}}, "description": "The file"}, (*READING, "416")),
                      "206": {"description": "A part of the file", "content": {"*/*": {}}}}}}))
    if "create" in verbs or "edit" in verbs:
        spec.path(f"{at}/files/{{field}}", operations=_tagged(entity, {"post": {
            "operationId": f"upload{name}", "summary": "Upload a file; its id is then sent as the value of the field",
            "parameters": [{**_ID, "name": "field", "schema": {"type": "string", "enum": paths}},
                           _query("name", {"type": "string", "maxLength": 255})],
            "requestBody": {"required": True, "content": {
                "application/octet-stream": {},
                "multipart/form-data": {"schema": {
                    "type": "object", "required": ["file"],
                    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}}}}}},
            "responses": _answers(_json("File"), WRITING, "201")}}))


def file_paths(entity: Entity, seen: frozenset[str]) -> list[str]:
    """Paths of the fields that hold files: `photo`, `items.scan`."""
    found = []
    for field in entity.fields.values():
        if field.key in seen and field.kind.upload(field):
            found.append(field.key)
        elif field.key in seen and field.is_many:
            found += [f"{field.key}.{f.key}" for f in field.fields.values() if f.kind.upload(f)]
    return found


# -- operations -------------------------------------------------------------------------------------------------------

_LIMIT = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": LIMIT}
_ID = {"in": "path", "name": "id", "required": True, "schema": schemas.UUID}
_REPEAT = {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "minLength": 1, "maxLength": 255,
                                                                   "pattern": r"^[!-~]+$"},
           "description": "The same key and request again gives the first answer again, for 24 hours."}


def _query(name: str, schema: dict[str, Any], says: str = "") -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": schema, **({"description": says} if says else {})}


_TOTALS = {"type": "object", "description": "Field -> figure; null where nothing is filled in"}
_GROUPS = {
    "type": "object", "required": ["groups", "more"], "additionalProperties": False, "properties": {
        "more": {"type": "boolean", "description": "There are more groups than are answered"},
        "groups": {"type": "array", "items": {
            "type": "object", "required": ["key", "count"], "additionalProperties": False, "properties": {
                "key": {"type": "object", "description": "What the group shares, by the fields asked for"},
                "count": {"type": "integer"}, "totals": _TOTALS}}}},
}


def _page(name: str) -> dict[str, Any]:
    return {
        "type": "object", "required": ["data", "next"], "additionalProperties": False,
        "properties": {"data": {"type": "array", "items": _ref(f"{name}Row")}, "next": {"type": ["string", "null"]},
                       "count": {"type": "integer"}, "totals": _TOTALS},
    }


def _list(name: str, entity: Entity) -> dict[str, Any]:
    text = {"type": "string", "maxLength": LONGEST}
    yes = {"type": "string", "enum": ["yes", "no"]}
    return {
        "operationId": f"list{name}", "summary": "A page of records",
        "parameters": [
            _query("where", text, "A rule: `total > 100000 and payer.kind == \"state\"`"),
            _query("sort", text, "Fields by commas, `-` before a descending one"),
            _query("fields", text, "Fields by commas; paths over links: `payer.bin`"),
            _query("expand", text, "Links to answer with the linked record"),
            _query("search", text), _query("after", text, "`next` of the page before"),
            _query("limit", _LIMIT),
            _query("count", yes, "Also count all that match"), _query("archived", yes, "Archived records instead"),
            _query("shown", yes, "Also the texts of links, as `@payer`"),
            _query("totals", text, "Fields to be summed up over all that match: `total,price:avg`"),
            _query("groups", text, "Groups instead of records, by up to three fields: `state,date:month`"),
            {"in": "query", "name": "filter", "style": "form", "explode": True, "schema": _ref(f"{name}Filter"),
             "description": "`field=value` or `field.operator=value`"},
        ],
        "responses": _answers({"description": "A page, or groups", "content": {"application/json": {"schema": {
            "anyOf": [_page(name), _GROUPS]}}}}, READING),
    }


def _create(name: str, entity: Entity, verbs: list[str]) -> dict[str, Any]:
    one = _ref(f"{name}Create")
    many = {"type": "object", "required": ["records"], "additionalProperties": False, "properties": {
        "records": {"type": "array", "minItems": 1, "maxItems": RECORDS, "items": one}}}
    answer = {"anyOf": [_ref(name), {"type": "object", "required": ["data"], "additionalProperties": False,
                                     "properties": {"data": {"type": "array", "items": _ref(name)}}}]}
    parameters = [_REPEAT]
    if "post" in verbs:
        parameters.append(_query("then", {"type": "string", "enum": ["post"]}, "Also post what was created"))
    return {
        "operationId": f"create{name}", "summary": f"Create one record, or up to {RECORDS} at once, all or none",
        "parameters": parameters, "requestBody": _body({"anyOf": [one, many]}),
        "responses": _answers({"description": "Created", "content": {"application/json": {"schema": answer}},
                               "headers": {"Location": {"schema": {"type": "string"}}}}, WRITING, "201"),
    }


def _edit(name: str) -> dict[str, Any]:
    return {"operationId": f"edit{name}", "summary": "Change the fields that are sent", "parameters": [_REPEAT],
            "requestBody": _body(_ref(f"{name}Edit")), "responses": _answers(_record(name), WRITING)}


def _life(name: str, verb: str) -> dict[str, Any]:
    body = {"type": "object", "required": ["version"], "additionalProperties": False,
            "properties": {"version": schemas.VERSION}}
    return {"operationId": f"{verb}{name}", "summary": SAYS[verb], "parameters": [_REPEAT],
            "requestBody": _body(body), "responses": _answers(_record(name), WRITING)}


def _settings(name: str, verbs: list[str]) -> dict[str, Any]:
    operations: dict[str, Any] = {"get": {"operationId": f"read{name}", "summary": "Read the settings",
                                          "responses": _answers(_record(name), READING)}}
    if "edit" in verbs:
        operations["patch"] = _edit(name)
    return operations


def _tagged(entity: Entity, operations: dict[str, Any]) -> dict[str, Any]:
    return {method: {"tags": [entity.address], **said} for method, said in operations.items()}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> dict[str, Any]:
    return {"description": name, "content": {"application/json": {"schema": _ref(name)}}}


def _record(name: str) -> dict[str, Any]:
    return {**_json(name), "headers": {"ETag": {"schema": {"type": "string"}}}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answers(good: dict[str, Any], bad: tuple[str, ...], status: str = "200") -> dict[str, Any]:
    problem = {"description": "Refused", "content": {"application/problem+json": {"schema": _ref("Problem")}}}
    return {status: good, **dict.fromkeys(bad, problem)}
