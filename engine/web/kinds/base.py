"""What every kind of registry answers. Stateless: the list that is drawn comes in as `Asked`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import NotFound
from engine.model import Entity, Field

Schema = Mapping[str, Any]


class Kind:
    """One way of drawing a list: `as: NAME` in a registry or one of its views, `?as=NAME` on screen."""

    name: str = ""
    icon: str = "table"
    title: str = ""
    """What people call it: an English sentence, translated when shown."""
    by: bool = False
    """True when a list is drawn by one of its fields, which `by:` names."""
    options: Mapping[str, Schema] = {}
    """JSON Schema of the keys that a view has only when it is of this kind."""
    needs: tuple[str, ...] = ()
    """Fields without which it cannot be drawn: where one is hidden, the list is a table."""
    always: bool = False
    """True when it is drawn although no record is there: an empty month is still a month."""
    turns: bool = True
    """True when pages of the list are turned under it."""

    @property
    def template(self) -> str:
        """The part of the page, in the room."""
        return f"kinds/{self.name}/{self.name}.html"

    def suits(self, entity: Entity, by: Field | None) -> bool:
        """May records of the entity be drawn so, by this field? `by` is None for a kind that needs none."""
        return (by is not None) == self.by

    def compile(
        self, written: Mapping[str, Any], field: Callable[..., Field | None], problem: Callable[..., None]
    ) -> Mapping[str, Any]:
        """The options of a view as they are kept (plain values: a Catalog is written to a file).

        `field(path, *place)`: the field that a path names, None (and noted at the place) where there is none.
        `problem(code, *place, **words)`: note a problem.
        """
        return {}

    def part(self, asked: Any, name: str) -> tuple[str, dict[str, Any]]:
        """A template and its context for a part of the list that is asked for later: further cards, inner records.

        Raises NotFound where the kind has no such parts, BadRequest for a part that is not there.
        """
        raise NotFound()

    def draw(self, asked: Any) -> dict[str, Any]:
        """What the template is given, and what the page needs of every kind: `count`, `shown`, `next_url`, …"""
        raise NotImplementedError(self.name)
