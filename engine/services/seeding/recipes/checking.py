"""What is wrong with a recipe before anything is made: keys, entities, fields and sources that there are not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.errors import Invalid
from engine.loading.problems import Collector
from engine.loading.seeds import OPEN_BUILTINS
from engine.model import Catalog, Entity, Field
from engine.services.seeding.files import SeedFile

FILE = ("recipe", "seed", "note", "pools", "steps")
STEP = ("note", "record", "count", "each", "as", "times", "most", "let", "set", "when", "on", "then", "by",
        "enter", "change")


def check_recipe(file: SeedFile, catalog: Catalog, sources: Collection[str]) -> None:
    """Raises Invalid with the place of everything that is wrong."""
    found = Collector(file.name)
    found.root = file.found.root
    _keys(file.data, FILE, (), found)
    for name, step in (file.data.get("steps") or {}).items():
        path = ("steps", name)
        if not isinstance(step, Mapping):
            found.path(path, "shape.mapping")
            continue
        _keys(step, STEP, path, found)
        entity = catalog.entities.get(step.get("record", ""))
        if entity is None:
            if "record" in step:
                found.path((*path, "record"), "entity.unknown", word=step["record"], among=catalog.entities,
                           name=step["record"])
            continue
        _fields(step.get("set") or {}, _given(entity), entity.address, (*path, "set"), sources, found)
    if found.problems:
        raise Invalid(found.problems)


def _given(entity: Entity) -> dict[str, Field]:
    return {k: f for k, f in entity.fields.items() if f.is_input or k in OPEN_BUILTINS}


def _keys(data: Mapping[str, Any], known: Collection[str], path: tuple[str, ...], found: Collector) -> None:
    for key in data:
        if key not in known:
            found.path((*path, key), "key.unknown", key=True, word=key, among=known, name=key)


def _fields(values: Mapping[str, Any], known: Mapping[str, Field], address: str, path: tuple[str, ...],
            sources: Collection[str], found: Collector) -> None:
    for name, written in values.items():
        field = known.get(name)
        if field is None:
            found.path((*path, name), "seed.column", key=True, word=name, among=known, name=name, entity=address)
        elif field.fields and field.kind.by_line and isinstance(written, Mapping):
            inner = written.get("rows")
            if isinstance(inner, Mapping) and isinstance(inner.get("set"), Mapping):
                _fields(inner["set"], field.fields, field.address, (*path, name, "rows", "set"), sources, found)
            elif len(written) == 1 and next(iter(written)) not in sources:
                word = next(iter(written))
                found.path((*path, name, word), "key.unknown", key=True, word=word, among=sources, name=word)
