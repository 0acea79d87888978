"""Conditions in groups: the tree that the filter builder shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HOW = ("all", "any", "none")
"""What a group asks of its parts: that all of them hold, any, or none."""


@dataclass(frozen=True)
class Day:
    """A day that moves along: so many days after today, or before it."""

    shift: int = 0


@dataclass(frozen=True)
class Condition:
    """A filter of one field: `payer.bin`, `is`, (`050140000123`,)."""

    path: str
    """Over links (`payer.bin`) or into rows (`lines.service`: some row is such)."""
    operator: str
    values: tuple[Any, ...]
    """Of the field's type, or a `Day`; one yes or no for `empty`."""


@dataclass(frozen=True)
class Written:
    """Any other condition, as a rule."""

    rule: str


@dataclass(frozen=True)
class Group:
    how: str
    parts: tuple[Part, ...] = ()


Part = Condition | Written | Group


def normal(group: Group) -> Group:
    """The same filter without groups that group nothing: what a rule read back gives."""
    parts = [part for one in group.parts if (part := _normal(one)) is not None]
    if len(parts) == 1 and isinstance(parts[0], Group):
        inner = parts[0]
        if group.how != "none":
            return inner
        if inner.how == "any":
            return Group("none", inner.parts)
    if group.how == "none" and len(parts) == 1 and _is_empty(parts[0]):
        return Group("all", (Condition(parts[0].path, "empty", (False,)),))  # type: ignore[union-attr]
    return Group("all" if len(parts) < 2 and group.how != "none" else group.how, tuple(parts))


def _normal(part: Part) -> Part | None:
    if not isinstance(part, Group):
        return part
    inner = normal(part)
    if not inner.parts:
        return None
    return inner.parts[0] if len(inner.parts) == 1 and inner.how != "none" else inner


def _is_empty(part: Part) -> bool:
    return isinstance(part, Condition) and part.operator == "empty" and part.values == (True,)
