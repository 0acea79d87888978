"""Where each kind of file lives, and what its address must then be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.loading.problems import Collector

_MODULE, _NAME = r"(?P<module>[a-z][a-z0-9]{0,15})", r"(?P<name>[a-z][a-z0-9_]{0,31})"
_VARIANT = r"(?:\.(?P<variant>[a-z][a-z0-9_]{0,47}))?"
_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"metadata/{_MODULE}/_module\.yaml", ("module",)),
    (rf"metadata/{_MODULE}/_roles\.yaml", ("roles",)),
    (rf"metadata/{_MODULE}/{_NAME}\.yaml", ("entity", "dictionary", "schedule")),
    (rf"metadata/{_MODULE}/policies/{_NAME}\.yaml", ("policy",)),
    (rf"forms/{_MODULE}/{_NAME}{_VARIANT}\.form\.yaml", ("form",)),
    (rf"forms/{_MODULE}/{_NAME}{_VARIANT}\.registry\.yaml", ("registry",)),
    (rf"forms/{_MODULE}/{_NAME}\.grid\.yaml", ("grid",)),
    (rf"forms/{_MODULE}/{_NAME}\.home\.yaml", ("home",)),
    (r"translations/terms\.yaml", ("terms",)),
    (r"seed/(?:[a-z0-9_]+/)*[a-z0-9_.\-]+\.yaml", ("records", "recipe")),
)
PLACES = tuple((re.compile(pattern + r"\Z"), kinds) for pattern, kinds in _PLACES)


@dataclass(frozen=True)
class Place:
    """What may stand in a file: the kinds, and the address that its first key must then have (empty: any)."""

    kinds: tuple[str, ...]
    module: str = ""
    name: str = ""
    variant: str = ""

    @property
    def address(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def place_of(file: str, found: Collector) -> Place | None:
    """The place that a path below the folder names; None, with a problem, for a path that names none."""
    for pattern, kinds in PLACES:
        match = pattern.match(file)
        if match:
            parts = match.groupdict()
            return Place(kinds, parts.get("module") or "", parts.get("name") or "", parts.get("variant") or "")
    found.at(0, 0, "file.suffix" if file.endswith(".yml") else "file.place")
    return None
