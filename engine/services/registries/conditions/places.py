"""Where conditions may look: the fields that the actor sees here, behind links and in rows.

Everything is found through the scope of the actor's own conditions (`scopes.SeenScope`), so a hidden field is not
offered, not named and not told from one that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.expression import DATE
from engine.model import Entity, Field, Text
from engine.services.registries.scopes import SeenScope, seen_scope

UNASKED = frozenset({"id", "version", "organisation", "archived_at", "archived_by", "parent_path"})
"""Built-in fields that are not offered; whoever writes a rule may name them."""


@dataclass(frozen=True)
class Place:
    """A field at a path, for this actor."""

    path: str
    field: Field
    """Titled with its way: "Payer › BIN"."""
    rows: tuple[str, ...]
    """The names that lead into rows, `("lines",)` of `lines.service`."""
    address: str
    """The entity or the rows that hold the field."""


def place_of(view: Any, entity: Entity, path: str) -> Place | None:
    """The field at a path that the actor may ask about, or None: for hidden and unknown names alike."""
    return _walk(seen_scope(view, entity), path)


def takes_days(f: Field) -> bool:
    """May its filters name a day that moves along with the calendar?"""
    return not f.is_many and f.kind.rule_type(f, lambda address: None) == DATE  # type: ignore[arg-type, return-value]


def _walk(scope: SeenScope, path: str) -> Place | None:
    names = path.split(".")
    titles: list[Text] = []
    rows = 0
    for at, name in enumerate(names[:-1]):
        f, inner = scope.find(name), scope.inside(name)
        if f is None or inner is None:
            return None
        titles.append(f.title)
        rows = at + 1 if scope.resolve(name).name == "rows" else rows  # type: ignore[union-attr]
        scope = inner
    f = scope.find(names[-1])
    if f is None or not f.kind.operators_for(f) or (f.kind.virtual and not f.is_computed):
        return None
    title = _joined([*titles, f.title]) if titles else f.title
    return Place(path, replace(f, title=title) if titles else f, tuple(names[:rows]), scope.address)


def _joined(titles: list[Text]) -> Text:
    return Text(*(" › ".join(t.in_(language) for t in titles) for language in ("kk", "ru", "en")))


def offered(view: Any, entity: Entity) -> list[tuple[Text | None, list[Place]]]:
    """The fields that may be filtered by, in groups: the list's own, then those behind each link and in each table."""
    scope = seen_scope(view, entity)
    own, beyond = [], []
    for name, f in scope.fields.items():
        if name in UNASKED or scope.find(name) is None:
            continue
        place = _walk(scope, name)
        if place is not None:
            own.append(place)
        inner = scope.inside(name)
        if inner is None or f.builtin:
            continue
        keys = [key for key, there in inner.fields.items() if key not in UNASKED and (f.fields or not there.builtin)]
        found = [place for key in keys if (place := _walk(scope, f"{name}.{key}")) is not None]
        if found:
            beyond.append((f.title, found))
    return [(None, sorted(own, key=lambda place: place.field.builtin)), *beyond]
