"""Which computed values are kept and which are computed when read (decisions.md, 11); circles among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.expression import Rule
from engine.loading.compile.drafts import Draft
from engine.loading.compile.sugar import entity_behind


class Computed:
    """Follows the paths of `value` rules from field to field."""

    def __init__(self, entities: Mapping[str, Mapping[str, Draft]], values: Mapping[Draft, Rule]) -> None:
        self.entities = entities
        self.values = values
        self._live: dict[Draft, bool] = {}
        self._trail: list[Draft] = []

    def is_live(self, draft: Draft) -> bool:
        """True when the value must be computed at every reading: it hangs on other records, the clock or the actor."""
        if draft in self._live:
            return self._live[draft]
        if draft in self._trail:
            circle = [*self._trail[self._trail.index(draft):], draft]
            if not any(each in self._live for each in circle):
                said = " -> ".join(f"{each.owner}.{each.key}" for each in circle)
                draft.problem("value" if draft.sugar is None else draft.sugar.option, "field.cycle", cycle=said)
            self._live[draft] = True
            return True
        rule = self.values.get(draft)
        if rule is None:
            return False
        self._trail.append(draft)
        live = rule.uses_today or rule.uses_actor or rule.uses_calendar
        for path in sorted(rule.paths):
            for reached, behind_link in self._reached(draft, rule, path):
                # Every field on the way is asked, so that circles are found even when the answer is known.
                live = self.is_live(reached) or live or behind_link
        self._trail.pop()
        if draft.sugar is not None and draft.sugar.frozen:
            live = False
        return self._live.setdefault(draft, live)

    def _reached(self, draft: Draft, rule: Rule, path: tuple[str, ...]) -> Iterator[tuple[Draft, bool]]:
        """The fields that a path goes over, each with whether it stands in, or leads to, another record."""
        drafts = self.entities[draft.entity]
        if path in rule.row_paths and draft.outer is not None:
            drafts = draft.outer.inner
        elif path[0] not in drafts and draft.outer is not None and draft.outer.outer is not None:
            drafts = draft.outer.outer.inner
        behind = False
        for index, name in enumerate(path):
            here = drafts.get(name)
            if here is None:
                return
            last = index == len(path) - 1
            leads_out = here.kind.virtual or (not last and not here.inner)
            yield here, behind or leads_out
            behind = behind or leads_out
            drafts = here.inner or self.entities.get(entity_behind(here) or "", {})
