"""Files in seed/: not part of the Catalog, but checked against it, so that loading them meets no unknown name."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.loading.nodes import Path as Trail
from engine.loading.places import place_of
from engine.loading.problems import Collector, LoadProblem
from engine.loading.source import Source, read_source
from engine.model.catalog import Catalog
from engine.model.entity import Entity
from engine.model.field import Field

OPEN_BUILTINS = ("organisation", "parent", "date", "number", "state")
"""Built-in fields that a record of a seed may give."""


def check_seeds(catalog: Catalog, folder: Path) -> list[LoadProblem]:
    """Everything wrong with the files below `folder`/seed."""
    problems: list[LoadProblem] = []
    for path in sorted((folder / "seed").rglob("*.yaml")):
        found = Collector(path.relative_to(folder).as_posix())
        place = place_of(found.file, found)
        source = read_source(path.read_bytes(), place, found) if place else None
        if source is not None and source.kind == "records":
            _check_records(source, catalog, path)
        problems.extend(found.problems)
    return problems


def _check_records(source: Source, catalog: Catalog, path: Path) -> None:
    data, found = source.data, source.found
    entity = catalog.entities.get(data.get("records", ""))
    if entity is None:
        if "records" in data:
            found.path(
                ("records",), "entity.unknown", word=data["records"], among=catalog.entities, name=data["records"]
            )
        return
    if not entity.natural_key and entity.kind != "settings":
        found.path(("records",), "seed.no-key", name=entity.address)
    for index, row in enumerate(data.get("rows", ())):
        _check_row(row, entity, ("rows", index), found)
    if "csv" in data:
        _check_csv(path.parent / data["csv"], entity, found)


def _check_row(row: Mapping[str, Any], entity: Entity, path: Trail, found: Collector) -> None:
    known = {key: field for key, field in entity.fields.items() if _may_be_given(field)}
    _check_names(row, known, entity.address, path, found)
    for key in entity.natural_key:
        if row.get(key) is None:
            found.path(path, "seed.key", name=key)


def _may_be_given(field: Field) -> bool:
    return field.is_input or field.key in OPEN_BUILTINS


def _check_names(
    row: Mapping[str, Any], known: Mapping[str, Field], address: str, path: Trail, found: Collector
) -> None:
    for name, value in row.items():
        field = known.get(name)
        if field is None:
            found.path((*path, name), "seed.column", key=True, word=name, among=known, name=name, entity=address)
            continue
        for index, inner in enumerate(value if isinstance(value, list) else ()):
            if isinstance(inner, Mapping) and field.fields:
                _check_names(inner, field.fields, field.address, (*path, name, index), found)


def _check_csv(path: Path, entity: Entity, found: Collector) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        found.path(("csv",), "seed.file", name=path.name)
        return
    known = {key: field for key, field in entity.fields.items() if _may_be_given(field)}
    for name in header:
        # `name.kk` is the Kazakh column of a translated text.
        if name.partition(".")[0] not in known:
            found.path(("csv",), "seed.column", word=name, among=known, name=name, entity=entity.address)
    for key in entity.natural_key:
        if key not in header:
            found.path(("csv",), "seed.key", name=key)
