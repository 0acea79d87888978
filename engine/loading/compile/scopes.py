"""What names mean in rules: the fields of an entity, of its rows, and of both at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from engine.expression import Scope, Type
from engine.loading.compile.builtin import ALWAYS, OF_DOCUMENTS
from engine.loading.compile.drafts import Draft


class FieldScope:
    """The fields of one record or row; types are asked late, because entities point at each other in circles."""

    def __init__(self, address: str, drafts: Mapping[str, Draft], scope_of: Callable[[str], Scope]) -> None:
        self.address = address
        self._drafts = drafts
        self._scope_of = scope_of
        self._known: dict[str, Type | None] = {}

    def resolve(self, name: str) -> Type | None:
        if name not in self._known:
            draft = self._drafts.get(name)
            self._known[name] = draft.kind.rule_type(draft.field, self._scope_of) if draft else None
        return self._known[name]

    def names(self) -> Iterable[str]:
        """Names that a rule can read: what a kind keeps from rules is not offered either."""
        return [name for name in self._drafts if self.resolve(name) is not None]


class OuterScope:
    """The record around a row or a candidate: its own names, without those that every record has."""

    def __init__(self, scope: Scope, hidden: Collection[str]) -> None:
        self.address = scope.address
        self._scope = scope
        self._hidden = hidden

    def resolve(self, name: str) -> Type | None:
        return None if name in self._hidden else self._scope.resolve(name)

    def names(self) -> Iterable[str]:
        return [name for name in self._scope.names() if name not in self._hidden]


class LaidOver:
    """A row laid over its record: the row's names win. Its Context is `{**record, **row}`."""

    def __init__(self, row: Scope, record: Scope) -> None:
        self.address = row.address
        self._row, self._record = row, record

    def resolve(self, name: str) -> Type | None:
        return self._row.resolve(name) or self._record.resolve(name)

    def names(self) -> Iterable[str]:
        return [*self._row.names(), *self._record.names()]


class Scopes:
    """Scopes by address: `accounting.invoice`, `accounting.invoice.lines`."""

    def __init__(self, entities: Mapping[str, Mapping[str, Draft]]) -> None:
        self._entities = entities
        self._made: dict[str, Any] = {}

    def of(self, address: str) -> Scope:
        """The scope at an address; one without names where nothing is described."""
        if address not in self._made:
            self._made[address] = FieldScope(address, self._drafts(address), self.of)
        return self._made[address]

    def _drafts(self, address: str) -> Mapping[str, Draft]:
        module, _, rest = address.partition(".")
        key, *rows = rest.split(".")
        drafts = self._entities.get(f"{module}.{key}", {})
        for name in rows:
            drafts = drafts[name].inner if name in drafts else {}
        return drafts

    def around(self, address: str) -> Scope:
        """The record as a link's `where` sees it: names that every record has mean the candidate."""
        return OuterScope(self.of(address), frozenset((*ALWAYS, *OF_DOCUMENTS, "parent")))
