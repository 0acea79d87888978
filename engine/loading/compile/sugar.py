"""Lookup and rollup: ways of writing a computed field. Here they become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.loading.compile.drafts import Draft


@dataclass(frozen=True)
class Sugar:
    """The rule that a lookup or rollup stands for, and the option that a problem with it points to."""

    rule: str
    option: str
    frozen: bool = False
    freeze: str = "never"
    taken: tuple[str, str] | None = None
    """For a lookup over one link: the link, and the field taken from behind it."""


class Desugaring:
    """Finds the field that a lookup or rollup takes its values from, over other lookups if need be."""

    def __init__(self, entities: Mapping[str, Mapping[str, Draft]], kinds: Mapping[str, Any]) -> None:
        self.entities = entities
        self.kinds = kinds
        self._busy: set[int] = set()

    def settle(self, draft: Draft) -> None:
        """Give a written-for-short field the kind and options of what it takes."""
        if not draft.kind.compiled_away or draft.sugar is not None:
            return
        if id(draft) in self._busy:
            draft.problem("", "field.cycle", cycle=f"{draft.owner}.{draft.key}")
            return
        self._busy.add(id(draft))
        try:
            if "through" in draft.declaration and "take" in draft.declaration:
                self._lookup(draft)
            elif "of" in draft.declaration and "with" in draft.declaration:
                self._rollup(draft)
        finally:
            self._busy.discard(id(draft))

    def _lookup(self, draft: Draft) -> None:
        through, take = draft.declaration["through"], draft.declaration["take"]
        freeze = draft.declaration.get("freeze", "never")
        siblings = draft.outer.inner if draft.outer else self.entities[draft.entity]
        taken = self._walk(siblings, f"{through}.{take}".split("."), draft, ("through", "take"))
        if taken is None:
            return
        if taken.inner or taken.kind.secret:
            draft.problem("take", "field.takes-many", name=take)
            return
        self._become(draft, taken.kind, taken.field.options, taken)
        once = None if "." in f"{through}{take}" else (through, take)
        draft.sugar = Sugar(f"{through}.{take}", "take", freeze != "never", freeze, once)

    def _rollup(self, draft: Draft) -> None:
        of, function, where = draft.declaration["of"], draft.declaration["with"], draft.declaration.get("where")
        siblings = draft.outer.inner if draft.outer else self.entities[draft.entity]
        names = of.split(".")
        if function == "count":
            rule = f"count({names[0]}, {where})" if where else f"count({of})"
            self._become(draft, self.kinds["integer"], {}, None)
        else:
            if len(names) < 2:
                draft.problem("of", "field.rollup-of", name=of)
                return
            taken = self._walk(siblings, names, draft, ("of",))
            if taken is None:
                return
            value = ".".join(names[1:])
            rule = f"{function}({names[0]}, iif({where}, {value}, none))" if where else f"{function}({of})"
            kind, options = (
                (self.kinds["decimal"], {"places": 2}) if function == "avg" else (taken.kind, taken.field.options)
            )
            self._become(draft, kind, options, taken)
        draft.sugar = Sugar(rule, "where" if where else "of")

    def _walk(
        self, drafts: Mapping[str, Draft], names: list[str], draft: Draft, options: tuple[str, ...]
    ) -> Draft | None:
        for index, name in enumerate(names):
            here = drafts.get(name)
            if here is None:
                option = options[min(index, len(options) - 1)]
                draft.problem(option, "field.unknown", word=name, among=drafts, name=name)
                return None
            self.settle(here)
            if index == len(names) - 1:
                return here
            drafts = here.inner or self._behind(here)
            if not drafts:
                draft.problem(options[0], "field.no-link", name=name)
                return None
        return None

    def _behind(self, draft: Draft) -> Mapping[str, Draft]:
        return self.entities.get(entity_behind(draft) or "", {})

    def _become(self, draft: Draft, kind: Any, options: Mapping[str, Any], taken: Draft | None) -> None:
        # The taken field's shape is kept (places, choices, target); what it demands of people who type is not.
        shape = {key: value for key, value in options.items() if not _demands(kind.options.get(key, {}))}
        title = draft.field.title
        if "title" not in draft.declaration and taken is not None:
            title = taken.field.title
        sensitivity = draft.field.sensitivity
        if "sensitivity" not in draft.declaration and taken is not None:
            sensitivity = taken.field.sensitivity
        draft.field = replace(
            draft.field,
            kind=kind,
            options=shape,
            title=title,
            sensitivity=sensitivity,
            translated=bool(taken and taken.field.translated),
        )


def _demands(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("x-rule") or schema.get("x-literal"))


def entity_behind(draft: Draft) -> str | None:
    """The one entity that a link or a related list leads to."""
    targets = draft.kind.targets(draft.field)
    if len(targets) == 1:
        return targets[0]
    related = [
        draft.field.options[name]
        for name, schema in draft.kind.options.items()
        if schema.get("x-entity") and isinstance(draft.field.options.get(name), str)
    ]
    return related[0] if draft.kind.virtual and related else None
