"""How a name finds its field: innermost row, then outer ones, then the record; `actor`, `today` and `now` are built
in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from engine.expression.problems import RuleProblem, closest
from engine.expression.syntax import Path
from engine.expression.typed import FIELD_BOUND, ActorValue, FieldValue, Hop, Moment, Typed
from engine.expression.types import DATE, DATETIME, Scope, Type

BUILT_IN = ("actor", "today", "now")


@dataclass(frozen=True)
class Frame:
    """Where names are looked for, and the rows path by which one comes there."""

    scope: Scope
    prefix: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowsPath:
    """`lines` or `lines.parts` of the frame `level`, and the names that follow (`amount` of `lines.amount`)."""

    level: int
    names: tuple[str, ...]
    scopes: tuple[Scope, ...]
    rest: tuple[str, ...]


class Naming:
    """The frames of a rule, outermost first, and the actor."""

    def __init__(self, frames: tuple[Frame, ...], actor: Scope) -> None:
        self.frames = frames
        self.actor = actor

    def inside(self, path: RowsPath) -> Naming:
        """The same names plus those of the rows."""
        prefix = self.frames[path.level].prefix
        added = []
        for index, scope in enumerate(path.scopes):
            added.append(Frame(scope, prefix + path.names[: index + 1]))
        return Naming((*self.frames, *added), self.actor)

    def find(self, name: str, offset: int) -> tuple[int, Type]:
        """The frame and type of a bare name; a name that lives in two places is an error."""
        found = [
            (level, kind)
            for level, frame in reversed(list(enumerate(self.frames)))
            if (kind := frame.scope.resolve(name)) is not None
        ]
        if not found:
            raise RuleProblem("rule.unknown_name", {"name": name}, offset, hint=self._nearest(name))
        if len(found) > 1 or name in BUILT_IN:
            places = [self.frames[level].scope.address for level, _ in found]
            if name in BUILT_IN:
                places.append("qurastyr")
            raise RuleProblem("rule.shadowing", {"name": name, "places": ", ".join(places)}, offset)
        return found[0]

    def _nearest(self, name: str) -> str | None:
        known = [known for frame in self.frames for known in frame.scope.names()]
        return closest(name, [*known, *BUILT_IN])

    def value(self, path: Path) -> Typed:
        """The value that a path names; rows are refused here, they belong inside a function."""
        built_in = self._built_in(path)
        if built_in is not None:
            return built_in
        level, kind = self.find(path.names[0], path.offset)
        return self.follow(level, kind, path.names, path.offset)

    def _built_in(self, path: Path) -> Typed | None:
        head = path.names[0]
        if head not in BUILT_IN or any(frame.scope.resolve(head) for frame in self.frames):
            return None
        if head == "actor":
            if len(path.names) == 1:
                raise RuleProblem("rule.actor_name", {}, path.offset, hint="actor.id")
            kind = self.actor.resolve(path.names[1])
            if kind is None:
                hint = closest(path.names[1], self.actor.names())
                raise RuleProblem("rule.unknown_name", {"name": str(path)}, path.offset, hint and f"actor.{hint}")
            if len(path.names) > 2:
                raise RuleProblem(
                    "rule.not_a_link", {"name": "actor." + path.names[1], "attribute": path.names[2]}, path.offset
                )
            return ActorValue(kind, path.names[1], bound=FIELD_BOUND)
        if len(path.names) > 1:
            raise RuleProblem("rule.not_a_link", {"name": head, "attribute": path.names[1]}, path.offset)
        return Moment(DATE if head == "today" else DATETIME)

    def follow(self, level: int, kind: Type, names: tuple[str, ...], offset: int) -> FieldValue:
        """Walk over links from `names[0]`, which lives in the frame `level`."""
        hops: list[Hop] = []
        for name, following in itertools.pairwise(names):
            if kind.name == "rows":
                raise RuleProblem("rule.rows_need_function", {"name": name}, offset, f"sum({'.'.join(names)})")
            if kind.name != "id":
                raise RuleProblem("rule.not_a_link", {"name": name, "attribute": following}, offset)
            if kind.target is None:
                raise RuleProblem("rule.link_to_several", {"name": name}, offset)
            hops.append(Hop(name, kind.target.address))
            target = kind.target
            resolved = target.resolve(following)
            if resolved is None:
                raise RuleProblem(
                    "rule.unknown_name",
                    {"name": f"{name}.{following}"},
                    offset,
                    hint=closest(following, target.names()),
                )
            kind = resolved
        if kind.name == "rows":
            code = "rule.rows_behind_link" if hops else "rule.rows_need_function"
            raise RuleProblem(code, {"name": ".".join(names)}, offset, None if hops else f"count({names[-1]})")
        return FieldValue(kind, level, tuple(hops), names[-1], self.frames[level].prefix, bound=FIELD_BOUND)

    def rows(self, path: Path) -> RowsPath | None:
        """The rows at the beginning of a path, or None when it does not begin with rows."""
        head = path.names[0]
        if head in BUILT_IN and not any(frame.scope.resolve(head) for frame in self.frames):
            return None
        level, kind = self.find(head, path.offset)
        if kind.name != "rows":
            return None
        names, scopes, rest = [head], [_row_scope(kind)], list(path.names[1:])
        while rest:
            inner = scopes[-1].resolve(rest[0])
            if inner is None:
                raise RuleProblem(
                    "rule.unknown_name",
                    {"name": f"{names[-1]}.{rest[0]}"},
                    path.offset,
                    hint=closest(rest[0], scopes[-1].names()),
                )
            if inner.name != "rows":
                break
            names.append(rest.pop(0))
            scopes.append(_row_scope(inner))
        return RowsPath(level, tuple(names), tuple(scopes), tuple(rest))


def _row_scope(kind: Type) -> Scope:
    if kind.target is None:
        raise ValueError("a type of rows needs the scope of its row")
    return kind.target
