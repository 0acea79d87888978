"""The cells of an entry grid: what places them, what is typed, which key means what, which are locked and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.expression.types import DATE, INTEGER
from engine.language.keyboard import key_of
from engine.loading.compile.entities import Describing
from engine.loading.compile.texts import text_of
from engine.loading.nodes import Path
from engine.loading.problems import Collector
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.grid import GridBlank, GridCell, GridCode, GridColumns, GridLock, GridMark, GridRows, GridTotal
from engine.model.text import LANGUAGES, Text

KINDS = ("count", "percent", "sum", "avg")


def roles_named(names: Iterable[str], path: Path, roles: Mapping[str, Role], found: Collector) -> frozenset[str]:
    names = tuple(names)
    for index, role in enumerate(names):
        if role not in roles:
            found.path((*path, index), "role.unknown", word=role, among=roles, name=role)
    return frozenset(names)


class Cells:
    """Compiles the parts of one grid that are about its cells. `fields` knows those of their entity."""

    def __init__(self, source: Source, fields: Describing, unique: Mapping[str, Any], roles: Mapping[str, Role],
                 dictionaries: Mapping[str, Any]) -> None:
        self.data, self.found = source.data, source.found
        self.fields, self.unique, self.roles, self.dictionaries = fields, unique, roles, dictionaries
        self.rules, self.scopes = fields.rules, fields.rules.scopes

    # -- the cell --------------------------------------------------------------------------------------------------

    def cell(self, rows: GridRows, columns: GridColumns) -> GridCell:
        data = self.data["cell"]
        needed = ("row",) if columns.kind == "fields" else ("row", "column", "value")
        for key in needed:
            if key not in data and ("cell", key) not in self.found.broken:
                self.found.path(("cell",), "key.missing", key=True, name=key)
        if columns.kind == "fields":
            for key in ("column", "value"):
                if key in data:
                    self.found.path(("cell", key), "grid.not-with-fields", key=True, name=key)
        cell = GridCell(data.get("row", ""), *(data.get(k, "") if k in needed else "" for k in ("column", "value")),
                        tuple(data.get("more", ())))
        before = len(self.found.problems)
        self._leads_to(cell.row, "row", rows.entity)
        if columns.kind == "records":
            self._leads_to(cell.column, "column", columns.entity)
        elif cell.column:
            draft = self.fields.field(cell.column, ("cell", "column"))
            if draft is not None and draft.kind.rule_type(draft.field, self.scopes.of) != DATE:
                self.found.path(("cell", "column"), "grid.no-date", name=cell.column)
        if len(self.found.problems) == before:
            self._told_apart(columns, cell)
        self._typed(columns, cell)
        return cell

    def _leads_to(self, name: str, part: str, address: str) -> None:
        draft = self.fields.field(name, ("cell", part)) if name else None
        if draft is not None and (draft.inner or draft.kind.targets(draft.field) != (address,)):
            self.found.path(("cell", part), "grid.no-link", name=name, entity=address)

    def _typed(self, columns: GridColumns, cell: GridCell) -> None:
        placed = {cell.row, cell.column}
        wanted: list[tuple[str, Path]] = [(name, ("columns", "fields", n)) for n, name in enumerate(columns.fields)]
        wanted += [(cell.value, ("cell", "value"))] if cell.value else []
        wanted += [(name, ("cell", "more", n)) for n, name in enumerate(cell.more)]
        for name, path in wanted:
            draft = self.fields.field(name, path)
            if draft is None:
                continue
            computed = draft.field.value is not None or "value" in draft.declaration or draft.kind.compiled_away
            if name in placed or draft.builtin or draft.inner or draft.kind.virtual or computed or draft.kind.secret:
                self.found.path(path, "grid.not-typed", name=name)
            placed.add(name)

    def _told_apart(self, columns: GridColumns, cell: GridCell) -> None:
        """Two people who fill the same empty cell must not make two records: only `unique` sees to that."""
        wanted = {cell.row} if columns.kind == "fields" else {cell.row, cell.column}
        declared = [set(each.get("fields", ())) for each in self.unique.values() if "when" not in each]
        draft = self.fields.drafts.get(cell.row)
        if len(wanted) == 1 and draft is not None and draft.field.unique:
            declared.append(wanted)
        if "" not in wanted and wanted not in declared:
            self.found.path(("cell",), "grid.unique", key=True, entity=self.data["cells"],
                            fields=", ".join(sorted(wanted)))

    # -- codes -----------------------------------------------------------------------------------------------------

    def codes(self, columns: GridColumns, cell: GridCell) -> Iterator[tuple[str, GridCode]]:
        written = self.data.get("codes", {})
        draft = self.fields.drafts.get(cell.value)
        known: Any = None
        if written and draft is not None:
            f, dictionary = draft.field, draft.kind.dictionary(draft.field)
            if dictionary is not None:
                known = self.dictionaries[dictionary].items if dictionary in self.dictionaries else None
            else:
                known = f.options.get("options")
                if not isinstance(known, Mapping) or f.is_many:
                    self.found.path(("codes",), "grid.codes", key=True, name=cell.value)
                    return
        elif written and columns.kind == "fields":
            self.found.path(("codes",), "grid.codes", key=True, name=", ".join(columns.fields))
            return
        taken: list[tuple[str, Text]] = []
        blank = self.data.get("blank", {}).get("key")
        if blank is not None:
            taken.append(("blank", _text(blank)))
        for code, one in written.items():
            path: Path = ("codes", code)
            if known is not None and code not in known:
                self.found.path(path, "grid.code", key=True, word=code, among=known, name=code)
            key = text_of(one.get("key"), (*path, "key"), self.found)
            if key is None:
                continue
            self._key(key, taken, (*path, "key"))
            taken.append((code, key))
            yield code, GridCode(code, key, text_of(one.get("title"), (*path, "title"), self.found),
                                 one.get("mark", ""))

    def _key(self, key: Text, taken: list[tuple[str, Text]], path: Path) -> None:
        """In no language two codes share a letter, nor a key of the keyboard."""
        for language in LANGUAGES:
            letter = key.in_(language).lower()
            if len(letter) != 1 or letter.isspace():
                self.found.path(path, "grid.key", text=key.in_(language))
                return
            for other, theirs in taken:
                second = theirs.in_(language).lower()
                if second == letter:
                    self.found.path(path, "grid.key-twice", text=letter, other=other)
                    return
                if key_of(letter) and key_of(letter) == key_of(second):
                    self.found.path(path, "grid.key-place", text=letter, second=second, other=other)
                    return

    def blank(self) -> GridBlank | None:
        data = self.data.get("blank")
        if data is None:
            return None
        key = text_of(data.get("key"), ("blank", "key"), self.found)
        if key is not None:
            self._key(key, [], ("blank", "key"))
        return GridBlank(text_of(data.get("title"), ("blank", "title"), self.found) or Text("", ""), key)

    # -- locks, totals, marks --------------------------------------------------------------------------------------

    def _rule(self, data: Mapping[str, Any], key: str, path: Path) -> Any:
        return self.rules.condition(data[key], self.data["cells"], self.found, (*path, key)) if key in data else None

    def locked(self) -> Iterator[GridLock]:
        for key, data in self.data.get("locked", {}).items():
            path: Path = ("locked", key)
            when, reason = self._rule(data, "when", path), text_of(data.get("reason"), (*path, "reason"), self.found)
            excepted = roles_named(data.get("except", ()), (*path, "except"), self.roles, self.found)
            outside = data.get("outside", False)
            if excepted and outside:
                self.found.path((*path, "except"), "grid.outside", key=True)
            if when is not None and reason is not None:
                yield GridLock(key, when, reason, excepted, outside)

    def totals(self) -> Iterator[GridTotal]:
        for key, data in self.data.get("totals", {}).items():
            path: Path = ("totals", key)
            said = [kind for kind in KINDS if kind in data]
            title = text_of(data.get("title"), (*path, "title"), self.found)
            if len(said) != 1:
                self.found.path(path, "grid.total", key=True)
                continue
            kind = said[0]
            if kind in ("sum", "avg"):
                rule = self.rules.compile(data[kind], self.scopes.of(self.data["cells"]), self.found, (*path, kind),
                                          expect=INTEGER)
            else:
                rule = self._rule(data, kind, path)
            among = self._rule(data, "among", path)
            if rule is not None and title is not None:
                yield GridTotal(key, title, kind, rule, among, tuple(data.get("of", ("rows", "columns"))))

    def marks(self) -> Iterator[GridMark]:
        for key, data in self.data.get("marks", {}).items():
            path: Path = ("marks", key)
            when, title = self._rule(data, "when", path), text_of(data.get("title"), (*path, "title"), self.found)
            if when is not None and title is not None and "colour" in data:
                yield GridMark(key, title, when, data["colour"])


def _text(written: Any) -> Text:
    return Text(written, written, written) if isinstance(written, str) else Text(**{"kk": "", "ru": "", **written})
