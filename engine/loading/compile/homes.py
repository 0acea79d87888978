"""The first pages of roles: every entity, view and column that a block names is there for the roles that get it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from engine.expression import BOOLEAN, Type
from engine.expression.types import INTEGER
from engine.loading.compile.entities import Describing
from engine.loading.compile.rules import Rules
from engine.loading.compile.texts import text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.entity import Entity
from engine.model.field import EMPTY
from engine.model.home import Block, Home, Shortcut
from engine.model.layout import Registry

USUAL_WIDTH = {"count": "quarter", "shortcuts": "whole", "text": "whole"}


class CountScope:
    """The one name that the marks of a count may read."""

    address = "count"

    def resolve(self, name: str) -> Type | None:
        return INTEGER if name == "count" else None

    def names(self) -> Iterable[str]:
        return ["count"]


class Homes:
    """Compiles the files of first pages."""

    def __init__(
        self,
        describing: Mapping[str, Describing],
        entities: Mapping[str, Entity],
        registries: Mapping[str, tuple[Registry, ...]],
        roles: Mapping[str, Role],
        rules: Rules,
    ) -> None:
        self.describing, self.entities, self.registries = describing, entities, registries
        self.roles, self.rules = roles, rules

    def home(self, source: Source) -> Home:
        found, data = source.found, source.data
        wanted = data.get("for", {}).get("roles", ())
        for index, role in enumerate(wanted):
            if role not in self.roles:
                found.path(("for", "roles", index), "role.unknown", word=role, among=self.roles, name=role)
        one = _OneHome(self, source, [role for role in wanted if role in self.roles])
        blocks = {
            key: one.block(key, {"type": written} if isinstance(written, str) else written)
            for key, written in data.get("blocks", {}).items()
        }
        return Home(source.address, frozenset(wanted), MappingProxyType(blocks), data.get("order", 100))


class _OneHome:
    def __init__(self, homes: Homes, source: Source, roles: list[str]) -> None:
        self.homes, self.source, self.found, self.roles = homes, source, source.found, roles

    def block(self, key: str, written: Mapping[str, Any]) -> Block:
        path: Path = ("blocks", key)
        kind = written["type"]
        address, view = written.get("of", ""), written.get("view", "")
        if address:
            self._entity(address, (*path, "of"))
        if view:
            self._view(address, view, (*path, "view"))
        describing = self.homes.describing.get(address)
        for index, dotted in enumerate(written.get("columns", ())):
            if describing is not None:
                self._column(describing, dotted, (*path, "columns", index))
        return Block(
            key,
            kind,
            text_of(written.get("title"), (*path, "title"), self.found),
            written.get("width", USUAL_WIDTH.get(kind, "half")),
            address,
            view,
            written.get("rows", 5 if kind == "list" else 8),
            tuple(written.get("columns", ())),
            self._marks(written.get("mark", {}), (*path, "mark")),
            tuple(self._shortcut(text, (*path, "to", n)) for n, text in enumerate(written.get("to", ()))),
            text_of(written.get("text"), (*path, "text"), self.found),
        )

    def _entity(self, address: str, path: Path) -> Entity | None:
        entity = self.homes.entities.get(address)
        if entity is None:
            self.found.path(path, "entity.unknown", word=address, among=self.homes.entities, name=address)
        elif entity.access:
            # Nobody who gets the page may read it: the block would never be seen.
            readers = {role for role, access in entity.access.items() if "read" in access.verbs}
            if self.roles and not readers.intersection(self.roles):
                self.found.path(path, "home.unseen", name=address)
        return entity

    def _view(self, address: str, view: str, path: Path) -> None:
        """Every role that reads the entity must find the view in the registry it is shown."""
        entity = self.homes.entities.get(address)
        if entity is None:
            return
        layouts = self.homes.registries[address]
        for role in self.roles:
            access = entity.access.get(role)
            if entity.access and (access is None or "read" not in access.verbs):
                continue
            layout = next((each for each in layouts if not each.roles or role in each.roles), layouts[-1])
            if view not in layout.views:
                self.found.path(path, "home.view", word=view, among=layout.views, name=view, entity=address, role=role)
                return

    def _column(self, describing: Describing, dotted: str, path: Path) -> None:
        # The same look-up as for a registry, but the problem belongs to this file.
        fields = Describing(self.source, describing.drafts, describing.entities, describing.rules, describing.roles)
        draft = fields.at(dotted, path)
        if draft is not None and draft.kind.secret:
            self.found.path(path, "registry.secret", name=dotted)

    def _marks(self, written: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        marks = {}
        for colour, text in written.items():
            rule = self.homes.rules.compile(str(text), CountScope(), self.found, (*path, colour), expect=BOOLEAN)
            if rule is not None:
                marks[colour] = rule
        return MappingProxyType(marks) if marks else EMPTY

    def _shortcut(self, text: str, path: Path) -> Shortcut:
        address, _, view = text.removeprefix("new ").partition("/")
        self._entity(address, path)
        if view:
            self._view(address, view, path)
        return Shortcut(address, view, text.startswith("new "))
