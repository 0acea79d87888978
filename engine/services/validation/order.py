"""The order in which computed values are computed, and which links must be followed to judge a record.

Both are facts of the Catalog, worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from engine.model import Catalog, Entity, Field

Links = dict[tuple[str, ...], frozenset[tuple[str, ...]]]


@dataclass(frozen=True)
class Place:
    """A field and the rows that it stands in, outermost first."""

    field: Field
    rows: tuple[Field, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return (*(r.key for r in self.rows), self.field.key)


def places(fields: Mapping[str, Field], rows: tuple[Field, ...] = ()) -> Iterator[Place]:
    """Every field of an entity, those of its rows after the field that holds them."""
    for f in fields.values():
        yield Place(f, rows)
        yield from places(f.fields, (*rows, f))


def named(entity: Entity, place: Place, path: tuple[str, ...]) -> tuple[str, ...]:
    """The keys from the record down to what a rule at `place` means by `path`: the innermost row's names win."""
    for depth in range(len(place.rows), 0, -1):
        if path[0] in place.rows[depth - 1].fields:
            return (*(r.key for r in place.rows[:depth]), *path)
    return path


def compute_order(catalog: Catalog, entity: Entity) -> tuple[Place, ...]:
    """Computed fields of the record and of its rows, each after what it reads. Loading has refused cycles."""
    return catalog.derived(("compute order", entity.address), lambda: _order(entity))


def _order(entity: Entity) -> tuple[Place, ...]:
    found = {p.keys: p for p in places(entity.fields) if p.field.is_computed}
    sorter: TopologicalSorter[tuple[str, ...]] = TopologicalSorter()
    for keys, place in found.items():
        reads = [named(entity, place, path) for path in place.field.value.paths]
        sorter.add(keys, *(k for k in found if k != keys and any(_touches(k, r) for r in reads)))
    return tuple(found[keys] for keys in sorter.static_order())


def _touches(keys: tuple[str, ...], read: tuple[str, ...]) -> bool:
    """Does reading the path `read` need the computed value at `keys`? Rows as a whole need all that is in them."""
    shorter = min(len(keys), len(read))
    return keys[:shorter] == read[:shorter]


def rules_of(f: Field, defaults: bool = True) -> Iterator[Any]:
    """Every rule said about one field, but for the `where` of a link, which is about its candidates."""
    options = (v for k, v in f.options.items() if k != "where")
    default = (f.default,) if defaults else ()
    for rule in (f.required_when, f.visible_when, f.readonly_when, f.value, f.check, *default, *options):
        if hasattr(rule, "evaluate"):
            yield rule


def link_paths(catalog: Catalog, entity: Entity, extra: Iterable[Any] = (), fresh: bool = True) -> Links:
    """For each link (`("payer",)`, `("lines", "service")`) the paths beyond it that rules read.

    `extra`: rules besides the entity's own, such as the `where` of access. `fresh`: for a link that is new there,
    so that defaults and the `where` of other links count; without it, what a link that stays still has to tell.
    """
    read = set()
    for place in places(entity.fields):
        for rule in rules_of(place.field, defaults=fresh):
            read.update(named(entity, place, path) for path in rule.paths)
        where = place.field.options.get("where")
        if hasattr(where, "evaluate"):
            read.update(named(entity, place, path) for path in where.paths - where.row_paths)
    for rule in (*(c.rule for c in entity.rules.values()), *extra):
        read.update(rule.paths)
    links = [p.keys for p in places(entity.fields) if p.field.kind.targets(p.field)]
    return {k: frozenset(r[len(k) :] for r in read if len(r) > len(k) and r[: len(k)] == k) for k in links}
