"""One file, read into typed values, with the tree that tells the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.loading.nodes import Mapping, Scalar
from engine.loading.places import Place
from engine.loading.problems import Collector
from engine.loading.reading import NOTHING
from engine.loading.schemas import FILES, reader
from engine.loading.strict import read

_STAND_INS = {"entity": {"kind": "reference", "fields": {}}}
"""What is assumed where a required key is missing (and told), so that the rest of the file can still be checked."""


@dataclass(eq=False)
class Source:
    kind: str
    address: str
    place: Place
    data: dict[str, Any]
    found: Collector

    @property
    def file(self) -> str:
        return self.found.file


def read_source(data: bytes, place: Place, found: Collector) -> Source | None:
    """The file as typed values; None when not even its kind and address can be made out."""
    root = read(data, found)
    if root is None:
        if not found.has_errors:
            found.at(1, 1, "file.empty")
        return None
    found.root = root
    if not isinstance(root, Mapping) or not root.entries:
        found.on(root, "shape.mapping")
        return None
    first, (name, value) = next(iter(root.entries.items()))
    if first not in place.kinds:
        if first in FILES:
            found.on(name, "file.kind", name=first, wanted=", ".join(place.kinds))
        else:
            found.on(name, "file.first-key", name=first, wanted=", ".join(place.kinds), word=first, among=place.kinds)
        return None
    values = reader(first)(root, (), found)
    if values is NOTHING:
        return None
    for key, stand_in in _STAND_INS.get(first, {}).items():
        values.setdefault(key, stand_in)
    if not place.address or first in ("roles", "terms"):
        return Source(first, place.address, place, values, found)
    if isinstance(value, Scalar) and value.text != place.address and first in values:
        found.on(value, "file.address", (first,), name=value.text, wanted=place.address)
    return Source(first, place.address, place, values, found)
