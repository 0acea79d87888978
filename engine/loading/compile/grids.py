"""Entry grids from files: names are fields, rules see what they may, a cell can be told from every other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from engine.expression import BOOLEAN
from engine.expression.types import DATE, Names
from engine.loading.compile.drafts import Draft, Drafting, check_name
from engine.loading.compile.entities import Describing
from engine.loading.compile.grid_cells import Cells, roles_named
from engine.loading.compile.texts import about, serves_of, text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.grid import (
    MOST_COLUMNS,
    STRETCHES,
    Grid,
    GridColumns,
    GridRows,
    Parameter,
)
from engine.model.text import Text

WAYS = (*STRETCHES, "from", "fields")
_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366, "school_year": 366}
_EACH = {"days": 1, "weeks": 7, "months": 28}


def grids_of(
    sources: Iterable[Source],
    describing: Mapping[str, Describing],
    roles: Mapping[str, Role],
    dictionaries: Mapping[str, Any],
    kinds: Mapping[str, Any],
    terms: Mapping[str, Any],
) -> Mapping[str, tuple[Grid, ...]]:
    """Address of the entity of the cells -> its grids."""
    made: dict[str, list[Grid]] = {}
    for source in sources:
        address = source.data.get("cells")
        one = describing.get(address or "")
        if one is None:
            if address is not None:
                source.found.path(("cells",), "entity.unknown", word=address, among=describing, name=address)
            continue
        grid = Compiling(source, one, describing, roles, dictionaries, kinds, terms).grid()
        if grid is None:
            continue
        beside = made.setdefault(address, [])
        if any(each.slug == grid.slug for each in beside):
            source.found.path(("grid",), "grid.twice", name=grid.key, entity=address)
        beside.append(grid)
    return MappingProxyType({address: tuple(found) for address, found in made.items()})


class Compiling:
    """One grid file. `cells`, `rows` and `heads` know the fields of the entities that it is about."""

    def __init__(self, source: Source, cells: Describing, describing: Mapping[str, Describing],
                 roles: Mapping[str, Role], dictionaries: Mapping[str, Any], kinds: Mapping[str, Any],
                 terms: Mapping[str, Any]) -> None:
        self.source, self.data, self.found = source, source.data, source.found
        self.describing, self.roles, self.dictionaries = describing, roles, dictionaries
        self.rules, self.scopes = cells.rules, cells.rules.scopes
        self.cells = self._here(cells)
        self.drafting = Drafting(source.address, source.found, kinds, terms)
        self.names = Names(f"{source.address}@", {})

    def _here(self, one: Describing) -> Describing:
        """The same look-ups, but problems belong to this file."""
        return Describing(self.source, one.drafts, one.entities, one.rules, self.roles)

    def grid(self) -> Grid | None:
        data, found = self.data, self.found
        if self.describing[data["cells"]].data.get("kind") != "reference":
            found.path(("cells",), "grid.cells", name=data["cells"])
        title = text_of(data.get("title"), ("title",), found)
        parameters = dict(self._parameters())
        rows, columns = self._rows(), self._columns(parameters)
        if rows is None or columns is None or "cell" not in data:
            return None
        cells = Cells(self.source, self.cells, self.describing[data["cells"]].data.get("unique", {}), self.roles,
                      self.dictionaries)
        cell = cells.cell(rows, columns)
        about(data, (), found)
        return Grid(
            address=self.source.address, module=self.source.place.module, key=self.source.place.name,
            title=title or Text(self.source.address, self.source.address), cells=data["cells"],
            rows=rows, columns=columns, cell=cell, parameters=MappingProxyType(parameters),
            codes=MappingProxyType(dict(cells.codes(columns, cell))), blank=cells.blank(),
            locked=MappingProxyType({each.key: each for each in cells.locked()}),
            totals=MappingProxyType({each.key: each for each in cells.totals()}),
            marks=MappingProxyType({each.key: each for each in cells.marks()}),
            roles=roles_named(data.get("for", {}).get("roles", ()), ("for", "roles"), self.roles, found),
            icon=data.get("icon", "table"), direction=data.get("direction", "down"),
            hint=text_of(data.get("hint"), ("hint",), found),
            serves=serves_of(data.get("serves"), ("serves",), found),
        )

    # -- parameters ------------------------------------------------------------------------------------------------

    def _parameters(self) -> Iterator[tuple[str, Parameter]]:
        for key, declaration in self.data.get("parameters", {}).items():
            path: Path = ("parameters", key)
            if not check_name(key, path, self.found):
                continue
            draft = self.drafting.make(key, declaration, path, self.names.address)
            if draft is None:
                continue
            if draft.inner or draft.kind.virtual or draft.kind.compiled_away or draft.kind.upload(draft.field):
                self.found.path(path, "grid.parameter", key=True, name=key)
                continue
            parameter = self._parameter(draft, path)
            self._name(draft)
            yield key, parameter

    def _parameter(self, draft: Draft, path: Path) -> Parameter:
        """`where` and, for a link, `default` are judged on the records that may be chosen."""
        declaration, f = draft.declaration, draft.field
        where, default, options = declaration.get("where"), declaration.get("default"), dict(f.options)
        options.pop("where", None)
        targets = draft.kind.targets(f)
        if not targets:
            known = self.rules.literal(draft, default, (*path, "default"), self.rules.type_of(draft), {}) \
                if default is not None else None
            return Parameter(replace(f, default=known, options=MappingProxyType(options)))
        if len(targets) > 1 or targets[0] not in self.describing:
            self.found.path((*path, "to"), "link.where-several" if len(targets) > 1 else "entity.unknown",
                            name=targets[0])
            return Parameter(f)
        preferred = None
        if default is not None:
            text = default.removeprefix("=")
            preferred = self._over(text, targets[0], (*path, "default"), skipped=len(default) - len(text))
        return Parameter(replace(f, options=MappingProxyType(options), default=None),
                         self._over(where, targets[0], (*path, "where")), preferred)

    def _name(self, draft: Draft) -> None:
        """Let rules read the parameter, and the two ends of a period."""
        f, types = draft.field, dict(self.names.types)
        if f.kind.stretch_unit(f) is not None:
            types |= {f"{f.key}_first": DATE, f"{f.key}_last": DATE}
        else:
            known = f.kind.rule_type(f, self.scopes.of)
            if known is not None:
                types[f.key] = known
        self.names = Names(self.names.address, types)

    def _over(self, text: str | None, entity: str, path: Path, skipped: int = 0) -> Any:
        """A condition over the records of an entity, with the parameters around them."""
        if text is None:
            return None
        return self.rules.compile(text, self.names, self.found, path, row=self.scopes.of(entity), expect=BOOLEAN,
                                  skipped=skipped)

    # -- axes ------------------------------------------------------------------------------------------------------

    def _axis(self, part: str) -> tuple[str, Describing] | None:
        address = self.data[part].get("from")
        if address is None:
            return None
        if address not in self.describing:
            self.found.path((part, "from"), "entity.unknown", word=address, among=self.describing, name=address)
            return None
        return address, self._here(self.describing[address])

    def _rows(self) -> GridRows | None:
        axis = self._axis("rows") if "rows" in self.data else None
        if axis is None:
            return None
        address, described = axis
        data = self.data["rows"]
        return GridRows(
            address, self._over(data.get("where"), address, ("rows", "where")),
            self._sort(described, data.get("sort", ()), ("rows", "sort")),
            self._shown(described, data.get("title", ()), ("rows", "title")),
            self._shown(described, data.get("columns", ()), ("rows", "columns")),
        )

    def _sort(self, described: Describing, names: Iterable[str], path: Path) -> tuple[str, ...]:
        names = tuple(names)
        for index, signed in enumerate(names):
            draft = described.field(signed.lstrip("-"), (*path, index))
            if draft is not None and (draft.inner or not draft.kind.can_sort(draft.field)):
                self.found.path((*path, index), "registry.no-sort", name=signed.lstrip("-"))
        return names

    def _shown(self, described: Describing, names: Iterable[str], path: Path) -> tuple[str, ...]:
        names = tuple(names)
        for index, dotted in enumerate(names):
            draft = described.at(dotted, (*path, index))
            if draft is not None and (draft.kind.secret or draft.inner):
                self.found.path((*path, index), "grid.shown", name=dotted)
        return names

    def _columns(self, parameters: Mapping[str, Parameter]) -> GridColumns | None:
        data = self.data.get("columns")
        if data is None:
            return None
        ways = [way for way in WAYS if way in data]
        if len(ways) != 1:
            self.found.path(("columns",), "grid.columns", key=True)
            return None
        way = ways[0]
        if way == "fields":
            return GridColumns("fields", fields=tuple(data["fields"]))
        if way == "from":
            return self._column_records()
        self._period(parameters, way, data[way])
        only = data.get("only", ())
        if only and way != "days":
            self.found.path(("columns", "only"), "grid.only", key=True)
        return GridColumns(way, parameter=data[way], only=("working",) if only == "working" else tuple(only))

    def _period(self, parameters: Mapping[str, Parameter], way: str, name: str) -> None:
        path: Path = ("columns", way)
        if name not in parameters:
            if ("parameters", name) not in self.found.broken:
                self.found.path(path, "grid.no-parameter", word=name, among=parameters, name=name)
            return
        f = parameters[name].field
        unit = f.kind.stretch_unit(f)
        if unit is None:
            self.found.path(path, "grid.no-period", name=name)
        elif not unit or _DAYS[unit] // _EACH[way] > MOST_COLUMNS:
            suits = ", ".join(each for each, days in _DAYS.items() if days // _EACH[way] <= MOST_COLUMNS)
            self.found.path(path, "grid.period-unit", name=name, units=suits)

    def _column_records(self) -> GridColumns | None:
        axis = self._axis("columns")
        if axis is None:
            return None
        address, described = axis
        data = self.data["columns"]
        return GridColumns(
            "records", entity=address, where=self._over(data.get("where"), address, ("columns", "where")),
            sort=self._sort(described, data.get("sort", ()), ("columns", "sort")),
            title=self._shown(described, data.get("title", ()), ("columns", "title")),
        )
