"""The passport of personal data: which fields hold it, why, how they are protected, who sees them, for how long.

Read from the Catalog alone, so it is never behind what the application does (Law on personal data; Order 456, 9, 11).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.model import Entity, Field, Text
from engine.services.access.grants import grants
from engine.services.rights.matrix import in_order
from engine.services.rights.overseeing import require_overseer
from engine.services.rights.words import in_words


@dataclass(frozen=True)
class Sees:
    """A role that reads the field; `rules`: on which records, in words, empty for all in its part."""

    role: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One field with data about people."""

    entity: Entity
    path: tuple[Field, ...]
    """The field, or rows and the field in them."""
    purpose: Text | None
    kept_for: Text | None
    seen_by: tuple[Sees, ...]

    @property
    def field(self) -> Field:
        return self.path[-1]


def passport(view) -> list[Line]:
    """All fields with personal data, in the order of modules. Raises NotAllowed for who is no overseer."""
    require_overseer(view)
    catalog = view.catalog
    entities = sorted((e for e in catalog.entities.values()), key=lambda e: in_order(catalog, e))
    return [line for entity in entities for line in _of_entity(view, entity)]


def _of_entity(view, entity: Entity) -> Iterator[Line]:
    for field in entity.fields.values():
        if not field.is_personal:
            continue
        seen = tuple(_seen_by(view, entity, field))
        for path in _paths(field):
            purpose = next((f.purpose for f in reversed(path) if f.purpose is not None), entity.purpose)
            yield Line(entity, path, purpose, entity.kept_for, seen)


def _paths(field: Field) -> Iterator[tuple[Field, ...]]:
    """The field itself, or what is personal in its rows."""
    inner = [f for f in field.fields.values() if f.is_personal and not f.builtin]
    if not inner:
        yield (field,)
    for one in inner:
        for rest in _paths(one):
            yield (field, *rest)


def _seen_by(view, entity: Entity, field: Field) -> Iterator[Sees]:
    for role in view.catalog.roles:
        found = [g for g in grants(view.catalog, frozenset({role}), entity) if "read" in g.can and field.key in g.read]
        if not found:
            continue
        everywhere = any(g.where is None for g in found)
        rules = () if everywhere else tuple(w for g in found if (w := in_words(view, entity, g.where)))
        yield Sees(role, rules)
