"""Records by their natural key: how a file names a record, where the database has ids.

A key of one field is written as its value (`parent: "1000"`), a key of several as a mapping
(`{name: 7 А, school_year: 2026}`). A part that is a link itself is written by the key of its target.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.errors import Problem
from engine.language import N_
from engine.model import Entity, Field
from engine.services.access.predicate import visible
from engine.services.validation import parse
from engine.storage.queries.source import EntitySource

Key = tuple[Any, ...]

NO_SUCH = N_("There is no %(entity)s with the key %(key)s")
NO_KEY = N_("%(entity)s has no `key`, so its records cannot be named in a file")
SHAPE = N_("Name the record by its key: %(fields)s")


class Unknown(ValueError):
    """A key that leads to no record. `problem` says which."""

    def __init__(self, problem: Problem):
        super().__init__(problem.code)
        self.problem = problem


class NaturalKeys:
    """Ids of the records that the actor of `view` reaches, by entity and key. Each entity is read once."""

    def __init__(self, view: Any):
        self.view = view
        self._found: dict[str, dict[Key, UUID]] = {}

    def of(self, entity: Entity) -> dict[Key, UUID]:
        """Key -> id of every stored record, archived ones too: what people put away is not made again."""
        if entity.address not in self._found:
            self._found[entity.address] = self._read(entity)
        return self._found[entity.address]

    def add(self, entity: Entity, key: Key, id: UUID) -> None:
        self.of(entity)[key] = id

    def _read(self, entity: Entity) -> dict[Key, UUID]:
        if not entity.natural_key:
            raise Unknown(Problem("seed.no-key", NO_KEY, params={"entity": entity.address}))
        query = self.view.statement()
        source = EntitySource(query, entity)
        keys = list(entity.natural_key)
        columns = [c for key in keys for c in source.columns(entity.fields[key])]
        statement = sa.select(*columns, source.table.c.id).where(*visible(query, entity, source))
        found = {}
        for row in self.view.select(statement):
            values = source.decode(keys, row, 0, {"id": row[-1]})
            found[tuple(values[k] for k in keys)] = row[-1]
        return found

    def key_of(self, entity: Entity, raw: Mapping[str, Any]) -> Key:
        """The typed key among raw values. Raises Unknown for a part that cannot be read or a link to nothing."""
        if not entity.natural_key:
            raise Unknown(Problem("seed.no-key", NO_KEY, params={"entity": entity.address}))
        given = {k: self.resolved(entity.fields[k], raw.get(k)) for k in entity.natural_key}
        typed, wrong = parse(self.view.catalog, entity, given, frozenset(entity.natural_key))
        if wrong:
            raise Unknown(wrong[0])
        return tuple(typed.get(k) for k in entity.natural_key)

    def id_of(self, entity: Entity, written: Any) -> UUID:
        """The record that `written` names. Raises Unknown."""
        if isinstance(written, Mapping):
            raw = written
        elif len(entity.natural_key) == 1:
            raw = {entity.natural_key[0]: written}
        else:
            raise Unknown(Problem("seed.key", SHAPE, params={"fields": ", ".join(entity.natural_key)}))
        key = self.key_of(entity, raw)
        id = self.of(entity).get(key)
        if id is None:
            said = ", ".join(str(part) for part in key)
            raise Unknown(Problem("seed.no-record", NO_SUCH, params={"entity": entity.address, "key": said}))
        return id

    def resolved(self, f: Field, value: Any, place: str = "") -> Any:
        """`value` as the door of records takes it: names of linked records replaced by ids, in rows too."""
        if value is None:
            return None
        try:
            return self._resolved(f, value)
        except Unknown as unknown:
            raise Unknown(unknown.problem.at(place)) if place else unknown from None

    def _resolved(self, f: Field, value: Any) -> Any:
        if f.is_many and isinstance(value, list):
            if f.kind.by_line:
                return [{k: self._inner(f, k, v) for k, v in row.items()} if isinstance(row, Mapping) else row
                        for row in value]
            inner = next(iter(f.fields.values()))
            return [self._resolved(inner, one) for one in value]
        targets = f.kind.targets(f)
        if not targets or isinstance(value, UUID):
            return value
        if len(targets) == 1:
            target = self.view.catalog.entities.get(targets[0])
            return str(self.id_of(target, value)) if target else value
        # One of several entities: {module.entity: key}.
        address, key = next(iter(value.items())) if isinstance(value, Mapping) and len(value) == 1 else ("", value)
        if address not in targets:
            raise Unknown(Problem("seed.key", SHAPE, params={"fields": ", ".join(targets)}))
        return {"entity": address, "id": str(self.id_of(self.view.catalog.entity(address), key))}

    def _inner(self, f: Field, key: str, value: Any) -> Any:
        inner = f.fields.get(key)
        return value if inner is None else self.resolved(inner, value, key)
