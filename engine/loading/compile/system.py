"""What the engine itself relies on in the `system` module: fields may be added there, none of these removed."""

from __future__ import annotations

from engine.loading.problems import Collector, LoadProblem
from engine.model.catalog import Catalog

NEEDED = {
    "system.unit": ("parent", "code", "name", "legal"),
    "system.person": ("full_name",),
    "system.position": ("name",),
    "system.user": ("login", "person", "password", "active", "roles"),
    "system.calendar_day": ("day", "day_off"),
}


def missing_system(catalog: Catalog) -> list[LoadProblem]:
    """Entities and fields without which no site can run (decisions.md, 4)."""
    problems: list[LoadProblem] = []
    for address, keys in NEEDED.items():
        found = Collector(f"metadata/{address.replace('.', '/')}.yaml")
        entity = catalog.entities.get(address)
        if entity is None:
            found.at(0, 0, "system.missing", name=address)
        for key in keys if entity is not None else ():
            if key not in entity.fields:
                found.at(0, 0, "system.field-missing", name=key, entity=address)
        problems.extend(found.problems)
    return problems
