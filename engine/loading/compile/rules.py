"""Rules of fields: compiled in the scope where they will be judged, with every problem at its character."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.expression import BOOLEAN, Rule, RuleProblem, Scope, Type, compile_rule
from engine.loading.compile.drafts import Draft
from engine.loading.compile.scopes import LaidOver, Scopes
from engine.loading.nodes import Path
from engine.loading.problems import Collector
from engine.model.text import Text

CONDITIONS = ("required_when", "visible_when", "readonly_when", "check")
_NUMBER = Type("number", places=0)
_LITERAL_TYPES = ("text", "number", "boolean", "date", "datetime", "time", "id")


class LateRule(Rule):
    """A rule of a set that was checked before: it is compiled when somebody first asks it anything."""

    def __init__(self, text: str, scope: Scope, row: Scope | None, expect: Type | None) -> None:
        vars(self).update(text=text, origin=(scope, row, expect))

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not there yet. Two threads may both compile: they come to the same.
        own = vars(self)
        if name in own:
            return own[name]  # another thread was quicker
        if "node" in own or "origin" not in own or name.startswith("__"):
            raise AttributeError(name)
        scope, row, expect = own["origin"]
        own.update(vars(compile_rule(self.text, scope, row=row, expect=expect)))
        return getattr(self, name)


class Rules:
    """Compiles every rule of the Catalog; an unreadable one is noted and becomes None."""

    def __init__(self, scopes: Scopes, trusted: bool = False) -> None:
        self.scopes = scopes
        self.trusted = trusted

    def compile(
        self,
        text: str,
        scope: Scope,
        found: Collector,
        path: Path,
        *,
        row: Scope | None = None,
        expect: Type | None = None,
        skipped: int | None = 0,
    ) -> Rule | None:
        """`skipped`: how many characters stand before the rule (the `=`); None when it is not there as such."""
        if self.trusted:
            return LateRule(text, scope, row, expect)
        try:
            return compile_rule(text, scope, row=row, expect=expect)
        except RuleProblem as problem:
            offset = None if skipped is None or problem.offset is None else problem.offset + skipped
            hint, more = ("did-you-mean", {"near": problem.hint}) if problem.hint else (None, {})
            said = Text(*(problem.message(language) for language in ("kk", "ru", "en")))
            found.path(path, problem.code, offset=offset, said=said, hint=hint, **more)
            return None

    def condition(self, text: str, entity: str, found: Collector, path: Path) -> Rule | None:
        """A yes/no rule over the fields of an entity."""
        return self.compile(text, self.scopes.of(entity), found, path, expect=BOOLEAN)

    def of_field(
        self, draft: Draft, text: str, path: Path, expect: Type | None, skipped: int | None = 0
    ) -> Rule | None:
        """A rule of a field: it sees the row in which the field stands, then the record."""
        record, row = self._frames(draft)
        return self.compile(text, record, draft.found, path, row=row, expect=expect, skipped=skipped)

    def _frames(self, draft: Draft) -> tuple[Scope, Scope | None]:
        record = self.scopes.of(draft.entity)
        if draft.outer is None:
            return record, None
        if draft.outer.outer is not None:
            record = LaidOver(self.scopes.of(draft.outer.owner), record)
        return record, self.scopes.of(draft.owner)

    def of_candidates(self, draft: Draft, text: str, path: Path) -> Rule | None:
        """A link's `where`: the row is the candidate; then come the row and the record it would be chosen for."""
        targets = draft.kind.targets(draft.field)
        if len(targets) != 1:
            draft.found.path(path, "link.where-several")
            return None
        around: Scope = self.scopes.around(draft.entity)
        owner = draft
        while owner.outer is not None:
            if owner.outer.declaration.get("fields"):
                around = LaidOver(self.scopes.of(owner.owner), around)
            owner = owner.outer
        return self.compile(text, around, draft.found, path, row=self.scopes.of(targets[0]), expect=BOOLEAN)

    # -- one field -------------------------------------------------------------------------------------------------

    def value(self, draft: Draft) -> Rule | None:
        """The rule that computes a field, or None."""
        if draft.sugar is not None:
            return self.of_field(draft, draft.sugar.rule, (*draft.path, draft.sugar.option), None, skipped=None)
        text = draft.declaration.get("value")
        return None if text is None else self.of_field(draft, text, (*draft.path, "value"), self.type_of(draft))

    def type_of(self, draft: Draft) -> Type | None:
        """The type that rules about a field must give; None when any will do."""
        found = draft.kind.rule_type(draft.field, self.scopes.of)
        return found if found is not None and found.name in _LITERAL_TYPES else None

    def rest(self, draft: Draft) -> dict[str, Any]:
        """The other rules of a field, its default, and its options with rules and literals read."""
        declaration, path = draft.declaration, draft.path
        read: dict[str, Any] = {}
        for key in CONDITIONS:
            if key in declaration:
                read[key] = self.of_field(draft, declaration[key], (*path, key), BOOLEAN)
        if "default" in declaration:
            read["default"] = self.literal(draft, declaration["default"], (*path, "default"), self.type_of(draft), {})
        options = self._options(draft)
        if options is not None:
            read["options"] = options
        return read

    def _options(self, draft: Draft) -> Mapping[str, Any] | None:
        options, changed = dict(draft.field.options), False
        for name, schema in draft.kind.options.items():
            if name not in options or not isinstance(options[name], str):
                continue
            path = (*draft.path, name)
            if schema.get("x-literal"):
                expect = self.type_of(draft) or _NUMBER
                options[name], changed = self.literal(draft, options[name], path, expect, schema), True
            elif schema.get("x-rule"):
                expect = BOOLEAN if schema["x-rule"] == "boolean" else self.type_of(draft)
                rule = (
                    self.of_candidates(draft, options[name], path)
                    if draft.kind.targets(draft.field)
                    else (self.of_field(draft, options[name], path, expect))
                )
                options[name], changed = rule, True
        return options if changed else None

    def literal(self, draft: Draft, text: str, path: Path, expect: Type | None, schema: Mapping[str, Any]) -> Any:
        """What `default`, `min` or `max` says: a value of the kind, or a rule after `=`."""
        if text.startswith("="):
            return self.of_field(draft, text[1:], path, expect, skipped=1)
        try:
            value = draft.kind.literal(draft.field.options, text)
        except (ValueError, ArithmeticError):
            draft.found.path(path, "value.literal", text=text[:80], type=draft.kind.name)
            return None
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None and value < low:
            draft.found.path(path, "value.low", text=text, limit=low)
        elif high is not None and value > high:
            draft.found.path(path, "value.high", text=text, limit=high)
        return value


def with_changes(draft: Draft, changes: Mapping[str, Any]) -> None:
    if changes:
        draft.field = replace(draft.field, **changes)
