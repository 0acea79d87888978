"""First look at fields: their kinds and options, before any rule is read. Rules need all of them to be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.loading.compile.builtin import RESERVED_INNER, RULE_WORDS, TITLES
from engine.loading.compile.texts import about, serves_of, text_of
from engine.loading.nodes import Path
from engine.loading.problems import Collector
from engine.loading.reading import TRUTH
from engine.model.field import Field
from engine.model.text import Text

MAX_LEVELS = 2
FLAGS = ("required", "readonly", "unique", "index", "copy", "translated", "encrypted", "masked", "once",
         "after_posting")


@dataclass(eq=False)
class Draft:
    """A field on its way: `field` has kind, title and options, with rules still as text."""

    key: str
    declaration: Mapping[str, Any]
    path: Path
    found: Collector
    entity: str
    owner: str
    field: Field
    inner: dict[str, Draft] = field(default_factory=dict)
    builtin: bool = False
    outer: Draft | None = None
    """The rows in which it stands."""
    sugar: Any = None
    """For a lookup or rollup: how it was written (`sugar.Sugar`)."""

    @property
    def kind(self) -> Any:
        return self.field.kind

    def problem(self, option: str, code: str, /, **more: Any) -> None:
        """Note a problem at one of its options, or at its name when the option was not written."""
        path = (*self.path, option) if option and option in self.declaration else self.path
        self.found.path(path, code, key=path == self.path, **more)


class Drafting:
    """Makes the drafts of one entity."""

    def __init__(self, entity: str, found: Collector, kinds: Mapping[str, Any], terms: Mapping[str, Text]) -> None:
        self.entity = entity
        self.found = found
        self.kinds = kinds
        self.terms = terms

    def make(self, key: str, declaration: Mapping[str, Any], path: Path, owner: str, builtin: bool = False,
             outer: Draft | None = None, level: int = 0) -> Draft | None:
        """The draft of one declaration (long or short form); None when its type is not known."""
        if isinstance(declaration, str):
            declaration = {"type": declaration}
        kind = self.kinds.get(declaration.get("type", ""))
        if kind is None:
            return None  # noted when the file was read
        own = {option: self._option(schema, declaration[option], (*path, option))
               for option, schema in kind.options.items() if option in declaration}
        draft = Draft(key, declaration, path, self.found, self.entity, owner, Field(
            key=key, kind=kind, title=self._title(key, declaration, path, builtin or kind.compiled_away), owner=owner,
            options=own, builtin=builtin,
            hint=text_of(declaration.get("hint"), (*path, "hint"), self.found),
            purpose=text_of(declaration.get("purpose"), (*path, "purpose"), self.found),
            sensitivity=declaration.get("sensitivity") or (outer.field.sensitivity if outer else "internal"),
            was=declaration.get("was"), serves=serves_of(declaration.get("serves"), (*path, "serves"), self.found),
            extra=self._extra(declaration, path),
            **{flag: _yes(declaration[flag]) for flag in FLAGS if flag in declaration},
        ), builtin=builtin, outer=outer)
        self._inner(draft, own, level)
        return draft

    def _inner(self, draft: Draft, own: Mapping[str, Any], level: int) -> None:
        declared = own.get("fields") if isinstance(own.get("fields"), Mapping) else {}
        for key, declaration in draft.kind.inner(own).items():
            written = key in (declared or {})
            path = (*draft.path, "fields", key) if written else draft.path
            if written and level + 1 > MAX_LEVELS:
                self.found.path(draft.path, "field.rows-too-deep", key=True, name=draft.key)
                return
            if written and not check_name(key, path, self.found, RESERVED_INNER):
                continue
            made = self.make(key, declaration, path, f"{draft.owner}.{draft.key}", outer=draft, level=level + 1)
            if made is not None:
                draft.inner[key] = made
        if draft.inner:
            # Kinds ask `is_many` from the first moment on; the finished inner fields replace these.
            draft.field = replace(draft.field, fields={key: each.field for key, each in draft.inner.items()})

    def _option(self, schema: Mapping[str, Any], value: Any, path: Path) -> Any:
        if schema.get("x-text"):
            return text_of(value, path, self.found) if not isinstance(value, Text) else value
        if schema.get("x-texts"):
            return {code: each if isinstance(each, Text) else text_of(each, (*path, code), self.found)
                    for code, each in value.items()}
        return value

    def _title(self, key: str, declaration: Mapping[str, Any], path: Path, lent: bool) -> Text:
        if "title" in declaration:
            return text_of(declaration["title"], (*path, "title"), self.found) or Text(key, key)
        known = self.terms.get(key) or TITLES.get(key)
        if known is None and not lent:
            self.found.path(path, "title.missing", key=True, name=key)
        return known or Text(key, key)

    def _extra(self, declaration: Mapping[str, Any], path: Path) -> dict[str, Any]:
        extra = about(declaration, path, self.found)
        if "message" in declaration:
            extra["message"] = text_of(declaration["message"], (*path, "message"), self.found)
        return extra


def check_name(key: str, path: Path, found: Collector, reserved: tuple[str, ...] = ()) -> bool:
    """Names that mean something else already are refused, and so are two underscores, which tables use."""
    if key in RULE_WORDS or key in reserved or "__" in key or key.endswith("_"):
        found.path(path, "name.reserved", key=True, name=key)
        return False
    return True


def _yes(value: Any) -> bool:
    """What kinds declare for their inner fields may still be the text of a file."""
    return TRUTH.get(value, False) if isinstance(value, str) else bool(value)
