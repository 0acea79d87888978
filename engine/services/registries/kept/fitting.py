"""A kept view as this reader may use it: renamed fields under their new names, fields that are gone or hidden left out.

Both look alike to the reader: "a field that is no longer there". The list opens with what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from engine.expression import RuleProblem, parse
from engine.expression.naming import BUILT_IN
from engine.expression.syntax import Binary, Call, Comparison, Items, Logic, Node, Path, Unary
from engine.expression.writing import write
from engine.model import Entity, Field, Registry
from engine.model.layout import TOTALS
from engine.services.registries.conditions import Group, Part, Written, normal, place_of, read_rule, write_rule
from engine.services.registries.kept.columns import column_at
from engine.services.registries.scopes import SeenScope, read_where, seen_scope


@dataclass
class Fitted:
    """What is left of a view's state, and the names that were left out."""

    view: str | None = None
    filters: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    where: str = ""
    sort: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    kind: str | None = None
    by: str | None = None
    span: str | None = None
    archived: bool = False
    paths: tuple[str, ...] = ()
    widths: dict[str, int] = field(default_factory=dict)
    totals: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    """As they were written, each once."""


def fit(view: Any, entity: Entity, layout: Registry, state: Mapping[str, Any]) -> Fitted:
    """The state for this reader. Whatever in it is no state is left out as well; nothing is ever raised."""
    return _Fitting(view, entity, layout).all_of(state)


class _Fitting:
    def __init__(self, view: Any, entity: Entity, layout: Registry):
        self.view, self.entity, self.layout = view, entity, layout
        self.scope = seen_scope(view, entity)
        self.made = Fitted()

    def all_of(self, state: Mapping[str, Any]) -> Fitted:
        made = self.made
        made.archived = state.get("archived") is True
        wanted = _text(state, "view")
        if wanted:
            made.view = wanted if wanted in self.layout.views else self.drop(wanted)
        made.kind, made.span = _text(state, "kind"), _text(state, "span")
        by = _text(state, "by")
        if by:
            made.by = self.column(by)
            made.kind = made.kind if made.by else None
        for item in _list(state, "filters"):
            self._filter(item)
        made.where = self._where(_text(state, "where") or "")
        made.sort = tuple(self._signed(s, "-", "") for s in _texts(state, "sort"))
        made.group = tuple(self._signed(s, "", ":") for s in _texts(state, "group"))
        made.sort, made.group = tuple(filter(None, made.sort)), tuple(filter(None, made.group))
        made.paths = tuple(p for one in _texts(state, "columns") if (p := self.column(one)))
        self._choices(state)
        return made

    def drop(self, name: str) -> None:
        if name not in self.made.gone:
            self.made.gone.append(name[:80])

    # -- names ---------------------------------------------------------------------------------------------------

    def column(self, path: str) -> str | None:
        """The path by its present names, if a column may stand there."""
        new = ".".join(renamed(self.scope, tuple(path.split("."))) or (path,))
        return new if column_at(self.view, self.entity, new) is not None else self.drop(path)

    def _signed(self, written: str, sign: str, part: str) -> str | None:
        """A name with a sign before it (`-date`) or a part behind it (`date:month`)."""
        before = sign if sign and written.startswith(sign) else ""
        bare = written.removeprefix(before)
        name, colon, rest = bare.partition(part) if part else (bare, "", "")
        new = self.column(name)
        if new is None:
            return None
        f = column_at(self.view, self.entity, new).field  # type: ignore[union-attr]
        fits = f.kind.can_sort(f) and "." not in new if sign else _groups(f, rest)
        return f"{before}{new}{colon}{rest}" if fits else self.drop(name)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _filter(self, item: Any) -> None:
        if not (isinstance(item, list) and len(item) == 3 and isinstance(item[2], list)):
            return
        path, operator, texts = str(item[0]), str(item[1]), tuple(str(t) for t in item[2])
        new = ".".join(renamed(self.scope, tuple(path.split("."))) or ("",))
        place = place_of(self.view, self.entity, new) if new else None
        try:
            if place is None:
                raise KeyError(path)
            place.field.kind.filter_values(place.field, operator, texts, self.view.language)
        except (KeyError, ValidationError, ValueError, ArithmeticError):
            self.drop(path)
        else:
            self.made.filters.append((new, operator, texts))

    def _choices(self, state: Mapping[str, Any]) -> None:
        for path, width in _mapping(state, "widths").items():
            new = ".".join(renamed(self.scope, tuple(str(path).split("."))) or ())
            if new in self.made.paths and isinstance(width, int):
                self.made.widths[new] = width
        for path, kind in _mapping(state, "totals").items():
            new = self.column(str(path))
            column = column_at(self.view, self.entity, new) if new else None
            if column and kind in TOTALS and kind in column.field.kind.totals(column.field):
                self.made.totals[column.path] = kind

    def _where(self, rule: str) -> str:
        """The rule without the conditions that cannot be asked by this reader."""
        if not rule:
            return ""
        try:
            text = write(self._renamed(parse(rule), [self.scope]))
            tree = self._pruned(read_rule(self.view, self.entity, text))
            left = write_rule(self.view, self.entity, normal(tree)) if isinstance(tree, Group) else ""
            if left:
                read_where(self.view, self.entity, left)
            return left
        except (RuleProblem, KeyError):
            self.drop(rule)
            return ""

    def _pruned(self, part: Part) -> Part | None:
        if isinstance(part, Group):
            parts = tuple(p for one in part.parts if (p := self._pruned(one)) is not None)
            return Group(part.how, parts) if parts else None
        if isinstance(part, Written):
            try:
                read_where(self.view, self.entity, part.rule)
            except RuleProblem as problem:
                named = problem.params.get("name") if problem.code == "rule.unknown_name" else None
                self.drop(str(named or part.rule))
                return None
        return part

    # -- a rule under the present names --------------------------------------------------------------------------

    def _renamed(self, node: Node, frames: list[SeenScope]) -> Node:
        match node:
            case Path():
                return Path(node.offset, self._present(node.names, frames))
            case Unary():
                return Unary(node.offset, node.operator, self._renamed(node.operand, frames))
            case Binary() | Comparison():
                return type(node)(node.offset, node.operator, *(
                    self._renamed(side, frames) for side in (node.left, node.right)))
            case Logic():
                return Logic(node.offset, node.operator, tuple(self._renamed(p, frames) for p in node.parts))
            case Items():
                return Items(node.offset, tuple(self._renamed(i, frames) for i in node.items))
            case Call(arguments=(Path() as rows, *rest)):
                first = self._renamed(rows, frames)
                inner = self._inside(first.names, frames)  # type: ignore[attr-defined]
                return Call(node.offset, node.name, (first, *(self._renamed(a, inner) for a in rest)))
            case Call():
                return Call(node.offset, node.name, tuple(self._renamed(a, frames) for a in node.arguments))
        return node

    def _present(self, names: tuple[str, ...], frames: list[SeenScope]) -> tuple[str, ...]:
        if names[0] in BUILT_IN:
            return names
        for scope in reversed(frames):
            found = renamed(scope, names)
            if found is not None:
                return found
        return names

    def _inside(self, names: tuple[str, ...], frames: list[SeenScope]) -> list[SeenScope]:
        """The frames inside rows, where the call's first argument names rows."""
        for scope in reversed(frames):
            at: SeenScope | None = scope
            for name in names:
                at = at.inside(name) if at is not None else None
            if at is not None:
                return [*frames, at]
        return frames


def renamed(scope: SeenScope, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """A path by its present names: a name that is gone is looked for among those that fields had before (`was`)."""
    found: list[str] = []
    at: SeenScope | None = scope
    for name in names:
        if at is None:
            return None
        present = name if at.find(name) is not None else _now(at, name)
        if present is None:
            return None
        found.append(present)
        at = at.inside(present)
    return tuple(found)


def _now(scope: SeenScope, name: str) -> str | None:
    return next((key for key, f in scope.fields.items() if f.was == name and scope.find(key) is not None), None)


def _groups(f: Field, part: str) -> bool:
    known = f.kind.group_parts(f)
    return bool(known) and (not part or part in known)


# -- what is stored is judged like anything that comes from outside ---------------------------------------------------


def _text(state: Mapping[str, Any], name: str) -> str | None:
    value = state.get(name)
    return value if isinstance(value, str) and value and len(value) <= 2_000 else None


def _list(state: Mapping[str, Any], name: str) -> list[Any]:
    value = state.get(name)
    return value[:60] if isinstance(value, list) else []


def _texts(state: Mapping[str, Any], name: str) -> list[str]:
    return [one for one in _list(state, name) if isinstance(one, str)]


def _mapping(state: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = state.get(name)
    return value if isinstance(value, Mapping) else {}
