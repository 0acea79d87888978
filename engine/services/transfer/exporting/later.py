"""A long export as a job: what was asked is kept as plain values, and read with the rights that the person has then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from engine.errors import NotFound
from engine.language import N_
from engine.model.text import Text
from engine.services import jobs
from engine.services.registries import Query
from engine.services.transfer.exporting import export, exporter

KIND = "transfer.export"
MANY = 20_000
"""Records above which nobody waits in front of the page."""


def defer_export(uow: Any, address: str, query: Query, form: str, *, paths: Sequence[str] | None,
                 registry: str = "", view: str | None = None) -> UUID:
    """The id of the job that writes the file. The texts among the query's conditions are kept with it; compiled rules
    are those of the registry `registry` and its `view`, and are taken from the Catalog when the job runs."""
    wheres = query.where if isinstance(query.where, tuple) else (query.where,)
    entity = uow.catalog.entity(address)
    return jobs.defer(uow, KIND, {
        "entity": address, "format": form, "paths": None if paths is None else list(paths), "registry": registry,
        "view": view, "filters": [[key, operator, [str(v) for v in values]] for key, operator, values in query.filters],
        "where": [w for w in wheres if isinstance(w, str) and w], "sort": list(query.sort), "search": query.search,
        "archived": query.archived,
    }, title=(N_("Export: %(name)s"), {"name": Text(entity.plural.kk, entity.plural.ru, entity.plural.en)}))


def perform(run: jobs.Run) -> Mapping[str, Any]:
    """The handler: the file is kept as the job's result. Done twice after a kill, it leaves one file."""
    asked = run.arguments
    query = Query(filters=[tuple(f) for f in asked["filters"]], where=(*_layout_rules(run, asked), *asked["where"]),
                  sort=tuple(asked["sort"]), search=asked["search"], archived=asked["archived"])
    made: list[Any] = []

    def write(out: Any) -> None:
        made.append(export(run.site, run.actor, asked["entity"], query, asked["format"], out, paths=asked["paths"],
                           language=run.language, request_id=f"job {run.id}", progress=run.progress))

    form = exporter(asked["format"])
    title = run.site.catalog.entity(asked["entity"]).plural.in_(run.language)
    run.keep_file(f"{title}.{form.extension}", form.media_type, write)
    return {"lines": made[0].lines}


def _layout_rules(run: jobs.Run, asked: Mapping[str, Any]) -> list[Any]:
    """The conditions of the list itself. NotFound when it is gone: without them the file would hold more."""
    layouts = run.site.catalog.registries.get(asked["entity"], ())
    layout = next((r for r in layouts if r.key == asked["registry"]), None)
    view = layout.views.get(asked["view"]) if layout is not None and asked["view"] else None
    if layout is None or (asked["view"] and view is None):
        raise NotFound()
    rule = view.where if view is not None and view.where is not None else layout.where
    return [] if rule is None else [rule]
