"""The Catalog: all metadata of one revision, compiled and immutable. Everything else is read from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.model.access import Role
from engine.model.dictionary import Dictionary
from engine.model.entity import Entity
from engine.model.field import EMPTY
from engine.model.form import Form
from engine.model.grid import Grid
from engine.model.home import Home
from engine.model.layout import Registry
from engine.model.module import Module
from engine.model.policy import Policy
from engine.model.schedule import Schedule
from engine.model.text import Text

T = TypeVar("T")
ROOM = 3_000
"""Things kept under keys that requests spell, the newest of them; a statement for a list of fields takes some 50 kB."""


@dataclass(frozen=True, eq=False)
class Catalog:
    revision: int
    digest: str
    """SHA-256 of the set of files it was compiled from."""
    modules: Mapping[str, Module]
    roles: Mapping[str, Role]
    entities: Mapping[str, Entity]
    dictionaries: Mapping[str, Dictionary]
    forms: Mapping[str, tuple[Form, ...]]
    """By entity address; the first that suits the actor and the record is taken, the main form stands last."""
    registries: Mapping[str, tuple[Registry, ...]]
    terms: Mapping[str, Text]
    grids: Mapping[str, tuple[Grid, ...]] = EMPTY
    """By address of the entity whose records are the cells; only of entities that have any."""
    homes: Mapping[str, Home] = EMPTY
    """First pages by address, in the order in which their blocks stand."""
    schedules: Mapping[str, Schedule] = EMPTY
    """Work by the clock, by address."""
    policies: Mapping[str, Policy] = EMPTY
    """Policies of signing in, by address; which one holds is a setting of the installation."""
    _derived: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _spelled: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def entity(self, address: str) -> Entity:
        """The entity at `module.key`; KeyError when there is none."""
        return self.entities[address]

    def at_url(self, module: str, slug: str) -> Entity | None:
        """The entity that `/module/slug` names, or None. Request names are only ever looked up, never built upon."""
        return self.derived("by slug", self._by_slug).get((module, slug))

    def _by_slug(self) -> dict[tuple[str, str], Entity]:
        return {(e.module, e.slug): e for e in self.entities.values()}

    def kept(self, key: Hashable) -> Any:
        """What `keep` holds under `key`, or None."""
        return self._spelled.get(key)

    def keep(self, key: Hashable, made: Any) -> None:
        """Hold `made` under `key` until newer ones need its room: keys that requests spell must not fill the memory."""
        with self._lock:
            while len(self._spelled) >= ROOM:
                del self._spelled[next(iter(self._spelled))]
            self._spelled[key] = made

    def spelled(self, key: Hashable, make: Callable[[], T]) -> T:
        """As `derived`, for a key in which a request's own words stand: what was made may be forgotten again."""
        made = self.kept(key)
        if made is None:
            made = make()
            self.keep(key, made)
        return made

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` built from this Catalog the first time: tables, schemas, encoders, predicates.

        A cache keyed by the Catalog itself needs no clearing: a new revision is a new Catalog. Only for keys of which
        there are as many as the metadata has names and roles; else `spelled`.
        """
        try:
            return self._derived[key]
        except KeyError:
            pass
        with self._lock:
            if key not in self._derived:
                self._derived[key] = make()
            return self._derived[key]
