"""Forms from files: every name in them is a field that stands there once, every rule is one over the entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.loading.compile.entities import Describing
from engine.loading.compile.layouts import Layouts
from engine.loading.compile.texts import serves_of, text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Role
from engine.model.entity import Check
from engine.model.form import MAIN, REVIEW, Column, Form, Look, Related, Rows, Section, Step, Tab

MOST_WIDTH = 12
KEPT = ("public", "internal")
"""Sensitivity of values that may stand in an address."""


class Forms(Layouts):
    """Compiles one form file of an entity."""

    def __init__(self, source: Source, describing: Describing, roles: Mapping[str, Role]) -> None:
        super().__init__(source, describing, roles)
        self.entity = describing.data

    def form(self) -> Form:
        roles, when = self._audience()
        data, found = self.data, self.found
        self.placed: dict[str, str] = {}
        if self.source.place.variant == MAIN:
            found.path((self.source.kind,), "form.main", name=MAIN)
        if "steps" in data and ("tabs" in data or "sections" in data):
            found.path(("steps",), "form.steps-alone", key=True)
        if not any(data.get(part) for part in ("sections", "tabs", "steps")):
            found.path((self.source.kind,), "form.nothing")
        sections = self._sections(data.get("sections", {}), ("sections",))
        tabs = {key: self._tab(key, written) for key, written in data.get("tabs", {}).items()}
        steps = {key: self._step(key, written) for key, written in data.get("steps", {}).items()}
        self._circles(steps)
        return Form(
            self.address,
            self.source.place.variant,
            text_of(data.get("title"), ("title",), found),
            sections,
            roles,
            when,
            tuple(data.get("side", ("files", "history"))),
            tabs=tabs,
            steps=steps,
            related=dict(self._related()),
            by_link=bool(data.get("for", {}).get("link")),
            hint=text_of(data.get("hint"), ("hint",), found),
            help=text_of(data.get("help"), ("help",), found),
            keep=self._keep(),
        )

    def _keep(self) -> tuple[str, ...]:
        """Fields whose values go over to the next record by its address: single, and nothing personal."""
        for index, name in enumerate(self.data.get("keep", ())):
            draft = self.fields.field(name, ("keep", index))
            if draft is None:
                continue
            f = draft.field
            if draft.inner or not f.is_input or draft.kind.secret or f.encrypted or f.sensitivity not in KEPT:
                self.found.path(("keep", index), "form.keep", name=name)
        return tuple(self.data.get("keep", ()))

    # -- sections --------------------------------------------------------------------------------------------------

    def _sections(self, written: Mapping[str, Any], path: Path) -> dict[str, Section]:
        return {key: self._section(key, each, (*path, key)) for key, each in written.items()}

    def _section(self, key: str, written: Mapping[str, Any], path: Path) -> Section:
        if not any(part in written for part in ("rows", "columns", "text")):
            self.found.path(path, "form.section-empty", key=True, name=key)
        if "rows" in written and "columns" in written:
            self.found.path((*path, "columns"), "form.rows-and-columns", key=True)
        begun = len(self.placed)
        rows = self._rows(written.get("rows", ()), (*path, "rows"), key)
        columns = tuple(
            Column(name, self._rows(each.get("rows", ()), (*path, "columns", name, "rows"), key), each.get("width"))
            for name, each in written.get("columns", {}).items()
        )
        if sum(c.width or 0 for c in columns) > MOST_WIDTH:
            self.found.path((*path, "columns"), "form.too-wide", key=True, most=MOST_WIDTH)
        here = list(self.placed)[begun:]
        for name in written.get("fields", {}):
            if name not in here:
                self.found.path((*path, "fields", name), "form.not-here", key=True, word=name, among=here, name=name)
        return Section(
            key,
            text_of(written.get("title"), (*path, "title"), self.found),
            rows,
            written.get("collapsed", False),
            self._rule(written, "visible_when", path),
            columns,
            {n: Look(e.get("width"), e.get("as") == "text") for n, e in written.get("fields", {}).items()},
            text_of(written.get("hint"), (*path, "hint"), self.found),
            text_of(written.get("text"), (*path, "text"), self.found),
            written.get("tone", "info"),
        )

    def _rows(self, rows: Any, path: Path, section: str) -> Rows:
        for line, names in enumerate(rows):
            for index, name in enumerate(names):
                here = (*path, line, index)
                draft = self.fields.field(name, here)
                if name in self.placed:
                    self.found.path(here, "form.twice", name=name, section=self.placed[name])
                elif draft is not None:
                    self.placed[name] = section
        return tuple(tuple(names) for names in rows)

    # -- tabs and steps --------------------------------------------------------------------------------------------

    def _tab(self, key: str, written: Mapping[str, Any]) -> Tab:
        path: Path = ("tabs", key)
        if not written.get("sections"):
            self.found.path(path, "form.section-empty", key=True, name=key)
        return Tab(
            key,
            text_of(written.get("title"), (*path, "title"), self.found),  # type: ignore[arg-type]
            self._sections(written.get("sections", {}), (*path, "sections")),
            self._rule(written, "visible_when", path),
        )

    def _step(self, key: str, written: Mapping[str, Any]) -> Step:
        path: Path = ("steps", key)
        if key == REVIEW:
            self.found.path(path, "name.reserved", key=True, name=key)
        sections = self._sections(written.get("sections", {}), (*path, "sections"))
        if "rows" in written:
            if sections:
                self.found.path((*path, "rows"), "form.rows-and-sections", key=True)
            sections = {**sections, key: Section(key, None, self._rows(written["rows"], (*path, "rows"), key))}
        if not any(line for section in sections.values() for line in section.lines):
            self.found.path(path, "form.step-empty", key=True, name=key)
        known = self.entity.get("rules", {})
        for index, name in enumerate(written.get("rules", ())):
            if name not in known:
                self.found.path((*path, "rules", index), "form.rule-unknown", word=name, among=known, name=name)
        return Step(
            key,
            text_of(written.get("title"), (*path, "title"), self.found),  # type: ignore[arg-type]
            sections,
            self._rule(written, "when", path),
            tuple(written.get("rules", ())),
            {check.key: check for check in self._checks(written.get("checks", {}), (*path, "checks"))},
            text_of(written.get("hint"), (*path, "hint"), self.found),
        )

    def _checks(self, written: Mapping[str, Any], path: Path) -> Iterator[Check]:
        for key, each in written.items():
            here = (*path, key)
            message = text_of(each.get("message"), (*here, "message"), self.found)
            rule = self._rule(each, "check", here)
            for index, name in enumerate(each.get("fields", ())):
                self.fields.field(name, (*here, "fields", index))
            if rule is not None and message is not None:
                serves = serves_of(each.get("serves"), (*here, "serves"), self.found)
                yield Check(key, rule, message, tuple(each.get("fields", ())), serves)

    def _circles(self, steps: Mapping[str, Step]) -> None:
        """A step that waits for what is only typed on it, or later, is never reached."""
        if self.rules.trusted:
            return
        later: set[str] = set()
        for key, step in reversed(steps.items()):
            later |= set(step.fields)
            for path in sorted(step.when.paths) if step.when is not None else ():
                if path[0] in later:
                    self.found.path(("steps", key, "when"), "form.step-circle", name=path[0])

    # -- related lists ---------------------------------------------------------------------------------------------

    def _related(self) -> Iterator[tuple[str, Related]]:
        for key, written in self.data.get("related", {}).items():
            path: Path = ("related", key)
            address, _, name = key.rpartition(".")
            drafts = self.fields.entities.get(address)
            if drafts is None:
                among = self.fields.entities
                module = address.partition(".")[0]
                if module not in {each.partition(".")[0] for each in among}:
                    # A module may point to those below it, which do not need it: the list comes and goes with it.
                    self.found.path(path, "form.related-absent", key=True, name=address, module=module)
                    continue
                self.found.path(path, "entity.unknown", key=True, word=address, among=among, name=address)
                continue
            draft = drafts.get(name)
            if draft is None:
                self.found.path(path, "field.unknown", key=True, word=name, among=drafts, name=name)
                continue
            if self.address not in draft.kind.targets(draft.field):
                self.found.path(path, "field.not-back", key=True, name=key, entity=self.address)
                continue
            there = self._layouts_of(address, drafts)
            yield key, Related(
                address,
                name,
                text_of(written.get("title"), (*path, "title"), self.found),
                there._columns(written.get("columns", []), (*path, "columns")),
                there._sort(written.get("sort", []), (*path, "sort")),
                there._rule(written, "where", path),
                written.get("limit", 5),
            )

    def _layouts_of(self, address: str, drafts: Mapping[str, Any]) -> Layouts:
        """Another entity's names, looked up in its fields, with their problems in this file."""
        there = Describing(self.source, drafts, self.fields.entities, self.rules, self.roles)
        there.address = address
        return Layouts(self.source, there, self.roles)
