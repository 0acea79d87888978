"""A page of a registry as JSON, with what its links lead to: `expand=payer`, `fields=payer.bin`.

What lies behind a link is read by the registry of the linked entity, so the rights there are judged by the same door:
one statement a link (two when some of the linked records are archived), whatever the page holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from engine.api.parameters import LARGEST, Listing
from engine.api.summing import groups_json, pairs, totals_json
from engine.model import Entity
from engine.services.access import readable
from engine.services.encoding import encode_records
from engine.services.registries import Query, listing
from engine.services.registries.columns import no_field


@dataclass(frozen=True)
class Behind:
    """What is wanted behind one link."""

    link: str
    target: Entity
    keys: tuple[str, ...]
    """Fields of the linked record that stand beside the link as `link.key`."""
    whole: bool
    """The linked record stands in place of its id."""


def page_json(view: Any, entity: Entity, asked: Listing) -> dict[str, Any]:
    """`{"data": [...], "next": ..., "count"?, "totals"?}`, or groups.

    Raises BadRequest, in the same words for what is hidden.
    """
    if asked.groups:
        return groups_json(view, entity, asked.query, asked.groups)
    named = asked.query.fields
    behind = [_behind(view, entity, link, named or (), asked.expand) for link in _links(named or (), asked.expand)]
    own = _own_fields(view, entity, named)
    many = any(entity.fields[key].is_many for key in own if key in entity.fields)
    read = None if named is None else tuple(dict.fromkeys([*own, *(b.link for b in behind)]))
    page = listing(view, entity.address, replace(asked.query, fields=read, rows=many))
    data = encode_records(view.catalog, entity, own, page.records, shown=asked.query.shown)
    for one in behind:
        _fill(view, entity, one, page.records, data)
    answer: dict[str, Any] = {"data": data, "next": page.next}
    if page.count is not None:
        answer["count"] = page.count
    if asked.query.totals:
        answer["totals"] = totals_json(entity.fields, page.totals, dict(pairs(asked.query.totals)))
    return answer


def _own_fields(view: Any, entity: Entity, named: Iterable[str] | None) -> tuple[str, ...]:
    """The entity's own fields of the answer. Rows are answered where they are named: they cost a statement."""
    if named is not None:
        return tuple(dict.fromkeys(["id", "version", *(_known(view, entity, n) for n in named if "." not in n)]))
    seen = readable(view.catalog, view.actor, entity) | {"id", "version"}
    return tuple(f.key for f in entity.fields.values()
                 if f.key in seen and not f.is_many and not f.kind.secret and (not f.kind.virtual or f.is_computed))


def _known(view: Any, entity: Entity, name: str) -> str:
    field = entity.fields.get(name)
    seen = readable(view.catalog, view.actor, entity) | {"id", "version"}
    if field is None or name not in seen or field.kind.secret or (field.kind.virtual and not field.is_computed):
        raise no_field(name)
    return name


def _links(named: Iterable[str], expand: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*(n.partition(".")[0] for n in named if "." in n), *expand]))


def _behind(view: Any, entity: Entity, link: str, named: Iterable[str], expand: Iterable[str]) -> Behind:
    """What is wanted behind `link`. BadRequest when it is no link to one entity or leads to what is not shown."""
    paths = [n for n in named if n.startswith(f"{link}.")]
    wrong = no_field(paths[0] if paths else link, "fields" if paths else "expand")
    field = entity.fields.get(link)
    if field is None or field.is_many or link not in readable(view.catalog, view.actor, entity):
        raise wrong
    targets = field.kind.targets(field)
    if len(targets) != 1 or targets[0] not in view.catalog.entities:
        raise wrong
    target = view.catalog.entity(targets[0])
    seen = readable(view.catalog, view.actor, target)
    keys = tuple(path.partition(".")[2] for path in paths)
    for path, key in zip(paths, keys, strict=True):
        inner = target.fields.get(key)
        if inner is None or key not in seen or inner.is_many or inner.kind.secret:
            raise no_field(path)
    return Behind(link, target, keys, link in expand)


def _fill(view: Any, entity: Entity, one: Behind, records: list[dict[str, Any]], data: list[dict[str, Any]]) -> None:
    """Put in what stands behind a link. Where the actor may not see the linked record only its id stays."""
    ids = sorted({str(r[one.link]) for r in records if r.get(one.link) is not None})
    found: dict[str, dict[str, Any]] = {}
    if ids and readable(view.catalog, view.actor, one.target):
        for archived in (False, True):
            missing = [i for i in ids if i not in found]
            if missing:
                found.update(_linked(view, one, missing, archived))
    for record, row in zip(records, data, strict=True):
        linked = found.get(str(record.get(one.link)))
        for key in one.keys:
            row[f"{one.link}.{key}"] = linked[key] if linked else None
        if one.whole and linked:
            row[one.link] = linked


def _linked(view: Any, one: Behind, ids: list[str], archived: bool) -> dict[str, dict[str, Any]]:
    keys = _own_fields(view, one.target, None if one.whole else one.keys)
    page = listing(view, one.target.address, Query(
        fields=keys, filters=[("id", "in", ids)], limit=LARGEST, archived=archived, shown=False))
    return {row["id"]: row for row in encode_records(view.catalog, one.target, keys, page.records)}
