"""Registries from files, and what they share with forms: names that are fields, rules over the entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from engine.hooks import registry
from engine.loading.compile.builtin import OPEN_TO_PEOPLE
from engine.loading.compile.drafts import Draft
from engine.loading.compile.entities import Describing
from engine.loading.compile.texts import text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.layout import Registry, View


class Layouts:
    """Compiles the layout files of one entity. `describing` knows the entity's fields."""

    def __init__(self, source: Source, describing: Describing, roles: Mapping[str, Role]) -> None:
        self.source, self.data, self.found = source, source.data, source.found
        # The same look-ups as for the entity, but problems belong to this file.
        self.fields = Describing(source, describing.drafts, describing.entities, describing.rules, roles)
        self.fields.address, self.fields.described = describing.address, describing.data
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

    def registry(self) -> Registry:
        roles, when = self._audience()
        if when is not None:
            self.found.path(("for", "when"), "registry.when", key=True)
        data = self.data
        views = {key: self._view(key, written) for key, written in data.get("views", {}).items()}
        kind, by, options = self._shape(data, ())
        marks, mark_titles = self._marks(data, ())
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
            kind=kind,
            by=by,
            options=options,
            mark=marks,
            mark_titles=mark_titles,
            inline=self._inline(),
            hint=text_of(data.get("hint"), ("hint",), self.found),
            help=text_of(data.get("help"), ("help",), self.found),
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

    def _inline(self) -> tuple[str, ...]:
        """The fields that may be changed in the table: those named, or every column that takes an input."""
        wanted = self.data.get("inline", False)
        if isinstance(wanted, bool):
            columns = self.data.get("columns", ()) if wanted else ()
            return tuple(c for c in columns if c in self.fields.drafts and self._takes_a_cell(self.fields.drafts[c]))
        for index, name in enumerate(wanted):
            draft = self.fields.field(name, ("inline", index))
            if draft is not None and not self._takes_a_cell(draft):
                self.found.path(("inline", index), "registry.no-inline", name=name)
            elif name not in self.data.get("columns", ()):
                self.found.path(("inline", index), "registry.inline-column", name=name)
        return tuple(wanted)

    @staticmethod
    def _takes_a_cell(draft: Draft) -> bool:
        """True for a field with one small input: neither rows nor files, not computed, not the engine's own."""
        f = draft.field
        own = not draft.builtin or draft.key in OPEN_TO_PEOPLE
        takes = own and not draft.kind.virtual and not draft.kind.compiled_away and not draft.kind.secret
        takes = takes and not f.masked  # the cell shows a part; what is changed is seen whole, on the record
        return takes and not draft.inner and draft.kind.upload(f) is None and "value" not in draft.declaration

    def _view(self, key: str, written: Mapping[str, Any]) -> View:
        path: Path = ("views", key)
        marks, mark_titles = self._marks(written, path)
        kind, by, options = self._shape(written, path)
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
            options=options,
            mark_titles=mark_titles,
            hint=text_of(written.get("hint"), (*path, "hint"), self.found),
        )

    def _marks(self, written: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        """Colour -> rule, and colour -> what the mark means where that is said."""
        rules, titles = {}, {}
        for colour, said in written.get("mark", {}).items():
            here = (*path, "mark", colour)
            if isinstance(said, Mapping):
                rule, title = self._rule(said, "when", here), text_of(said.get("title"), (*here, "title"), self.found)
                if title is not None:
                    titles[colour] = title
            else:
                rule = self._rule(written["mark"], colour, (*path, "mark"))
            if rule is not None:
                rules[colour] = rule
        return rules, titles

    def _shape(self, written: Mapping[str, Any], path: Path) -> tuple[str | None, str | None, Mapping[str, Any]]:
        """How a list is drawn: the kind, the field it goes by, the kind's own options."""
        kinds = registry().registry_kinds
        kind = kinds.parts.get(written.get("as", "table"), kinds["table"])
        by = self.fields.field(written["by"], (*path, "by")) if "by" in written else None
        if kind.by and "by" not in written:
            self.found.path((*path, "as"), "registry.by", kind=kind.name)
        if "by" in written and not kind.by:
            self.found.path((*path, "by"), "registry.by-for-nothing", key=True, kind=kind.name)
        elif by is not None and not kind.suits(self._entity(), by.field):
            self.found.path((*path, "by"), "registry.by-field", name=by.key, kind=kind.name)
        elif not kind.by and not kind.suits(self._entity(), None):
            self.found.path((*path, "as"), "registry.not-so", kind=kind.name)
        for other in kinds.parts.values():
            for key in other.options:
                if key in written and key not in kind.options:
                    self.found.path((*path, key), "registry.other-kind", key=True, name=key, kind=other.name)
        options = kind.compile(written, *self._lookups(path))
        return ("as" in written and kind.name) or None, written.get("by"), options

    def _entity(self) -> Any:
        """What kinds may ask of the entity while it is being compiled: `tree` and the kind of entity."""
        data = self.fields.described
        return SimpleNamespace(tree=bool(data.get("tree")), is_document=data.get("kind") == "document")

    def _lookups(self, path: Path) -> tuple[Callable[..., Any], Callable[..., None]]:
        """How a kind looks its options up: see `engine.web.kinds.base.Kind.compile`."""

        def field(dotted: str, *place: Any) -> Any:
            draft = self.fields.at(dotted, (*path, *place))
            return draft.field if draft is not None else None

        def problem(code: str, *place: Any, **words: Any) -> None:
            self.found.path((*path, *place), code, **words)

        return field, problem
