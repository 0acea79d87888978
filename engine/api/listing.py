"""A page of a registry as JSON, with linked records in place of their ids where `expand` asks."""

from __future__ import annotations

from typing import Any

from engine.api.answers import visible_paths
from engine.api.parameters import LARGEST, Listing
from engine.errors import BadRequest, Problem
from engine.language import N_
from engine.model import Entity
from engine.services.access import readable
from engine.services.encoding import encode_records
from engine.services.registries import Query, listing

UNKNOWN = N_("There is no field %(name)s that you may see")


def page_json(view: Any, entity: Entity, asked: Listing) -> dict[str, Any]:
    """`{"data": [...], "next": ..., "count"?}`. Each link in `expand` costs one statement more."""
    targets = {name: _target(view, entity, name) for name in asked.expand}
    page = listing(view, entity.address, asked.query)
    paths = asked.query.fields or visible_paths(entity, readable(view.catalog, view.actor, entity) | {"id", "version"})
    data = encode_records(view.catalog, entity, paths, page.records, shown=asked.query.shown)
    for name, target in targets.items():
        _expand(view, data, name, target)
    answer: dict[str, Any] = {"data": data, "next": page.next}
    if page.count is not None:
        answer["count"] = page.count
    return answer


def _target(view: Any, entity: Entity, name: str) -> Entity:
    """The one entity that the link leads to. An unknown, a hidden and a useless name get the same answer."""
    field = entity.fields.get(name)
    if field is not None and not field.is_many and name in readable(view.catalog, view.actor, entity):
        targets = field.kind.targets(field)
        if len(targets) == 1:
            return view.catalog.entity(targets[0])
    raise BadRequest([Problem("field.unknown", UNKNOWN, "expand", {"name": name[:100]})])


def _expand(view: Any, data: list[dict[str, Any]], name: str, target: Entity) -> None:
    """Put linked records in place of their ids; the id alone stays where the actor may not see the record."""
    ids = sorted({row[name] for row in data if row.get(name)})
    seen = readable(view.catalog, view.actor, target)
    if not ids or not seen:
        return
    paths = tuple(f.key for f in target.fields.values()
                  if f.key in seen | {"id", "version"} and not f.is_many and not f.kind.secret and not f.kind.virtual)
    page = listing(view, target.address, Query(
        fields=paths, filters=[("id", "in", ids)], where=None, sort=(), search="", after=None, before=None,
        limit=LARGEST, count=False, archived=None, shown=False, view=None))
    found = {row["id"]: row for row in encode_records(view.catalog, target, paths, page.records)}
    for row in data:
        row[name] = found.get(row.get(name), row.get(name))
