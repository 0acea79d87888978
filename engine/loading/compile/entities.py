"""What an entity says beside its fields: how it is called, found, numbered, kept unique, checked, and shown to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.expression import RuleProblem, parse
from engine.expression.syntax import Comparison, Literal
from engine.expression.syntax import Path as Named
from engine.loading.compile.drafts import Draft
from engine.loading.compile.rules import Rules
from engine.loading.compile.sugar import entity_behind
from engine.loading.compile.texts import about, serves_of, text_of
from engine.loading.nodes import Path
from engine.loading.source import Source
from engine.model.access import Access, Role
from engine.model.entity import Check, Entity, Example, Index, Series, Unique
from engine.model.field import SENSITIVITY

Drafts = Mapping[str, Draft]

_BRACED = re.compile(r"\{([^{}]*)\}")
_SERIES_WORDS = ("yyyy", "yy", "mm", "dd", "organisation.code")
_DOCUMENT_VERBS = ("post", "reverse", "annul")
_NAMES = ("name", "title", "full_name", "caption", "code")


class Describing:
    """Compiles one entity from its source and the drafts of its fields."""

    def __init__(
        self, source: Source, drafts: Drafts, entities: Mapping[str, Drafts], rules: Rules, roles: Mapping[str, Role]
    ) -> None:
        self.source, self.data, self.found = source, source.data, source.found
        self.address, self.drafts, self.entities = source.address, drafts, entities
        self.rules, self.roles = rules, roles

    # -- names -----------------------------------------------------------------------------------------------------

    def field(self, key: str, path: Path) -> Draft | None:
        """The field of this entity that is called so; a problem where there is none."""
        draft = self.drafts.get(key)
        if draft is None:
            self.found.path(path, "field.unknown", word=key, among=self.drafts, name=key)
        return draft

    def at(self, dotted: str, path: Path) -> Draft | None:
        """The field that a path over links leads to."""
        drafts, draft = self.drafts, None
        for name in dotted.split("."):
            if draft is not None:
                drafts = {} if draft.inner else self.entities.get(entity_behind(draft) or "", {})
                if not drafts:
                    self.found.path(path, "field.no-link", name=draft.key)
                    return None
            draft = drafts.get(name)
            if draft is None:
                self.found.path(path, "field.unknown", word=name, among=drafts, name=name)
                return None
        return draft

    def kept(self, keys: list[str], path: Path) -> tuple[str, ...]:
        """Names of fields that are kept in columns of the entity's own table."""
        for index, key in enumerate(keys):
            draft = self.field(key, (*path, index))
            if draft is not None and (draft.inner or draft.kind.virtual or not draft.field.stored):
                self.found.path((*path, index), "field.not-kept", name=key)
        return tuple(keys)

    # -- parts -----------------------------------------------------------------------------------------------------

    def display(self) -> tuple[Any, ...]:
        """Alternating texts and paths; generated when the file does not say it."""
        pattern = self.data.get("display") or self._usual_display()
        parts: list[Any] = []
        for index, piece in enumerate(_BRACED.split(pattern)):
            if index % 2 == 0:
                if "{" in piece or "}" in piece:
                    self.found.path(("display",), "display.braces")
                if piece:
                    parts.append(piece)
                continue
            draft = self.at(piece.strip(), ("display",))
            if draft is None:
                continue
            if draft.inner or draft.kind.secret or draft.kind.virtual:
                self.found.path(("display",), "display.field", name=piece)
            elif draft.field.masked:  # names stand in lists, choices of links and the palette, which show no mask
                self.found.path(("display",), "display.masked", name=piece)
            parts.append(tuple(piece.strip().split(".")))
        return tuple(parts)

    def _usual_display(self) -> str:
        if self.data["kind"] == "document":
            return "{number}"
        texts = [key for key, draft in self.drafts.items() if draft.kind.searchable and not draft.builtin]
        for key in (*_NAMES, *texts):
            if key in texts:
                return "{" + key + "}"
        shown = [key for key, draft in self.drafts.items() if not (draft.builtin or draft.inner or draft.kind.virtual)]
        return "{" + (shown[0] if shown else "id") + "}"

    def search(self, display: tuple[Any, ...]) -> tuple[str, ...]:
        wanted = self.data.get("search")
        if wanted is None:
            own = [part[0] for part in display if isinstance(part, tuple) and len(part) == 1]
            return tuple(key for key in own if self.drafts[key].kind.searchable)
        for index, dotted in enumerate(wanted):
            draft = self.at(dotted, ("search", index))
            if draft is not None and (draft.kind.virtual or draft.kind.secret or draft.inner):
                self.found.path(("search", index), "search.field", name=dotted)
        return tuple(wanted)

    def series(self) -> Series | None:
        written = self.data.get("number")
        if self.data["kind"] != "document":
            if written is not None:
                self.found.path(("number",), "number.no-document", key=True)
            return None
        if written is None:
            return Series("{yyyy}-{00000}")
        series = Series(
            written.get("pattern", ""),
            written.get("restart", "year"),
            written.get("scope", "organisation"),
            written.get("assign", "on posting"),
            written.get("gaps", "never"),
        )
        words = _BRACED.findall(series.pattern)
        zeros = [word for word in words if word and not word.strip("0")]
        path = ("number", "pattern")
        if path in self.found.broken or "pattern" not in written:
            return series
        if len(zeros) != 1:
            self.found.path(path, "number.zeros")
        for word in words:
            if word not in zeros and word not in _SERIES_WORDS:
                self.found.path(
                    path, "number.word", word=word, among=_SERIES_WORDS, name=word, known=", ".join(_SERIES_WORDS)
                )
        needed = {"year": ("yyyy", "yy"), "month": ("mm",), "never": ()}[series.restart]
        if needed and not set(needed) & set(words):
            self.found.path(path, "number.repeats", restart=series.restart, word_needed="{" + needed[0] + "}")
        return series

    def unique(self) -> Iterator[Unique]:
        for key, written in self.data.get("unique", {}).items():
            path: Path = ("unique", key)
            fields = self.kept(written.get("fields", []), (*path, "fields"))
            for index, name in enumerate(fields):
                draft = self.drafts.get(name)
                if draft is not None and not draft.kind.accepts_unique:
                    self.found.path((*path, "fields", index), "field.no-unique", name=name)
            yield Unique(
                key,
                fields,
                text_of(written.get("message"), (*path, "message"), self.found),
                self._literal_condition(written.get("when"), (*path, "when")),
            )

    def _literal_condition(self, text: str | None, path: Path) -> tuple[str, Any] | None:
        if text is None or self.rules.condition(text, self.address, self.found, path) is None:
            return None
        try:
            tree = parse(text)
        except RuleProblem:
            return None  # noted by the line above
        match tree:
            case Comparison(operator="==", left=Named(names=(name,)), right=Literal(value=value)) if value is not None:
                draft = self.drafts[name]
                return name, draft.kind.literal(draft.field.options, value) if isinstance(value, str) else value
        self.found.path(path, "unique.when")
        return None

    def indexes(self) -> Iterator[Index]:
        for key, written in self.data.get("indexes", {}).items():
            short = isinstance(written, list)
            path: Path = ("indexes", key) if short else ("indexes", key, "fields")
            yield Index(key, self.kept(written if short else written.get("fields", []), path))

    def checks(self) -> Iterator[Check]:
        for key, written in self.data.get("rules", {}).items():
            path: Path = ("rules", key)
            message = text_of(written.get("message"), (*path, "message"), self.found)
            rule = (
                self.rules.condition(written["check"], self.address, self.found, (*path, "check"))
                if "check" in written
                else None
            )
            fields = tuple(written.get("fields", ()))
            for index, name in enumerate(fields):
                self.field(name, (*path, "fields", index))
            if rule is not None and message is not None:
                yield Check(key, rule, message, fields, serves_of(written.get("serves"), (*path, "serves"), self.found))

    # -- access ----------------------------------------------------------------------------------------------------

    def access(self) -> Iterator[Access]:
        for role, written in self.data.get("access", {}).items():
            path: Path = ("access", role)
            if role not in self.roles:
                self.found.path(path, "role.unknown", key=True, word=role, among=self.roles, name=role)
            also = written.get("also", {}).items()
            parts = tuple(self._right(role, part, (*path, "also", name), name) for name, part in also)
            yield replace(self._right(role, written, path), also=parts)

    def _right(self, role: str, written: Mapping[str, Any], path: Path, part: str = "") -> Access:
        """One right of a role: its verbs, on which records, with which fields."""
        for index, verb in enumerate(written.get("can", ())):
            if verb in _DOCUMENT_VERBS and self.data["kind"] != "document":
                self.found.path((*path, "can", index), "access.verb", name=verb)
        lists = written.get("fields", {})
        for kind, names in lists.items():
            for index, name in enumerate(names):
                self.field(name, (*path, "fields", kind, index))
        read = frozenset(lists["read"]) if "read" in lists else None
        write = frozenset(lists["write"]) if "write" in lists else None
        where = (
            self.rules.condition(written["where"], self.address, self.found, (*path, "where"))
            if "where" in written
            else None
        )
        if where is not None and not self.rules.trusted:
            self._readable(role, where, read, (*path, "where"))
        return Access(role, frozenset(written.get("can", ())), where, read, write, part)

    def _readable(self, role: str, where: Any, read: frozenset[str] | None, path: Path) -> None:
        """A rule over fields that its role cannot read would answer questions about them."""
        highest = SENSITIVITY.index(self.roles[role].sensitivity) if role in self.roles else len(SENSITIVITY)
        for name in sorted({names[0] for names in where.paths}):
            draft = self.drafts.get(name)
            if draft is None or draft.builtin:
                continue
            hidden = name not in read if read is not None else SENSITIVITY.index(draft.field.sensitivity) > highest
            if hidden:
                self.found.path(path, "access.hidden-field", name=name, role=role)

    # -- examples --------------------------------------------------------------------------------------------------

    def examples(self) -> Iterator[Example]:
        elements = {"rules": self.data.get("rules", {}), "unique": self.data.get("unique", {}), "fields": self.drafts}
        for key, written in self.data.get("examples", {}).items():
            path: Path = ("examples", key)
            for part in ("given", "then"):
                for name in written.get(part, {}):
                    self._example_field(name, (*path, part, name))
            refused = written.get("refused", ())
            refused = (refused,) if isinstance(refused, str) else tuple(refused)
            for index, element in enumerate(refused):
                group, _, name = element.partition(".")
                known = {f"{kind}.{each}" for kind, names in elements.items() for each in names}
                if name.split(".")[0] not in elements.get(group, {}):
                    here = (*path, "refused") if isinstance(written["refused"], str) else (*path, "refused", index)
                    self.found.path(here, "example.refused", word=element, among=known, name=element)
            if "then" not in written and "refused" not in written:
                self.found.path(path, "example.nothing", key=True)
            yield Example(key, written.get("given", {}), written.get("then", {}), refused, written.get("today"))

    def _example_field(self, name: str, path: Path) -> None:
        if name not in self.drafts:
            self.found.path(path, "field.unknown", key=True, word=name, among=self.drafts, name=name)

    # -- all -------------------------------------------------------------------------------------------------------

    def unit(self) -> str | None:
        key = self.data.get("unit")
        if key is None:
            return None
        draft = self.field(key, ("unit",))
        if draft is not None and draft.kind.targets(draft.field) != ("system.unit",):
            self.found.path(("unit",), "entity.unit", name=key)
        return key

    def subject(self) -> str | None:
        key = self.data.get("subject")
        if key is None:
            return None
        draft = self.field(key, ("subject",))
        if draft is not None and (len(draft.kind.targets(draft.field)) != 1 or draft.inner):
            self.found.path(("subject",), "entity.subject", name=key)
        return key

    def entity(self, fields: Mapping[str, Any]) -> Entity:
        """The whole entity, with `fields` finished."""
        data, found, module = self.data, self.found, self.source.place.module
        title = text_of(data.get("title"), ("title",), found)
        display = self.display()
        extra = about(data, (), found)
        if "order" in data:
            extra["order"] = data["order"]
        key = self.source.place.name
        return Entity(
            address=self.address,
            module=module,
            key=key,
            kind=data.get("kind", "reference"),
            title=title,
            plural=text_of(data.get("plural"), ("plural",), found) or title,
            fields=fields,
            table=f"{module}_{key}",
            scope=data.get("scope", "organisation"),
            icon=data.get("icon", "file"),
            display=display,
            search=self.search(display),
            natural_key=self.kept(data.get("key", []), ("key",)),
            tree=data.get("tree", False),
            unit=self.unit(),
            subject=self.subject(),
            purpose=text_of(data.get("purpose"), ("purpose",), found),
            kept_for=text_of(data.get("kept_for"), ("kept_for",), found),
            number=self.series(),
            unique={each.key: each for each in self.unique()},
            indexes={each.key: each for each in self.indexes()},
            rules={each.key: each for each in self.checks()},
            access={each.role: each for each in self.access()},
            examples={each.key: each for each in self.examples()},
            history=data.get("history", True),
            hint=text_of(data.get("hint"), ("hint",), found),
            help=text_of(data.get("help"), ("help",), found),
            was=data.get("was"),
            serves=serves_of(data.get("serves"), ("serves",), found),
            extra=extra,
        )
