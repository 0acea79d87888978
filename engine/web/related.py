"""Records that point to the one on the page: a short list of each, through the door of lists and with its rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from engine.language import N_
from engine.language.formats import number_formatter
from engine.model import Entity, Field, Form, Related
from engine.services.access import can, readable, writable
from engine.services.registries import Query, listing
from engine.web import pages
from engine.web.filters import field_at
from engine.web.record_about import STATE_TONES

COLUMNS = 4
"""Columns of a list for which nobody chose them."""
COUNTED = 1_000
NAMELESS = N_("no number yet")


@dataclass(frozen=True)
class RelatedList:
    key: str
    title: str
    heads: list[SimpleNamespace]
    rows: list[SimpleNamespace]
    count: str
    all_url: str
    """The whole list, filtered; empty when everything is shown already."""
    new_url: str
    """A new one that points here; empty for who may not make it."""


def related_list(view: Any, id: Any, related: Related, usual_title: str = "") -> RelatedList | None:
    """The list for the record `id`; None where the actor may read neither those records nor their link to it."""
    entity = view.catalog.entities.get(related.entity)
    if entity is None or not can(view.catalog, view.actor, entity, "read"):
        return None
    seen = readable(view.catalog, view.actor, entity)
    if related.field not in seen:
        return None
    paths = _paths(view, entity, related, seen)
    here = [f"{address}:{id}" for address in _several(entity, related)] or [str(id)]
    needs = ("state",) if entity.is_document and "state" in seen else ()
    page = listing(view, entity.address, Query(
        fields=tuple(dict.fromkeys((*paths, *needs))), filters=[(related.field, "is", here[:1])],
        where=related.where, sort=tuple(s for s in related.sort if s.lstrip("-").split(".")[0] in seen),
        limit=related.limit, count=True, bound=COUNTED))
    fields = [(path, field_at(view, entity, path)) for path in paths]
    count = page.count or 0
    query = urlencode([(f"{related.field}.is", here[0])])
    can_add = can(view.catalog, view.actor, entity, "create") \
        and related.field in writable(view.catalog, view.actor, entity, "create")
    return RelatedList(
        key=related.key,
        title=related.title.in_(view.language) if related.title else usual_title
        or pages.list_title(view.catalog, view.actor, entity).in_(view.language),
        heads=[SimpleNamespace(title=f.title.in_(view.language), align=f.kind.align) for _, f in fields],
        rows=list(_rows(view, entity, fields, page.records)),
        count=f"{number_formatter(view.language)(count)}{'+' if page.more else ''}" if count else "",
        all_url=f"{entity.url}?{query}" if count > len(page.records) else "",
        new_url=f"{entity.url}/new?{urlencode({related.field: here[0]})}" if can_add else "",
    )


def _several(entity: Entity, related: Related) -> tuple[str, ...]:
    """The entity's name in the value of a link that may lead to several entities."""
    f = entity.fields[related.field]
    targets = f.kind.targets(f)
    return targets if len(targets) > 1 else ()


def _paths(view: Any, entity: Entity, related: Related, seen: frozenset[str]) -> list[str]:
    """The columns: those that were chosen, else the first of the usual list; never the way back."""
    wanted = related.columns or pages.registry_for(view.catalog, view.actor, entity).columns
    paths = [p for p in wanted if p.split(".")[0] in seen and p != related.field]
    paths = [p for p in paths if not field_at(view, entity, p).is_many]
    return paths if related.columns else paths[:COLUMNS]


def _rows(view: Any, entity: Entity, fields: list[tuple[str, Field]], records: list[dict[str, Any]],
          ) -> Iterator[SimpleNamespace]:
    texts = [(p, f, (f if f.key == p else replace(f, key=p)).kind.formatter(
        f if f.key == p else replace(f, key=p), view.language, view.names)) for p, f in fields]
    for record in records:
        cells = [SimpleNamespace(text=text(record), align=f.kind.align, title=f.title.in_(view.language),
                                 tone=_tone(entity, path, record)) for path, f, text in texts]
        if cells and not cells[0].text:
            cells[0].text = pages.said(NAMELESS) if entity.is_document else "…"
        yield SimpleNamespace(url=f"{entity.url}/{record['id']}", cells=cells)


def _tone(entity: Entity, path: str, record: Mapping[str, Any]) -> str:
    return STATE_TONES.get(record.get(path) or "", "info") if entity.is_document and path == "state" else ""


def of_field(f: Field) -> Related | None:
    """The list that a field of the entity stands for, or None."""
    back = f.kind.points_back(f)
    return Related(back[0], back[1], f.title, limit=10) if back else None


def beside(entity: Entity, form: Form, seen: frozenset[str]) -> Iterator[Related]:
    """The lists of the panel: those that the form declares, then fields of the entity that stand nowhere on it."""
    told = set(form.related)
    yield from form.related.values()
    for f in entity.fields.values():
        back = of_field(f)
        if back is not None and f.key in seen and f.key not in form.fields and back.key not in told:
            yield back
