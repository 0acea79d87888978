"""Following links: the linked records that a save must know, fetched by one statement for all links at once.

The statement is a UNION ALL with one branch a link, each with columns of its own; it also carries the revision,
so that a write re-reads it for nothing. A record that the actor may not see is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.column_types import Id
from engine.model import Catalog, Entity, Field
from engine.services.access.predicate import visible
from engine.services.validation.order import link_paths
from engine.storage.queries.source import Decode, EntitySource
from engine.storage.queries.statement import Statement
from engine.storage.revision_column import CURRENT_REVISION

MOST_IDS = 10_000
"""Ids in one statement: PostgreSQL takes 65,535 parameters."""


class Lookups:
    """What is known of linked records. `follow` is what rules call."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, UUID], dict[str, Any]] = {}
        self.asked: set[tuple[str, UUID]] = set()

    def follow(self, address: str, id: UUID | None) -> Mapping[str, Any] | None:
        return self.known.get((address, id)) if id is not None else None

    def has(self, address: str, id: UUID) -> bool:
        return (address, id) in self.known


def links_in(
    catalog: Catalog, entity: Entity, values: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Field, str, UUID]]:
    """Every link that `values` hold: its path of field keys, the field, the target's address and the id."""
    places = catalog.derived(("links", entity), lambda: _link_places(entity.fields))
    for keys, f in places:
        yield from _within(keys, 0, f, values)


def _link_places(fields: Mapping[str, Field], before: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Field]]:
    """The links of an entity by their path; a field of many links stands for the link in its rows."""
    found = []
    for f in fields.values():
        if f.is_many:
            found += _link_places(f.fields, (*before, f.key))
        elif f.kind.targets(f):
            found.append(((*before, f.key), f))
    return found


def _within(
    keys: tuple[str, ...], depth: int, f: Field, values: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Field, str, UUID]]:
    value = values.get(keys[depth])
    if value is None:
        return
    if depth == len(keys) - 1:
        yield from _ends(keys, f, value)
        return
    for row in value:
        if isinstance(row, Mapping):
            yield from _within(keys, depth + 1, f, row)
        else:
            yield from _ends(keys, f, row)


def _ends(path: tuple[str, ...], f: Field, value: Any) -> Iterator[tuple[tuple[str, ...], Field, str, UUID]]:
    if not f.targets or value is None:
        return
    if isinstance(value, tuple):
        yield path, f, value[0], value[1]
    else:
        yield path, f, f.targets[0], value


def look_up(
    view,
    entity: Entity,
    records: Iterable[Mapping[str, Any]],
    lookups: Lookups,
    extra_rules: Iterable[Any] = (),
    seen: bool = True,
    befores: Iterable[Mapping[str, Any] | None] = (),
) -> None:
    """Fetch into `lookups` the records that the links of `records` lead to, with the fields that rules read.

    `befores`: the records as they are stored; a link in an unchanged field is followed
    only for what rules still read behind it.
    `seen`: only those that the actor may see. Without it the result is for judging access, never for showing.
    """
    rules = tuple(extra_rules)
    paths, kept = _paths(view.catalog, entity, rules, True), _paths(view.catalog, entity, rules, False)
    ahead = _ahead(view.catalog, entity, rules)
    wanted: dict[str, set[UUID]] = {}
    beyond: dict[str, set[tuple[str, ...]]] = {}
    met: set[tuple[tuple[str, ...], str]] = set()
    for values, before in zip_longest(records, befores):
        same = {k for k, v in values.items() if k in before and before[k] == v} if before is not None else ()
        for path, f, address, id in links_in(view.catalog, entity, values):
            if path[0] in same and not kept.get(path):
                continue
            if (address, id) not in lookups.asked and isinstance(id, UUID):
                if address not in wanted:
                    wanted[address] = set()
                    beyond.setdefault(address, set()).update(ahead.get(address, ()))
                wanted[address].add(id)
            if (path, address) not in met:
                met.add((path, address))
                where = f.options.get("where")
                beyond.setdefault(address, set()).update(paths.get(path, ()), getattr(where, "row_paths", ()))
    for _ in range(4):
        if not wanted:
            return
        for part in _parts(wanted):
            _fetch(view, part, beyond, lookups, seen)
        wanted, beyond = _next_hops(view.catalog, beyond, wanted, lookups)


def _paths(catalog: Catalog, entity: Entity, extra: tuple[Any, ...], fresh: bool):
    key = ("link paths", entity.address, extra, fresh)
    return catalog.derived(key, lambda: link_paths(catalog, entity, extra, fresh))


def _ahead(catalog: Catalog, entity: Entity, extra: tuple[Any, ...]) -> Mapping[str, frozenset[tuple[str, ...]]]:
    """Entity -> what rules read of its records, however many links lead there: a record that is met first by a short
    way must know what somebody who comes by a long one will ask."""
    return catalog.derived(("links ahead", entity.address, extra), lambda: _all_ahead(catalog, entity, extra))


def _all_ahead(catalog: Catalog, entity: Entity, extra: tuple[Any, ...]) -> dict[str, frozenset[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    fields = dict(_link_places(entity.fields))
    for keys, paths in _paths(catalog, entity, extra, True).items():
        for path in paths:
            f: Field | None = fields.get(keys)
            while f is not None and path:
                target = next((a for a in f.kind.targets(f) if a in catalog.entities), None)
                if target is None:
                    break
                found.setdefault(target, set()).add(path)
                f, path = catalog.entity(target).fields.get(path[0]), path[1:]
                if f is not None and not f.kind.targets(f):
                    break
    return {address: frozenset(paths) for address, paths in found.items()}


@dataclass(frozen=True)
class LookupPlan:
    """One statement for all links: how to read the branch of each entity, and the parameter that takes its ids."""

    query: Any
    readers: Mapping[str, tuple[Decode, int]]
    parameters: Mapping[str, str]


def _parts(wanted: Mapping[str, set[UUID]]) -> list[dict[str, set[UUID]]]:
    """The same ids in portions that one statement can take."""
    if sum(map(len, wanted.values())) <= MOST_IDS:
        return [dict(wanted)]
    pairs = [(address, id) for address, ids in wanted.items() for id in ids]
    parts = []
    for start in range(0, len(pairs), MOST_IDS):
        part: dict[str, set[UUID]] = {}
        for address, id in pairs[start : start + MOST_IDS]:
            part.setdefault(address, set()).add(id)
        parts.append(part)
    return parts


def _fetch(
    view,
    wanted: Mapping[str, set[UUID]],
    beyond: Mapping[str, set[tuple[str, ...]]],
    lookups: Lookups,
    seen: bool,
) -> None:
    shape = tuple((address, _keys(view.catalog, address, beyond.get(address, ()))) for address in sorted(wanted))
    writing = hasattr(view, "see_revision")
    plan = view.plan(("lookup", shape, writing, seen), lambda statement: _build(statement, shape, writing, seen))
    ids = {plan.parameters[address]: list(found) for address, found in wanted.items()}
    for row in view.select(plan.query, **ids):
        reader = plan.readers.get(row[0])
        if reader is None:
            view.see_revision(int(row[0]) if row[0] is not None else None)
            continue
        decode, offset = reader
        lookups.known[(row[0], row[1])] = decode(row, offset, {"id": row[1]})
    lookups.asked.update((a, i) for a, found in wanted.items() for i in found)


def _keys(catalog: Catalog, address: str, paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The fields of a linked record that rules read first."""
    fields = catalog.entity(address).fields
    read = {p[0] for p in paths if p[0] in fields and not fields[p[0]].is_many and not fields[p[0]].kind.virtual}
    return tuple(sorted(read | {"archived_at"}))


def _build(
    statement: Statement, shape: tuple[tuple[str, tuple[str, ...]], ...], writing: bool, seen: bool
) -> LookupPlan:
    plans = []
    for address, keys in shape:
        target = statement.catalog.entity(address)
        source = EntitySource(statement, target)
        plans.append((target, keys, source, [c for key in keys for c in source.columns(target.fields[key])]))
    width = [c for *_, columns in plans for c in columns]
    branches, readers, parameters, start = [], {}, {}, 0
    for n, (target, keys, source, columns) in enumerate(plans):
        padded = [
            c.label(f"c{i}") if start <= i < start + len(columns) else _nothing(c).label(f"c{i}")
            for i, c in enumerate(width)
        ]
        parameters[target.address] = f"ids_{n}"
        wanted = source.table.c.id.in_(sa.bindparam(f"ids_{n}", expanding=True))
        name = sa.literal(target.address, sa.String(100)).label("source")
        branch = sa.select(name, source.table.c.id.label("id"), *padded)
        branches.append(branch.where(wanted, *(visible(statement, target, source) if seen else ())))
        readers[target.address] = (source.decoder(keys), 2 + start)
        start += len(columns)
    if writing:
        number = sa.cast(sa.cast(CURRENT_REVISION, sa.Integer), sa.String(100)).label("source")
        empty = [_nothing(c).label(f"c{i}") for i, c in enumerate(width)]
        branches.append(sa.select(number, sa.cast(sa.null(), Id()).label("id"), *empty))
    return LookupPlan(branches[0] if len(branches) == 1 else sa.union_all(*branches), readers, parameters)


def _nothing(column: sa.ColumnElement) -> sa.ColumnElement:
    return sa.cast(sa.null(), column.type)


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
