"""Search in all lists at once: what a person may find by a few typed letters, the best first.

One statement finds ids in every entity that says `search:`; one more for each entity whose records are then named. Both
are bounded, however much there is: each list gives a few records, and looks at a few hundred for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from engine.language import search_key, sort_key
from engine.model import Entity
from engine.services.access.grants import visible_entities
from engine.services.access.predicate import visible
from engine.services.display import display_keys, names_of
from engine.services.registries.searching import ranked
from engine.storage.queries.source import EntitySource

SHORTEST = 2
"""Letters without which no record is looked for: one letter is in most of them."""
GROUPS = 6
"""Entities whose records are named, which is the number of statements besides the first."""
EACH = 5
"""Records of one entity."""
LOOKED = 300
"""Records that match which are looked at in one entity; the best of them are taken."""


@dataclass(frozen=True)
class Group:
    """What was found in one list."""

    entity: Entity
    records: tuple[tuple[UUID, str], ...]
    """(id, name), the best first"""
    more: bool
    """The list holds others that match."""
    rank: int = 0
    """How well the best of them fits: 0 begins with what was typed, 3 holds it somewhere."""


def everywhere(view, text: str, *, groups: int = GROUPS, each: int = EACH) -> list[Group]:
    """What the actor may find by `text` in any list, the lists with the best finds first.

    Only records that the actor may read and name: others leave no trace, not even in `more`.
    """
    if len(search_key(text).replace(" ", "")) < SHORTEST:
        return []
    entities = [e for e in visible_entities(view.catalog, view.actor) if e.search and e.kind != "settings"]
    order = {m.key: (m.order, m.key) for m in view.catalog.modules.values()}
    entities.sort(key=lambda e: order.get(e.module, (0, e.module)))
    found = _ids(view, entities, text, each)
    best = sorted(found, key=lambda n: (min(rank for rank, _ in found[n]), n))
    made = [_named(view, entities[n], found[n], each) for n in best[:groups]]
    return [group for group in made if group.records]


def _ids(view, entities: list[Entity], text: str, each: int) -> dict[int, list[tuple[int, UUID]]]:
    """Number of an entity -> (rank, id) of what was found there, one more than `each` where there is more."""
    statement = view.statement()
    parts: list[sa.Select] = []
    for number, entity in enumerate(entities):

        def conditions(source: EntitySource, entity: Entity = entity) -> list[sa.ColumnElement]:
            seen = visible(statement, entity, source, showing=display_keys(view.catalog, entity))
            return [*seen, source.table.c.archived_at.is_(None)] if "archived_at" in source.table.c else list(seen)

        for way in ranked(view, statement, entity, text, conditions):
            id, rank = way.selected_columns
            looked = way.with_only_columns(id.label("id"), rank.label("rank")).limit(LOOKED).subquery()
            chosen = (
                sa.select(sa.literal(number).label("number"), looked.c.rank, looked.c.id)
                .order_by(looked.c.rank, looked.c.id.desc()).limit(each + 1).subquery()
            )
            parts.append(sa.select(chosen.c.number, chosen.c.rank, chosen.c.id))
    if not parts:
        return {}
    found: dict[int, dict[UUID, int]] = {}
    for number, rank, id in view.select(sa.union_all(*parts) if len(parts) > 1 else parts[0]):
        of_entity = found.setdefault(number, {})
        of_entity[id] = min(rank, of_entity.get(id, rank))
    return {number: [(rank, id) for id, rank in ids.items()] for number, ids in found.items()}


def _named(view, entity: Entity, found: list[tuple[int, UUID]], each: int) -> Group:
    names = names_of(view, entity.address, [id for _, id in found])
    nameless = entity.title.in_(view.language)  # a draft has no number yet
    shown = sorted((rank, sort_key(names[id]), id) for rank, id in found if id in names)
    records = tuple((id, names[id] or nameless) for _, _, id in shown[:each])
    return Group(entity, records, len(shown) > each, shown[0][0] if shown else 0)
