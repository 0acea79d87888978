"""Following links: the linked records that a save must know, fetched by one statement for all links at once.

The statement is a UNION ALL with one branch a link, each with columns of its own; it also carries the revision,
so that a write re-reads it for nothing. A record that the actor may not see is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.column_types import Id
from engine.model import Catalog, Entity, Field
from engine.services.access.predicate import visible
from engine.services.validation.order import link_paths
from engine.storage.queries.source import EntitySource


class Lookups:
    """What is known of linked records. `follow` is what rules call."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, UUID], dict[str, Any]] = {}
        self.asked: set[tuple[str, UUID]] = set()

    def follow(self, address: str, id: UUID | None) -> Mapping[str, Any] | None:
        return self.known.get((address, id)) if id is not None else None

    def has(self, address: str, id: UUID) -> bool:
        return (address, id) in self.known


def links_in(entity: Entity, values: Mapping[str, Any]) -> Iterable[tuple[tuple[str, ...], Field, str, UUID]]:
    """Every link that `values` hold: its path of field keys, the field, the target's address and the id."""
    for f in entity.fields.values():
        value = values.get(f.key)
        if value is None:
            continue
        if not f.is_many:
            yield from _ends((f.key,), f, value)
            continue
        for row in value:
            if not isinstance(row, Mapping):
                for inner in f.fields.values():
                    yield from _ends((f.key, inner.key), inner, row)
                continue
            for inner in f.fields.values():
                if inner.is_many:
                    for nested in row.get(inner.key) or ():
                        for deep in inner.fields.values():
                            end = nested.get(deep.key) if isinstance(nested, Mapping) else nested
                            yield from _ends((f.key, inner.key, deep.key), deep, end)
                else:
                    yield from _ends((f.key, inner.key), inner, row.get(inner.key))


def _ends(path: tuple[str, ...], f: Field, value: Any) -> Iterable[tuple[tuple[str, ...], Field, str, UUID]]:
    targets = f.kind.targets(f)
    if not targets or value is None:
        return
    if isinstance(value, tuple):
        yield path, f, value[0], value[1]
    else:
        yield path, f, targets[0], value


def look_up(
    view, entity: Entity, records: Iterable[Mapping[str, Any]], lookups: Lookups, extra_rules: Iterable[Any] = ()
) -> None:
    """Fetch into `lookups` the records that the links of `records` lead to, with the fields that rules read."""
    paths = _paths(view.catalog, entity, tuple(extra_rules))
    wanted: dict[str, set[UUID]] = {}
    beyond: dict[str, set[tuple[str, ...]]] = {}
    for values in records:
        for path, f, address, id in links_in(entity, values):
            if (address, id) not in lookups.asked and isinstance(id, UUID):
                wanted.setdefault(address, set()).add(id)
            beyond.setdefault(address, set()).update(paths.get(path, ()))
            where = f.options.get("where")
            if hasattr(where, "paths"):
                beyond[address].update(where.row_paths)
    for _ in range(4):
        if not wanted:
            return
        _fetch(view, wanted, beyond, lookups)
        wanted, beyond = _next_hops(view.catalog, beyond, wanted, lookups)


def _paths(catalog: Catalog, entity: Entity, extra: tuple[Any, ...]):
    return catalog.derived(("link paths", entity.address, extra), lambda: link_paths(catalog, entity, extra))


def _fetch(view, wanted: Mapping[str, set[UUID]], beyond: Mapping[str, set[tuple[str, ...]]], lookups: Lookups) -> None:
    view.new_statement()
    catalog, branches, readers, position = view.catalog, [], {}, 2
    plans = []
    for address in sorted(wanted):
        target = catalog.entity(address)
        keys = sorted(
            {"archived_at"}
            | {
                p[0]
                for p in beyond.get(address, ())
                if p[0] in target.fields and not target.fields[p[0]].is_many and not target.fields[p[0]].kind.virtual
            }
        )
        source = EntitySource(view, target)
        columns = []
        for key in keys:
            columns.extend(source.columns(target.fields[key]))
        plans.append((address, target, keys, source, columns))
    width = [c for *_, columns in plans for c in columns]
    start = 0
    for address, target, keys, source, columns in plans:
        padded = [
            c.label(f"c{i}") if start <= i < start + len(columns) else sa.cast(sa.null(), c.type).label(f"c{i}")
            for i, c in enumerate(width)
        ]
        statement = sa.select(
            sa.literal(address, sa.String(100)).label("source"), source.table.c.id.label("id"), *padded
        )
        statement = statement.where(source.table.c.id.in_(list(wanted[address])), *visible(view, target, source))
        branches.append(statement)
        readers[address] = (target, keys, source, position + start)
        start += len(columns)
    sees_revision = hasattr(view, "see_revision")
    if sees_revision:
        nothing = [sa.cast(sa.null(), c.type).label(f"c{i}") for i, c in enumerate(width)]
        branches.append(
            sa.select(
                sa.cast(sa.cast(view.revision_column, sa.Integer), sa.String(100)).label("source"),
                sa.cast(sa.null(), Id()).label("id"),
                *nothing,
            )
        )
    statement = branches[0] if len(branches) == 1 else sa.union_all(*branches)
    for row in view.execute(statement):
        reader = readers.get(row[0])
        if reader is None:
            view.see_revision(int(row[0]) if row[0] is not None else None)
            continue
        target, keys, source, offset = reader
        lookups.known[(row[0], row[1])] = source.decode(keys, row, offset, {"id": row[1]})
    lookups.asked.update((a, i) for a, ids in wanted.items() for i in ids)


def _next_hops(catalog: Catalog, beyond, wanted, lookups: Lookups):
    """What the records just found lead to, for rules that walk over two links or more."""
    ids: dict[str, set[UUID]] = {}
    further: dict[str, set[tuple[str, ...]]] = {}
    for address, paths in beyond.items():
        for path in paths:
            if len(path) < 2 or path[0] not in catalog.entity(address).fields:
                continue
            f = catalog.entity(address).fields[path[0]]
            for target in f.kind.targets(f)[:1]:
                further.setdefault(target, set()).add(path[1:])
                for id in wanted.get(address, ()):
                    known = lookups.known.get((address, id)) or {}
                    linked = known.get(path[0])
                    if linked is not None and (target, linked) not in lookups.asked:
                        ids.setdefault(target, set()).add(linked)
    return ids, further
