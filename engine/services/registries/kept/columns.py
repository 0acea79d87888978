"""The columns that a person may choose for a list: fields they see, here and behind one link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.model import Entity, Field, Text
from engine.services.access.grants import held, readable

UNOFFERED = frozenset({"id", "version", "organisation"})


@dataclass(frozen=True)
class Column:
    path: str
    field: Field
    title: Text
    """With its way: "Payer › BIN"."""


def column_at(view: Any, entity: Entity, path: str) -> Column | None:
    """The column at a path that the actor may see; None for hidden and for unknown names alike."""
    name, dot, key = path.partition(".")
    f = entity.fields.get(name)
    if f is None or name not in readable(view.catalog, view.actor, entity) or f.kind.secret:
        return None
    if not dot:
        return None if f.kind.virtual and not f.is_computed else Column(path, f, f.title)
    inner = _behind(view, f).get(key)
    return Column(path, inner, _way(f, inner)) if inner is not None else None


def columns_offered(view: Any, entity: Entity) -> list[Column]:
    """All of them: the list's own, then those behind its links."""
    own = [c for name in entity.fields if name not in UNOFFERED and (c := column_at(view, entity, name)) is not None]
    own.sort(key=lambda c: c.field.builtin)
    beyond = [
        Column(f"{c.path}.{key}", inner, _way(c.field, inner))
        for c in own if not c.field.builtin
        for key, inner in _behind(view, c.field).items() if not inner.builtin
    ]
    return [*own, *beyond]


def _behind(view: Any, f: Field) -> dict[str, Field]:
    """Fields of the linked record that stand on every row of it: only these may be shown behind a link."""
    targets = f.kind.targets(f)
    if len(targets) != 1 or f.is_many or targets[0] not in view.catalog.entities:
        return {}
    target = view.catalog.entity(targets[0])
    showing = held(view.catalog, view.actor, target, "read")
    return {
        key: inner for key, inner in target.fields.items()
        if key not in UNOFFERED and showing and not (inner.is_many or inner.kind.secret or inner.kind.virtual)
        and all(key in g.read for g in showing)
    }


def _way(f: Field, inner: Field) -> Text:
    return Text(*(f"{f.title.in_(language)} › {inner.title.in_(language)}" for language in ("kk", "ru", "en")))
