"""Forms and registries from files: every name in them is a field, every rule is one over the entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.loading.compile.entities import Describing
from engine.loading.compile.texts import text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.layout import Form, Registry, Section, View


class Layouts:
    """Compiles the layout files of one entity. `describing` knows the entity's fields."""

    def __init__(self, source: Source, describing: Describing, roles: Mapping[str, Role]) -> None:
        self.source, self.data, self.found = source, source.data, source.found
        # The same look-ups as for the entity, but problems belong to this file.
        self.fields = Describing(source, describing.drafts, describing.entities, describing.rules, roles)
        self.fields.address = describing.address
        self.address, self.rules, self.roles = describing.address, describing.rules, roles

    def _rule(self, data: Mapping[str, Any], key: str, path: Path) -> Any:
        return self.rules.condition(data[key], self.address, self.found, (*path, key)) if key in data else None

    def _audience(self) -> tuple[frozenset[str], Any]:
        wanted = self.data.get("for", {})
        for index, role in enumerate(wanted.get("roles", ())):
            if role not in self.roles:
                self.found.path(("for", "roles", index), "role.unknown", word=role, among=self.roles, name=role)
        if self.source.place.variant and not wanted:
            self.found.path((self.source.kind,), "layout.for-nobody", name=self.source.place.variant)
        return frozenset(wanted.get("roles", ())), self._rule(wanted, "when", ("for",))

    # -- forms -----------------------------------------------------------------------------------------------------

    def form(self) -> Form:
        roles, when = self._audience()
        placed: dict[str, str] = {}
        sections = {key: self._section(key, written, placed) for key, written in self.data.get("sections", {}).items()}
        return Form(
            self.address,
            self.source.place.variant,
            text_of(self.data.get("title"), ("title",), self.found),
            sections,
            roles,
            when,
            tuple(self.data.get("side", ("files", "history"))),
        )

    def _section(self, key: str, written: Mapping[str, Any], placed: dict[str, str]) -> Section:
        path: Path = ("sections", key)
        for line, names in enumerate(written.get("rows", ())):
            for index, name in enumerate(names):
                here = (*path, "rows", line, index)
                draft = self.fields.field(name, here)
                if name in placed:
                    self.found.path(here, "form.twice", name=name, section=placed[name])
                elif draft is not None:
                    placed[name] = key
        return Section(
            key,
            text_of(written.get("title"), (*path, "title"), self.found),
            tuple(tuple(names) for names in written.get("rows", ())),
            written.get("collapsed", False),
            self._rule(written, "visible_when", path),
        )

    # -- registries ------------------------------------------------------------------------------------------------

    def registry(self) -> Registry:
        roles, when = self._audience()
        if when is not None:
            self.found.path(("for", "when"), "registry.when", key=True)
        data = self.data
        views = {key: self._view(key, written) for key, written in data.get("views", {}).items()}
        return Registry(
            self.address,
            self.source.place.variant,
            text_of(data.get("title"), ("title",), self.found),
            self._columns(data.get("columns", []), ("columns",)),
            self._filters(),
            self._sort(data.get("sort", []), ("sort",)),
            self._totals(data, ()),
            self._quick(),
            self._group(data, ()),
            views,
            roles,
            self._rule(data, "where", ()),
        )

    def _columns(self, names: list[str], path: Path) -> tuple[str, ...]:
        for index, dotted in enumerate(names):
            draft = self.fields.at(dotted, (*path, index))
            if draft is not None and draft.kind.secret:
                self.found.path((*path, index), "registry.secret", name=dotted)
        return tuple(names)

    def _filters(self) -> tuple[str, ...]:
        for index, dotted in enumerate(self.data.get("filters", ())):
            draft = self.fields.at(dotted, ("filters", index))
            if draft is not None and not draft.kind.operators:
                self.found.path(("filters", index), "registry.no-filter", name=dotted)
        return tuple(self.data.get("filters", ()))

    def _sort(self, names: list[str], path: Path) -> tuple[str, ...]:
        for index, signed in enumerate(names):
            draft = self.fields.at(signed.lstrip("-"), (*path, index))
            if draft is not None and (draft.inner or not draft.kind.can_sort(draft.field)):
                self.found.path((*path, index), "registry.no-sort", name=signed.lstrip("-"))
        return tuple(names)

    def _totals(self, data: Mapping[str, Any], path: Path) -> Mapping[str, str]:
        """Field -> kind of total. A list means sums."""
        written = data.get("totals", {})
        by_name = isinstance(written, Mapping)
        for index, name in enumerate(written):
            here = (*path, "totals", name if by_name else index)
            draft = self.fields.field(name, here)
            if draft is None:
                continue
            kind, known = written[name] if by_name else "sum", draft.kind.totals(draft.field)
            if kind not in known:
                code = "registry.total-kind" if by_name and known else "registry.no-total"
                self.found.path(here, code, name=name, kind=kind, known=", ".join(known))
        return written if by_name else dict.fromkeys(written, "sum")

    def _quick(self) -> tuple[str, ...]:
        for index, dotted in enumerate(self.data.get("quick", ())):
            draft = self.fields.at(dotted, ("quick", index))
            if draft is not None and "" not in draft.kind.group_parts(draft.field):
                self.found.path(("quick", index), "registry.no-quick", name=dotted)
        return tuple(self.data.get("quick", ()))

    def _group(self, data: Mapping[str, Any], path: Path) -> tuple[str, ...]:
        for index, written in enumerate(data.get("group", ())):
            dotted, _, part = written.partition(":")
            draft = self.fields.at(dotted, (*path, "group", index))
            if draft is None:
                continue
            known = draft.kind.group_parts(draft.field)
            if not known or (part and part not in known):
                self.found.path((*path, "group", index), "registry.no-group", name=written)
        return tuple(data.get("group", ()))

    def _view(self, key: str, written: Mapping[str, Any]) -> View:
        path: Path = ("views", key)
        marks = {
            colour: rule
            for colour in written.get("mark", {})
            if (rule := self._rule(written["mark"], colour, (*path, "mark"))) is not None
        }
        kind, by = written.get("as", "table"), written.get("by")
        if kind in ("calendar", "board") and by is None:
            self.found.path(path, "registry.by", key=True, kind=kind)
        if by is not None:
            self.fields.field(by, (*path, "by"))
        return View(
            key,
            text_of(written.get("title"), (*path, "title"), self.found),
            self._rule(written, "where", path),
            marks,
            self._sort(written.get("sort", []), (*path, "sort")),
            self._columns(written.get("columns", []), (*path, "columns")),
            kind,
            by,
            self._totals(written, path),
            self._group(written, path),
        )
